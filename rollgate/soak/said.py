"""What a soak gate has to say: evidence, violations and figures, until a gate takes them over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rollgate.evidence.record import Metric, Violation
from rollgate.verdict import Outcome, Severity


@dataclass(frozen=True)
class Shown:
    """Rows that somebody looked at, and the query that gave them."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    query: str = ""


@dataclass
class Said:
    """Collects what is found, in the order in which it is found."""

    shown: list[Shown] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)

    def show(
        self, name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], query: str = ""
    ) -> None:
        """Keep a table as evidence."""
        self.shown.append(Shown(name, title, tuple(columns), tuple(tuple(row) for row in rows), query))

    def fail(self, object: str, detail: str, remedy: str) -> None:
        """Keep what is wrong."""
        self.violations.append(Violation(object=object, detail=detail, remedy=remedy))

    def hold(self, object: str, detail: str, remedy: str) -> None:
        """Keep what evidence is missing."""
        self.violations.append(Violation(object=object, detail=detail, remedy=remedy, outcome=Outcome.HOLD))

    def warn(self, object: str, detail: str, remedy: str, outcome: Outcome = Outcome.FAIL) -> None:
        """Keep what a reader should know, and what decides nothing."""
        self.violations.append(
            Violation(object=object, detail=detail, remedy=remedy, outcome=outcome, severity=Severity.WARNING)
        )

    @property
    def outcomes(self) -> dict[str, str]:
        """What is said of each object that decides, for tests and summaries."""
        return {each.object: str(each.outcome) for each in self.violations if each.severity is Severity.ERROR}
