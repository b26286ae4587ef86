"""Draw the audit part of the HTML report from a record, to go into pytest-html's page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rollgate.evidence.ledger import Head
from rollgate.evidence.record import RunRecord, Table
from rollgate.evidence.storage import write_whole
from rollgate.report.cells import row_cells, table_header
from rollgate.report.checks import trace
from rollgate.report.detection import detection_of
from rollgate.report.page import CSS_PATH, ENVIRONMENT, markup
from rollgate.report.pictures import routings_of
from rollgate.report.policy import with_policy
from rollgate.report.view import (
    Gate,
    Result,
    alarms_of,
    by_subject,
    counts_of,
    gates_of,
    meaning_of,
    scope_of,
    standing_of,
    targets_of,
    waived_of,
)
from rollgate.verdict import Verdict

__all__ = ["CSS_PATH", "css", "draw_details", "row_cells", "summary_html", "table_header"]

#: Line ends between the tags of our templates: a browser makes a node of each. Those of data are escaped.
_BETWEEN = re.compile(r">\s*\n\s*<")
#: Violations shown of one result; the record has them all.
MOST_VIOLATIONS = 50
#: Where the page will say where the ledger stands.
NOT_ENTERED = '<span id="ledger-entry">not entered</span>'
#: Tests of passed gates that pytest-html's table lists: its script makes every row when the page opens.
MOST_TESTS = 500
#: Reasons shown beside the verdict, and waivers below it.
MOST_REASONS = 12
MOST_WAIVED = 50
#: Spans of a time line shown as a list.
MOST_SPANS = 500


@dataclass(frozen=True)
class Chapter:
    """Gates that stand equally bad, under one heading."""

    label: str
    heading: str
    gates: tuple[Gate, ...]

    @property
    def opened(self) -> bool:
        """Whether its gates are open from the start."""
        return self.label != "PASS"


def css() -> str:
    """Return the style sheet of the whole page; pytest-html takes it as `--css` `CSS_PATH`."""
    return CSS_PATH.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Details:
    """Every result, drawn, and how many of them there are in the finished HTML."""

    html: str
    shown: int


def draw_details(record: RunRecord) -> Details:
    """Draw every result; what is shown is counted, so that one lost on the way is told."""
    chapters = _chapters(gates_of(record))
    drawn = ENVIRONMENT.get_template("details.html.j2").render(
        chapters=chapters,
        firsts=_first_shown(chapters),
        targets=targets_of(record),
        most_violations=MOST_VIOLATIONS,
        most_spans=MOST_SPANS,
    )
    drawn = _BETWEEN.sub("><", drawn)
    return Details(drawn, results_in(drawn))


def results_in(html: str) -> int:
    """Return how many results a page, or a part of it, shows."""
    return html.count('<section class="result ')


def warning_html(problem: str, verdict: Verdict) -> str:
    """Return what goes above everything else on a page that can't be relied on."""
    return ENVIRONMENT.get_template("warning.html.j2").render(problem=problem, verdict=verdict)


def fill_in_ledger(page: Path, head: Head, warning: str = "") -> None:
    """Finish the page: where the ledger stands with its run, a warning, and what it may run and load.

    The ledger's head is known only when the page is drawn.

    Raises:
        OSError: it could not be written; the page is as it was.
    """
    text = page.read_text(encoding="utf-8")
    told = f"entry {head.sequence}, head <code>{head.hash}</code>"
    text = text.replace(NOT_ENTERED, told, 1)
    if warning:
        text = text.replace("<body>", f"<body>{warning}", 1)
    write_whole(page, with_policy(text).encode())


def summary_html(record: RunRecord, details: Details | None = None, *, unlisted: int = 0) -> str:
    """Return the audit part of the page: everything above pytest-html's table of tests.

    `details` saves drawing them again; `unlisted` tells how many tests of passed gates that table leaves
    out, beyond `MOST_TESTS`.
    """
    gates = gates_of(record)
    targets = targets_of(record)
    details = details or draw_details(record)
    shown = details.shown
    verdict, reasons = standing_of(record, shown=shown)
    traces = trace(gates)
    known = [line for line in traces if line.check.known]
    uncovered = sum(not line.gates for line in known)
    return ENVIRONMENT.get_template("summary.html.j2").render(
        record=record,
        verdict=verdict,
        meaning=meaning_of(verdict, record.stage),
        reasons=reasons,
        most_reasons=MOST_REASONS,
        waived=waived_of(record),
        most_waived=MOST_WAIVED,
        scope=scope_of(record),
        live=any(target.kind == "live" for target in record.targets),
        alarms=alarms_of(record, shown=shown),
        shown=shown,
        not_entered=markup(NOT_ENTERED),
        unlisted=unlisted,
        most_tests=MOST_TESTS,
        counts=counts_of(record),
        detection=detection_of(record),
        firsts={result.label: result.anchor for gate in reversed(gates) for result in reversed(gate.results)},
        gates=gates,
        targets=targets,
        routings=routings_of(record),
        details=markup(details.html),
        traces=traces,
        covered=len(known) - uncovered,
        uncovered=uncovered,
        beyond=[gate for gate in gates if not gate.checks],
    )


def _first_shown(chapters: Iterable[Chapter]) -> dict[tuple[str, Table], Result]:
    """Return which result shows an evidence table first: many gates look at the same rows."""
    firsts: dict[tuple[str, Table], Result] = {}
    for chapter in chapters:
        for gate in (gate for members in by_subject(chapter.gates).values() for gate in members):
            for result in sorted(gate.results, key=lambda result: result.rank):
                for table in result.record.evidence:
                    firsts.setdefault((result.record.target, table), result)
    return firsts


def _chapters(gates: tuple[Gate, ...]) -> list[Chapter]:
    """Split the gates by what they mean for the run, the worst chapter first."""
    headings = (
        ("ERROR", "Could not be evaluated"),
        ("FAIL", "Failed"),
        ("HOLD", "On hold"),
        ("WARN", "Warnings, which don't decide"),
        ("WAIVED", "Waived"),
        ("PASS", "Passed"),
    )
    return [
        Chapter(label, heading, tuple(gate for gate in gates if gate.label == label))
        for label, heading in headings
        if gates
    ]
