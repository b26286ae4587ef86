"""The algebra of outcomes: of one gate, and of a run. Pure; no pass without evidence."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol


class Severity(StrEnum):
    """How much a gate that does not pass weighs: an `ERROR` decides the run, a `WARNING` is shown."""

    ERROR = "error"
    WARNING = "warning"


class Outcome(StrEnum):
    """What one gate says of one target."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    HOLD = "HOLD"  # the evidence is missing or not enough
    ERROR = "ERROR"  # could not be evaluated
    WAIVED = "WAIVED"  # failed, and somebody answers for it until a date


class Verdict(StrEnum):
    """What follows for the release."""

    GO = "GO"
    NO_GO = "NO-GO"
    HOLD = "HOLD"
    INCOMPLETE = "INCOMPLETE"  # not every planned gate was recorded: nothing can be said


#: Exit codes of a run; pytest's own 2 (interrupted) to 5 (nothing collected) keep their meaning.
EXIT_CODES = {Verdict.GO: 0, Verdict.NO_GO: 1, Verdict.INCOMPLETE: 1, Verdict.HOLD: 10}

#: From best to worst: the outcome of a gate is the worst of what it found.
_RANK = (Outcome.PASS, Outcome.WAIVED, Outcome.HOLD, Outcome.FAIL, Outcome.ERROR)


class Judged(Protocol):
    """What a run's verdict needs to know of a gate's result."""

    @property
    def outcome(self) -> Outcome:
        """What the gate says."""

    @property
    def severity(self) -> Severity:
        """How much that weighs."""


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of `outcomes`; `HOLD` for none at all, because nothing is not a pass."""
    return max(outcomes, key=_RANK.index, default=Outcome.HOLD)


def is_blocking(result: Judged) -> bool:
    """Tell whether this result alone keeps a run from GO."""
    return result.severity is Severity.ERROR and result.outcome not in (Outcome.PASS, Outcome.WAIVED)


def verdict_of(results: Iterable[Judged], *, planned: int, unselected: int = 0) -> Verdict:
    """Return a run's verdict from the results of its gates.

    GO needs every gate of the release planned and recorded, and every gate of severity `error`
    passed or waived. A failure is NO-GO even when the run is incomplete. A run that left gates
    out (`unselected`), or that planned none, is HOLD at best.
    """
    recorded = list(results)
    outcomes = {result.outcome for result in recorded if is_blocking(result)}
    if outcomes & {Outcome.FAIL, Outcome.ERROR}:
        return Verdict.NO_GO
    if len(recorded) != planned:
        return Verdict.INCOMPLETE
    if Outcome.HOLD in outcomes or unselected or not recorded:
        return Verdict.HOLD
    return Verdict.GO
