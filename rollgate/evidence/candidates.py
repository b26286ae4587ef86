"""The runs of the environment before, as the ledger has them: which of them count for a promotion. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rollgate.evidence.chain import Chain, Run, moment
from rollgate.evidence.record import RunRecord, TargetRecord
from rollgate.stage import Stage
from rollgate.verdict import Outcome

#: The object of the warning that a soak's start is the operator's word.
OVERRIDE = "--soak-since"


@dataclass(frozen=True)
class Finding:
    """Why the promotion isn't to be had: `HOLD` for what is missing, `FAIL` for what is wrong."""

    object: str
    detail: str
    remedy: str
    outcome: Outcome = Outcome.HOLD


@dataclass(frozen=True)
class Candidate:
    """A run of the environment before, and what it says of its target there."""

    run: Run
    record: RunRecord
    target: TargetRecord


@dataclass(frozen=True)
class Wanted:
    """What is to be promoted, and from where."""

    digest: str
    yardstick: str
    topology: str  # the one before
    now: datetime.datetime
    max_age: datetime.timedelta

    @property
    def command(self) -> str:
        """What the operator runs to have the evidence."""
        return f"pytest --env={self.topology}"


def candidates(chain: Chain, topology: str) -> tuple[Candidate, ...]:
    """Return the live runs of an environment whose records are as they were written, the oldest first."""
    return tuple(
        Candidate(run, run.record, target)
        for run in chain.runs
        if run.record is not None
        for target in run.record.targets
        if target.kind == "live" and target.topology == topology
    )


def latest(chain: Chain, wanted: Wanted) -> tuple[Candidate, ...]:
    """Return the newest run of the whole release, of the very files, for each target: all of a fleet count.

    A member that nobody has judged for longer than evidence lasts has left it, unless there is no other.
    """
    newest = {
        each.target.name: each
        for each in candidates(chain, wanted.topology)
        if each.record.digest == wanted.digest and each.record.stage is Stage.RELEASE
    }
    current = [each for each in newest.values() if wanted.now - ended(each) <= wanted.max_age]
    found = current or list(newest.values())[-1:]
    return tuple(sorted(found, key=lambda each: each.run.line))


def left_behind(chosen: Sequence[Candidate], chain: Chain, wanted: Wanted) -> tuple[Candidate, ...]:
    """Return the last verification of each target that was never judged as a whole, beside those that were.

    It is one of the fleet, too. A database that was chosen under another name is none.
    """
    names = {each.target.name for each in chosen}
    databases = {each.target.fingerprint for each in chosen}
    found = {
        each.target.name: each
        for each in candidates(chain, wanted.topology)
        if each.record.digest == wanted.digest
        and each.record.stage is Stage.VERIFY
        and wanted.now - ended(each) <= wanted.max_age
        and each.target.name not in names
        and each.target.fingerprint not in databases
    }
    return tuple(found.values())


def overridden(chosen: Candidate) -> Iterator[str]:
    """Yield what a run says of a soak whose start was overridden."""
    for gate in chosen.record.gates:
        if gate.target == chosen.target.name and gate.subject == "soak":
            yield from (each.detail for each in gate.violations if each.object == OVERRIDE)


def ended(chosen: Candidate) -> datetime.datetime:
    """Return when the run of a candidate was over."""
    return moment(chosen.record.finished_at)


def where(chosen: Candidate) -> str:
    """Say which run it was."""
    return f"line {chosen.run.line} of the ledger, {chosen.record.finished_at}"
