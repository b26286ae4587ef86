"""A gate whose question isn't one of SQL: it collects evidence and violations while its test runs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import msgspec

from rollgate.evidence.capping import capped, capped_rows
from rollgate.evidence.record import GateRecord, Metric, Table, Timeline, Violation
from rollgate.judging import kept, weigh
from rollgate.verdict import Outcome, Severity


class OpenGate:
    """What a test knows so far. Without evidence it is HOLD, however its test ends."""

    def __init__(self, plan: GateRecord) -> None:
        self._plan = plan
        self._violations: list[Violation] = []
        self._evidence: list[Table] = []
        self._metrics: list[Metric] = []
        self._timeline: Timeline | None = None
        self._started = time.perf_counter()

    def show(
        self,
        name: str,
        title: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        query: str = "",
    ) -> None:
        """Keep a table as evidence; `name` is a slug, cells are shown as text, None as null."""
        text = tuple(tuple(None if cell is None else str(cell) for cell in row) for row in rows)
        self._evidence.append(
            Table(
                name=name,
                title=title,
                query=query,
                columns=tuple(columns),
                rows=capped_rows(text),
                total=len(text),
            )
        )

    def measure(self, *metrics: Metric) -> None:
        """Keep figures beside their thresholds; judging them is the gate's own affair."""
        self._metrics += metrics

    def draw(self, timeline: Timeline) -> None:
        """Keep the time line of what was looked at."""
        self._timeline = timeline

    def require(
        self, holds: bool, object: str, detail: str, remedy: str, *, severity: Severity | None = None
    ) -> bool:
        """Record a violation unless `holds`; return `holds`."""
        if not holds:
            self._violations.append(
                Violation(
                    object=capped(object),
                    detail=capped(detail),
                    remedy=capped(remedy),
                    severity=severity or self._plan.severity,
                )
            )
        return holds

    def hold(self, object: str, detail: str, remedy: str, *, severity: Severity | None = None) -> None:
        """Record that evidence is missing or not enough."""
        self._violations.append(
            Violation(
                object=object,
                detail=detail,
                remedy=remedy,
                outcome=Outcome.HOLD,
                severity=severity or self._plan.severity,
            )
        )

    def adopt(self, records: Iterable[GateRecord]) -> None:
        """Take over what other gates found, each violation under its gate's id, warnings too."""
        for record in records:
            if record.error:
                self.require(
                    False, record.id, f"could not be judged: {record.error}", "mend the gate's query"
                )
            self._violations += [
                msgspec.structs.replace(each, object=f"{record.id}: {each.object}")
                for each in record.violations
            ]

    def close(self, *, failed: str = "", error: str = "") -> GateRecord:
        """Return the record: `failed` is an assertion's message, `error` an unexpected exception's."""
        violations = list(self._violations)
        if failed:
            violations.append(
                Violation(object=self._plan.id, detail=failed, remedy="", severity=self._plan.severity)
            )
        if not violations and not self._evidence and not error:
            violations.append(
                Violation(
                    object=self._plan.id,
                    detail="the gate found nothing wrong, but kept no evidence of what it looked at",
                    remedy="show a table in its test",
                    outcome=Outcome.HOLD,
                    severity=self._plan.severity,
                )
            )
        outcome, severity = weigh(violations, self._plan.severity)
        return msgspec.structs.replace(
            self._plan,
            outcome=Outcome.ERROR if error else outcome,
            severity=self._plan.severity if error else severity,
            violations=kept(violations),
            evidence=tuple(self._evidence),
            metrics=tuple(self._metrics),
            timeline=self._timeline,
            error=error,
            seconds=time.perf_counter() - self._started,
        )
