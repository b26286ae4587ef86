"""Cells for pytest-html's own table of tests, which it inserts as HTML and doesn't escape."""

from __future__ import annotations

from collections.abc import Sequence

from rollgate.evidence.record import GateRecord
from rollgate.report.page import ENVIRONMENT, markup
from rollgate.report.view import LABELS, anchor_of, label_of

_COLUMNS = (
    ("result", "Result"),
    ("verdict", "Gate says"),
    ("gate", "True when it passes"),
    ("target", "Target"),
    ("testId", "Test"),
    ("duration", "Duration"),
)


def table_header() -> list[str]:
    """Return the header cells; `row_cells` gives as many."""
    cell = ENVIRONMENT.get_template("cells.html.j2").module
    return [*(str(cell.header(column, title)) for column, title in _COLUMNS), str(cell.links_header())]  # type: ignore[attr-defined]


def row_cells(cells: Sequence[str], *, test: str, gates: Sequence[GateRecord] = ()) -> list[str]:
    """Return the row of one test, escaped, from the `cells` that pytest-html made for it.

    Its result stays as it is, because its filters read it, and so do its duration and the content of
    its links. `test` is the node id, with `::setup` or `::teardown` for those phases; `gates` are the
    results that the test recorded, none for a test that is no gate.
    """
    made = {
        name: cell for cell in cells for name in ("result", "duration", "links") if f'"col-{name}"' in cell
    }
    cell = ENVIRONMENT.get_template("cells.html.j2").module
    worst = min(gates, key=lambda gate: LABELS.index(label_of(gate)), default=None)
    label = label_of(worst) if worst else ""
    existing = made.get("links", "").removeprefix('<td class="col-links">').removesuffix("</td>")
    drawn = (
        cell.verdict(label, LABELS.index(label) if label else ""),  # type: ignore[attr-defined]
        cell.gate(worst.title if worst else "", len(gates) - 1 if worst else 0),  # type: ignore[attr-defined]
        cell.plain("target", ", ".join(dict.fromkeys(gate.target for gate in gates))),  # type: ignore[attr-defined]
        cell.plain("testId", test),  # type: ignore[attr-defined]
    )
    links = cell.links(markup(existing), anchor_of(worst) if worst else "")  # type: ignore[attr-defined]
    return [made.get("result", ""), *map(str, drawn), made.get("duration", ""), str(links)]
