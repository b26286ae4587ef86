"""Writes docs/gates.md: every gate as its header, or its marker, describes it.

    python -m tests.selfcheck.docs.gates_page

What a gate is seen to say comes from the sabotages, which the tests hold to it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rollgate.gates import Phase
from rollgate.release import BUILTIN, load_release
from rollgate.report.checks import load_checks
from rollgate.stage import Stage, asks
from tests.selfcheck.sabotage.corpus import HARMLESS, REWORDED, corpus
from tests.selfcheck.sabotage.test_every_gate import ELSEWHERE
from tests.selfcheck.sabotage.universe import every_gate, marks_of, sql_gates, tests

ROOT = BUILTIN.parent
DOC = ROOT / "docs" / "gates.md"
PAGE = Path(__file__).with_name("gates_page.md")
COMMAND = "python -m tests.selfcheck.docs.gates_page"
#: What a subject is about, in the order in which a rollout meets them.
SUBJECTS = {
    "target": "who is talked to, and how",
    "promotion": "whether the environment before has shown what it has to",
    "preflight": "whether the release may be applied here",
    "rollout": "whether the files do what they should, from every starting state",
    "schema": "tables, columns, checks, keys, indexes, view",
    "routing": "which provider serves",
    "security": "who may reach it",
    "evals": "runs, samples, the summary",
    "drift": "what no file knows of",
    "soak": "a day of real traffic",
    "rollback": "the way back",
}
SABOTAGES = [each for each in corpus() if each.area not in (HARMLESS, REWORDED)]
#: What answers a check beside the gates, or where none can: they ask databases.
BESIDE = {
    "AS-3": "[`rollgate apply`](applying.md) runs no other files",
    "LG-1": "[`make release-log`](evidence.md#the-release-log)",
    "LG-2": "`make release-log`",
    "LG-3": "`make release-log`",
    "LG-4": "`make release-log`",
    "EV-1": "the [export](evals.md#export) counts, or fails",
    "EV-2": "the [report](evals.md#report-and-ingest): both files, or none",
    "EV-3": "the [ingest](evals.md#the-ingest) knows what it has",
    "EV-5": "the [nightly](evals.md#every-night)",
    "EV-6": "the report says SKIPPED, and the night is no failure",
}
#: Where a test is asked, by the fixture that gives it its target, and on which live targets if not on all.
ASKED = {
    "rehearsed": (True, None),
    "target": (True, ""),
    "live": (False, ""),
    "in_place": (False, "staging only"),
    "drilled": (False, "staging, `--drill`"),
    "promoted": (False, "where one comes before"),
    "soaked": (False, "where prod isn't served"),
}


@dataclass(frozen=True)
class Row:
    """One gate; `asked` and `seen` are words."""

    id: str
    subject: str
    title: str
    prevents: str
    severity: str
    asked: str
    sections: str
    checks: str
    path: Path


def document() -> str:
    """Return the page."""
    found = [*_of_sql(), *_of_tests()]
    return PAGE.read_text(encoding="utf-8").format(
        command=COMMAND,
        total=len(found),
        sql=len(sql_gates()),
        tests=len(tests()),
        subjects="\n".join(_subjects(found)).rstrip(),
        checks="\n".join(_checks(found)),
    )


def _of_sql() -> Iterator[Row]:
    for gate in sql_gates().values():
        live = gate.phase is not Phase.ROLLBACK
        asked = _where(rehearsed=True, stages=_stages(gate.subject) if live else None, only="")
        if gate.topologies:
            asked += f"; {', '.join(gate.topologies)}"
        yield Row(
            id=gate.id,
            subject=gate.subject,
            title=gate.title,
            prevents=gate.prevents,
            severity=gate.severity,
            asked=asked,
            sections=", ".join(gate.sections),
            checks=", ".join(gate.checks),
            path=gate.path,
        )


def _of_tests() -> Iterator[Row]:
    for id, test in tests().items():
        path = Path(inspect.getfile(test))
        (mark,) = marks_of(test, "gate")
        facts = mark.kwargs
        folder = {"gates": "rollout"}.get(path.parent.name, path.parent.name)
        subject = facts.get("subject", folder)
        (where,) = ASKED.keys() & inspect.signature(test).parameters.keys()
        rehearsed, only = ASKED[where]
        yield Row(
            id=id,
            subject=subject,
            title=facts["title"],
            prevents=facts["prevents"],
            severity=facts.get("severity", "error"),
            asked=_where(
                rehearsed=rehearsed, stages=None if only is None else _stages(subject), only=only or ""
            ),
            sections=facts.get("section", ""),
            checks=facts.get("checks", ""),
            path=path,
        )


def _stages(subject: str) -> list[Stage]:
    return [stage for stage in Stage if asks(stage, subject)]


def _where(*, rehearsed: bool, stages: list[Stage] | None, only: str) -> str:
    """Return where a gate is asked, in words."""
    parts = ["rehearsal"] if rehearsed else []
    if stages is not None:
        when = "all" if stages == list(Stage) else ", ".join(_called(stage) for stage in stages)
        parts.append(f"live: {when}" + (f" ({only})" if only else ""))
    return "; ".join(parts)


def _called(stage: Stage) -> str:
    return "the whole run" if stage is Stage.RELEASE else stage.value


def _seen(id: str) -> str:
    """Return what the sabotages make of a gate; `{...}` in its id stands for anything."""
    pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[a-z0-9-]+", re.escape(id)))
    kinds = {"FAIL": "catches", "HOLD": "holds", "warns": "warns"}
    said = [
        word
        for word, kind in kinds.items()
        if any(pattern.fullmatch(gate) for case in SABOTAGES for gate in getattr(case, kind))
    ]
    if not said and id in ELSEWHERE:
        return f"warns ([here](../{ELSEWHERE[id]}))"
    return ", ".join(said)


def _subjects(rows: Iterable[Row]) -> Iterator[str]:
    order = list(SUBJECTS)
    ordered = sorted(rows, key=lambda row: (order.index(row.subject), row.id))
    for subject, group in groupby(ordered, key=lambda row: row.subject):
        yield f"## {subject}: {SUBJECTS[subject]}"
        yield ""
        yield "| gate | passes when | prevents | weighs | asked | seen as | runbook |"
        yield "|---|---|---|---|---|---|---|"
        for row in group:
            link = f"[`{_plain(row.id)}`](../{row.path.relative_to(ROOT).as_posix()})"
            runbook = "; ".join(filter(None, (row.sections, row.checks))) or "-"
            cells = (link, row.title, row.prevents, row.severity, row.asked, _seen(row.id), runbook)
            yield f"| {' | '.join(_cell(cell) for cell in cells)} |"
        yield ""


def _checks(rows: Iterable[Row]) -> Iterator[str]:
    known = sorted(rows, key=lambda row: row.id)
    yield "| check | section | what must be shown | gates | beside them |"
    yield "|---|---|---|---|---|"
    for check in load_checks():
        gates = [f"`{_plain(row.id)}`" for row in known if check.id in row.checks.split(", ")]
        cells = (check.id, check.section, check.shows, ", ".join(gates) or "-", BESIDE.get(check.id, ""))
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _plain(id: str) -> str:
    return re.sub(r"\{(\w+)\}", r"<\1>", id)


def _cell(text: str) -> str:
    """Return the text on one line, without what would end a cell or begin an HTML tag outside of code."""
    text = re.sub(r"`?\{(\w+)\}`?", r"`<\1>`", text)
    return " ".join(text.split()).replace("|", "\\|")


def unnamed() -> set[str]:
    """Return the gates of a run that the page has no row for: none, unless a gate is found by other ways."""
    rows = [re.sub(r"\{\w+\}", "*", row.id) for row in (*_of_sql(), *_of_tests())]
    every = every_gate(load_release(BUILTIN))
    return {id for id in every if not any(Path(id).match(pattern) for pattern in rows)}


def main() -> None:
    """Write it."""
    DOC.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
