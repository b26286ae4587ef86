"""The preflight of the target that a release is to be applied to, as the ledger has it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from rollgate.evidence.candidates import Candidate, Finding, candidates
from rollgate.evidence.chain import Chain, moment
from rollgate.evidence.record import Table
from rollgate.stage import Stage
from rollgate.target.identity import Identity
from rollgate.target.recorded import is_recorded_as
from rollgate.target.target import Target
from rollgate.verdict import Outcome, Verdict

#: The gate that keeps the locks of the rollout, seen on a clone of the target.
_LOCKS = ("rollout-keeps-no-writer-waiting", "locks")


@dataclass(frozen=True)
class Preflight:
    """The run that counts, or why there is none."""

    where: str = ""
    finding: Finding | None = None
    locks: Table | None = None


def preflight_of(
    chain: Chain,
    digest: str,
    target: Target,
    identity: Identity,
    *,
    now: datetime.datetime,
    max_age: datetime.timedelta,
    command: str,
) -> Preflight:
    """Find the latest preflight of these files on this very database, and say what is wrong with it.

    `command` makes one. A run of all gates that said GO counts as one: it has asked what a preflight asks.
    """
    topology = target.topology.name
    found = [
        each
        for each in candidates(chain, topology)
        if each.record.digest == digest
        and each.target.name == target.name
        and (
            each.record.stage is Stage.PREFLIGHT
            or (each.record.stage is Stage.RELEASE and each.target.verdict is Verdict.GO)
        )
    ]
    here = [each for each in found if is_recorded_as(each.target, identity)]
    if not here:
        others = ""
        if found:
            there = found[-1].target
            others = f" (found one of {there.host}:{there.port}/{there.database}, not of {identity.place})"
        return Preflight(
            finding=Finding(
                topology,
                f"found no preflight of the release {digest[:12]} on this database in {chain.path}"
                f"{others}, needed one that says GO",
                f"run {command} with these files first (or --without-preflight, which is recorded)",
            )
        )
    chosen = here[-1]
    where = f"line {chosen.run.line} of the ledger, {chosen.record.finished_at}"
    finding = None
    if chosen.target.verdict is not Verdict.GO:
        finding = Finding(
            topology,
            f"found {chosen.target.verdict} in the latest preflight of these files ({where}), needed GO",
            f"see {chosen.run.entry.record}; mend what it names, then run {command}",
            Outcome.FAIL if chosen.target.verdict is Verdict.NO_GO else Outcome.HOLD,
        )
    elif now - moment(chosen.record.finished_at) > max_age:
        hours = max_age.total_seconds() / 3600
        finding = Finding(
            topology,
            f"found a preflight that is older than {hours:.0f} h ({where}), needed a newer one",
            f"run {command} again",
        )
    return Preflight(where, finding, _locks(chosen))


def _locks(chosen: Candidate) -> Table | None:
    gate, table = _LOCKS
    return next(
        (
            each
            for record in chosen.record.gates
            if record.id == gate and record.target == chosen.target.name
            for each in record.evidence
            if each.name == table
        ),
        None,
    )
