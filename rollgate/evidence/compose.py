"""Making a run's record out of what its gates said: the verdict, and the reasons for it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rollgate.evidence.record import GateRecord, Origin, RunRecord, TargetRecord
from rollgate.evidence.sections import judged
from rollgate.release import Release
from rollgate.stage import Stage
from rollgate.verdict import Outcome, Verdict, is_blocking, verdict_of

_WEIGHT = {Outcome.ERROR: 0, Outcome.FAIL: 1, Outcome.HOLD: 2, Outcome.WAIVED: 3, Outcome.PASS: 4}


@dataclass(frozen=True)
class Planned:
    """A gate that the run set out to judge."""

    target: str
    gate: str

    def __str__(self) -> str:
        return f"{self.target}: {self.gate}"


def compose(
    release: Release,
    *,
    environment: str,
    stage: Stage,
    origin: Origin,
    targets: Iterable[TargetRecord],
    gates: Sequence[GateRecord],
    planned: Sequence[Planned],
    unselected: int,
    broken: Sequence[str],
    started_at: datetime.datetime,
    versions: dict[str, str],
    finished_at: datetime.datetime | None = None,
) -> RunRecord:
    """Return the record of a run.

    `finished_at` is now unless it is given. `broken` says what failed beside the gates (a test of the
    suite, a crashed worker, an interruption): with it, the run is never GO.
    """
    verdict = verdict_of(gates, planned=len(planned), unselected=unselected)
    recorded = {(each.target, each.id) for each in gates}
    lost = [str(each) for each in planned if (each.target, each.gate) not in recorded]
    if (broken or lost) and verdict is not Verdict.NO_GO:
        verdict = Verdict.INCOMPLETE
    whole = not broken and not unselected

    def of_target(target: TargetRecord) -> TargetRecord:
        return judged(
            target,
            [gate for gate in gates if gate.target == target.name],
            planned=[each.gate for each in planned if each.target == target.name],
            whole=whole,
            stage=stage,
        )

    return RunRecord(
        release=release.name,
        title=release.title,
        digest=release.digest,
        yardstick=release.yardstick,
        files=release.files,
        environment=environment,
        stage=stage,
        origin=origin,
        targets=tuple(map(of_target, targets)),
        gates=tuple(gates),
        planned=len(planned),
        unselected=unselected,
        verdict=verdict,
        reasons=tuple(_reasons(gates, lost, unselected, broken)),
        started_at=_timestamp(started_at),
        finished_at=_timestamp(finished_at or datetime.datetime.now(datetime.UTC)),
        versions=versions,
    )


def _reasons(
    gates: Sequence[GateRecord], lost: Sequence[str], unselected: int, broken: Sequence[str]
) -> Iterable[str]:
    """Say why, the gravest first; gates with one and the same error are one reason."""
    blocking = sorted((gate for gate in gates if is_blocking(gate)), key=lambda gate: _WEIGHT[gate.outcome])
    same_error: dict[tuple[str, str], list[str]] = {}
    for gate in blocking:
        if gate.outcome is Outcome.ERROR:
            same_error.setdefault((gate.target, gate.error), []).append(gate.id)
    for (target, error), ids in same_error.items():
        which = ids[0] if len(ids) == 1 else f"{len(ids)} gates"
        yield f"{target}: {which} could not be judged: {error}"
    for gate in blocking:
        if gate.outcome is not Outcome.ERROR:
            grave = [each for each in gate.violations if each.outcome is gate.outcome]
            first = f": {grave[0].object}: {grave[0].detail}" if grave else ""
            more = f" (and {len(grave) - 1} more)" if len(grave) > 1 else ""
            yield f"{gate.target}: {gate.id} {gate.outcome}{first}{more}"
    yield from broken
    if lost:
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        yield f"no result was left by {', '.join(lost[:3])}{more}"
    if unselected:
        what = "gate was" if unselected == 1 else "gates were"
        yield f"{unselected} {what} not selected: a part of the gates is no release verdict"
    if not gates:
        yield "no gate was judged"


def _timestamp(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
