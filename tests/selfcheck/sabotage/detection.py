"""Counts what the corpus shows, into docs/detection.md and rollgate/report/detection.toml.

    python -m tests.selfcheck.sabotage.detection

The figures come from what each file says about who sees it; the tests hold every file to that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from rollgate.release import BUILTIN, load_release
from rollgate.report.detection import DETECTION_PATH, TEST, mark_of
from tests.selfcheck.sabotage.corpus import HARMLESS, HERE, REWORDED, Sabotage, corpus
from tests.selfcheck.sabotage.universe import every_gate, sql_gates

ROOT = BUILTIN.parent
DOC = ROOT / "docs" / "detection.md"
PAGE = (HERE / "detection_page.md").read_text(encoding="utf-8")
SURVIVORS = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
COMMAND = "python -m tests.selfcheck.sabotage.detection"


def figures(cases: Iterable[Sabotage]) -> tuple[int, int, int, int]:
    """Return how many there are, and how many of them are stopped, only warned of, and seen by nobody."""
    found = list(cases)
    stopped = sum(bool(each.catches | each.holds) for each in found)
    unseen = sum(not each.named for each in found)
    return len(found), stopped, len(found) - stopped - unseen, unseen


def sabotages() -> list[Sabotage]:
    return [each for each in corpus() if each.area not in (HARMLESS, REWORDED)]


def toml() -> str:
    """Return the figures that the reports show."""
    total, stopped, warned, unseen = figures(sabotages())
    harmless = [each for each in corpus() if each.area == HARMLESS]
    lines = [
        f"# Written by `{COMMAND}`, from the corpus in tests/selfcheck/sabotage; a test holds it current.",
        f"sabotages = {total}",
        f"stopped = {stopped}",
        f"warned = {warned}",
        f"unseen = {unseen}",
        f"harmless = {len(harmless)}",
        f"alarms = {sum(bool(each.named) for each in harmless)}",
        "",
        "# The gates that it holds for, by the SHA-256 of their query: no other gate borrows the figures.",
        "[gates]",
    ]
    gates = sql_gates()
    for id in sorted(every_gate(load_release(BUILTIN))):
        lines.append(f'{id} = "{mark_of(gates[id].query) if id in gates else TEST}"')
    return "\n".join(lines) + "\n"


def document() -> str:
    """Return the page."""
    harmless = [each for each in corpus() if each.area == HARMLESS]
    return PAGE.format(
        areas="\n".join(_areas()),
        harmless=len(harmless),
        alarms=sum(bool(each.named) for each in harmless),
        reworded=sum(each.area == REWORDED for each in corpus()),
        mutants="\n".join(_mutants()),
        gates="\n".join(_gates()).rstrip(),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"
    yield ""


def _areas() -> Iterator[str]:
    found = sabotages()
    total = figures(found)
    rows = [
        (area, *figures(each for each in found if each.area == area))
        for area in sorted({each.area for each in found})
    ]
    yield f"**{total[1] + total[2]} of {total[0]} are seen**: {total[1]} stop the release, {total[2]} warn."
    yield ""
    yield from _table(
        ("area", "sabotages", "stopped", "warned", "unseen"),
        [*rows, ("**all**", *(f"**{number}**" for number in total))],
    )


def _mutants() -> Iterator[str]:
    listed = SURVIVORS["survivor"]
    rows = []
    for kind, count in SURVIVORS["count"].items():
        survive = [name for each in listed if each["kind"] == kind for name in each["names"]]
        rows.append((kind, count, count - len(survive), len(survive)))
    totals = [sum(row[number] for row in rows) for number in (1, 2, 3)]
    yield from _table(
        ("of", "mutants", "stopped", "listed"), [*rows, ("**all**", *(f"**{n}**" for n in totals))]
    )
    for each in listed:
        names = "; ".join(f"`{name}`" for name in each["names"])
        told = f" (`{each['told_by']}` stops a live target all the same)" if "told_by" in each else ""
        yield f"- **{each['kind']}**: {each['why']}{told}. {names}"
    yield ""


def _gates() -> Iterator[str]:
    found = sabotages()
    rows = []
    for id in sorted(every_gate(load_release(BUILTIN))):
        links = [f"[{each.id}]({_link(each.path)})" for each in found if id in each.named]
        more = f" and {len(links) - 6} more" if len(links) > 6 else ""
        rows.append((f"`{id}`", len(links), ", ".join(links[:6]) + more))
    yield from _table(("gate", "named by", "for example"), rows)


def _link(path: Path) -> str:
    return f"../{path.relative_to(ROOT).as_posix()}"


def main() -> None:
    """Write both files."""
    DETECTION_PATH.write_text(toml(), encoding="utf-8")
    DOC.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
