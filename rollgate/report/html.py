"""Draw the audit part of the HTML report from a record, to go into pytest-html's page."""

from __future__ import annotations

from dataclasses import dataclass

from rollgate.evidence.record import RunRecord
from rollgate.report.cells import row_cells, table_header
from rollgate.report.checks import trace
from rollgate.report.page import CSS_PATH, ENVIRONMENT, markup
from rollgate.report.view import (
    Gate,
    alarms_of,
    by_subject,
    counts_of,
    gates_of,
    scope_of,
    standing_of,
    targets_of,
)
from rollgate.verdict import Verdict

__all__ = ["CSS_PATH", "css", "row_cells", "summary_html", "table_header"]

#: Violations shown of one result; the record has them all.
MOST_VIOLATIONS = 50
#: Reasons shown beside the verdict.
MOST_REASONS = 12

_MEANINGS = {
    Verdict.GO: "Every gate that decides passed or is waived.",
    Verdict.NO_GO: "Do not release: a gate that decides failed or could not be evaluated.",
    Verdict.HOLD: "Not yet: evidence is missing or not enough.",
    Verdict.INCOMPLETE: "Nothing can be said: the results don't add up to what was planned.",
}


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


def summary_html(record: RunRecord) -> str:
    """Return the audit part of the page: everything above pytest-html's table of tests.

    What it shows is counted in the finished HTML, so that a result lost on the way is told.
    """
    gates = gates_of(record)
    targets = targets_of(record)
    details = ENVIRONMENT.get_template("details.html.j2").render(
        chapters=_chapters(gates), targets=targets, most_violations=MOST_VIOLATIONS
    )
    shown = details.count('<section class="result ')
    verdict, reasons = standing_of(record, shown=shown)
    traces = trace(gates)
    known = [line for line in traces if line.check.known]
    uncovered = sum(not line.gates for line in known)
    return ENVIRONMENT.get_template("summary.html.j2").render(
        record=record,
        verdict=verdict,
        meaning=_MEANINGS[verdict],
        reasons=reasons,
        most_reasons=MOST_REASONS,
        scope=scope_of(record),
        live=any(target.kind == "live" for target in record.targets),
        alarms=alarms_of(record, shown=shown),
        shown=shown,
        counts=counts_of(record),
        firsts={result.label: result.anchor for gate in reversed(gates) for result in reversed(gate.results)},
        gates=gates,
        targets=targets,
        subjects=by_subject(gates),
        details=markup(details),
        traces=traces,
        covered=len(known) - uncovered,
        uncovered=uncovered,
        beyond=[gate for gate in gates if not gate.checks],
    )


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
