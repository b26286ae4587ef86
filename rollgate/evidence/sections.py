"""What a run says of each target: its verdict, and its parts rollback, soak and evals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from rollgate.evidence.record import GateRecord, Section, TargetRecord
from rollgate.stage import Stage, is_verification
from rollgate.verdict import Severity, Verdict, is_blocking, verdict_of, worst


def judged(
    target: TargetRecord, gates: Sequence[GateRecord], *, planned: Collection[str], whole: bool, stage: Stage
) -> TargetRecord:
    """Return the target's record with what its `gates` amount to.

    `planned` are the ids of those that the run set out to judge; `whole` is false for a run that left
    gates out, or in which something failed that is no gate.
    """
    verdict = verdict_of(gates, planned=len(planned), unselected=0 if whole else 1)
    lost = {gate.id for gate in gates} != set(planned) or not gates
    return msgspec.structs.replace(
        target,
        verdict=Verdict.INCOMPLETE if lost and verdict is not Verdict.NO_GO else verdict,
        verified=whole
        and not lost
        and stage is not Stage.PREFLIGHT
        and not any(is_blocking(gate) for gate in gates if is_verification(gate.subject)),
        rollback=_section(gates, "rollback"),
        soak=_section(gates, "soak"),
        evals=_section(gates, "evals"),
    )


def _section(gates: Iterable[GateRecord], subject: str) -> Section | None:
    found = [gate for gate in gates if gate.subject == subject]
    if not found:
        return None
    grave = [gate for gate in found if gate.severity is Severity.ERROR] or found
    return Section(
        outcome=worst(gate.outcome for gate in grave),
        gates={gate.id: gate.outcome for gate in found},
    )
