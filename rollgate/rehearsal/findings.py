"""What a rehearsal in place, or a drill, is judged by, and what it has found so far."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rollgate.evidence.record import GateRecord, Violation
from rollgate.examination import Context, Questions
from rollgate.gates import EvidenceQuery, Gate, Phase
from rollgate.rehearsal.routing import Routing
from rollgate.release import Waiver
from rollgate.target.target import Target
from rollgate.verdict import Outcome, Severity


@dataclass(frozen=True)
class Rules:
    """What a rollback is judged by; `topologies` are the names that overlays leave in their rows."""

    gates: Sequence[Gate]
    evidence: Mapping[str, EvidenceQuery]
    waivers: Sequence[Waiver]
    topologies: Sequence[str]

    def questions(self, target: Target, gates: Sequence[Gate]) -> Questions:
        """Return what some of the gates ask; where the routing rows are, what they need is there."""
        context = Context.of(target.topology, target.name)
        return Questions.about(gates, context=context, evidence=self.evidence)

    @property
    def rollback(self) -> list[Gate]:
        """The gates of what a rollback leaves."""
        return [each for each in self.gates if each.phase is Phase.ROLLBACK]


@dataclass
class Findings:
    """What was seen so far of a rehearsal or a drill: the rows at each moment, times, and what is wrong."""

    before: Routing | None = None
    after: Routing | None = None
    finally_: Routing | None = None
    xid: str = ""
    fate: str = ""
    steps: list[tuple[str, float]] = field(default_factory=list)
    also_written: list[str] = field(default_factory=list)
    judged: list[GateRecord] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Take the time of a step, also of one that fails."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.steps.append((name, time.perf_counter() - started))

    def fail(self, object: str, detail: str, remedy: str, severity: Severity = Severity.ERROR) -> None:
        """Keep that something is wrong."""
        self.violations.append(Violation(object=object, detail=detail, remedy=remedy, severity=severity))

    def hold(self, object: str, detail: str, remedy: str) -> None:
        """Keep that something could not be seen."""
        self.violations.append(Violation(object=object, detail=detail, remedy=remedy, outcome=Outcome.HOLD))

    @property
    def sound(self) -> bool:
        """Whether the rollback did its work, and nothing else came up."""
        blocking = any(each.severity is Severity.ERROR for each in self.violations)
        return not blocking and all(
            each.outcome in (Outcome.PASS, Outcome.WAIVED) or each.severity is not Severity.ERROR
            for each in self.judged
        )
