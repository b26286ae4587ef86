"""How a release went through its environments, as the ledger's records tell it: what a release log says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rollgate.evidence.applied import ApplyRecord, Ending
from rollgate.evidence.candidates import Candidate, candidates
from rollgate.evidence.chain import Application, Chain
from rollgate.evidence.record import GateRecord, Table
from rollgate.stage import Stage
from rollgate.verdict import Verdict

#: The runbook's sections whose queries verify a rollout.
VERIFYING = frozenset({"0.3", "1.4", "2.4"})
#: The test of the rollback where it can't be in place: a single database serves prod.
ON_A_CLONE = "rollback-works-on-the-clone"


@dataclass(frozen=True)
class Passage:
    """The runs of one release on one environment, the oldest first; never empty."""

    topology: str
    runs: tuple[Candidate, ...]
    tested: bool = True  # whether the rollback is to be tested here
    applications: tuple[tuple[Application, ApplyRecord], ...] = ()

    @property
    def started_at(self) -> str:
        """When the first run or application began."""
        begun = [record.started_at for _, record in self.applications]
        return min((self.begun.record.started_at, *begun))

    @property
    def rolled_out(self) -> ApplyRecord | None:
        """The first application that came to its end: the rollout itself, if it was done by the suite."""
        done = (record for _, record in self.applications if record.ending is Ending.DONE)
        return next(done, None)

    @property
    def begun(self) -> Candidate:
        """The first run: most often the preflight."""
        return self.runs[0]

    @property
    def applied(self) -> Candidate | None:
        """The first run that found the files applied as they should be."""
        return next((run for run in self.runs if run.target.verified), None)

    @property
    def ended(self) -> Candidate | None:
        """The last run of all gates that said GO."""
        good = [
            run for run in self.runs if run.record.stage is Stage.RELEASE and run.target.verdict is Verdict.GO
        ]
        return good[-1] if good else None

    @property
    def failures(self) -> Iterator[Candidate]:
        """The last run of each target, if it found something wrong: no later one of all gates was GO."""
        open_: dict[str, Candidate] = {}
        for run in self.runs:
            if run.target.verdict is Verdict.NO_GO:
                open_[run.target.name] = run
            elif run.target.verdict is Verdict.GO and run.record.stage is Stage.RELEASE:
                open_.pop(run.target.name, None)
        return iter(open_.values())

    @property
    def last(self) -> Candidate:
        """What its evidence is taken from: the run that ended it, else the last one."""
        return self.ended or self.runs[-1]

    @property
    def gates(self) -> tuple[GateRecord, ...]:
        """The gates of the last run on this environment's target."""
        return tuple(gate for gate in self.last.record.gates if gate.target == self.last.target.name)

    @property
    def outputs(self) -> tuple[Table, ...]:
        """What the verification queries gave, each once."""
        found = {
            table.name: table
            for gate in self.gates
            if VERIFYING & set(gate.sections)
            for table in gate.evidence
            if table.query
        }
        return tuple(found[name] for name in sorted(found))

    @property
    def rollback(self) -> tuple[GateRecord, ...]:
        """The gates of the rollback; of a database that no run writes to, the one of its clone."""
        tried = tuple(gate for gate in self.gates if gate.subject == "rollback")
        return tried or tuple(gate for gate in self.gates if self.tested and gate.id == ON_A_CLONE)


def passages(chain: Chain, digest: str, before: Mapping[str, str]) -> tuple[Passage, ...]:
    """Return the passage of a release through each environment that it has been to, in their order.

    `before` names the environments, and for each the one that comes before it: where there is one, the
    rollback is tested there.
    """
    found = []
    for topology, earlier in before.items():
        runs = tuple(each for each in candidates(chain, topology) if each.record.digest == digest)
        applied = tuple(
            (each, each.record)
            for each in chain.applications
            if each.record is not None and each.entry.digest == digest and each.entry.topology == topology
        )
        if runs:
            found.append(Passage(topology, runs, not earlier, applied))
    return tuple(found)


def missing(passage: Passage) -> Iterator[str]:
    """Say what a release log needs of an environment and the records don't have (runbook, section 4)."""
    if passage.applied is None:
        yield f"no run found the release applied to {passage.topology}"
    if passage.ended is None:
        yield f"no run of all gates said GO on {passage.topology}"
    else:
        for failed in passage.failures:
            yield (
                f"{failed.target.name} was NO-GO in stage {failed.record.stage} at "
                f"{failed.record.finished_at} (entry {failed.run.entry.sequence}), and no run of all gates "
                "has said GO there since"
            )
        for each, record in passage.applications[-1:]:
            if each.line > passage.last.run.line and record.ending is not Ending.DONE:
                yield f"the files were applied to {record.target.name} again since, and {record.ending}"
    if not passage.outputs:
        yield f"no output of a verification query was kept of {passage.topology}"
    if passage.tested and not passage.rollback:
        yield f"no test of the rollback was kept of {passage.topology}"
    if passage.last.record.origin.operator in ("", "unknown"):
        yield f"nobody is named as the operator of {passage.topology}"


def unvisited(been: Iterable[str], before: Mapping[str, str]) -> Iterator[str]:
    """Say which environments no run has been to, of those that come `before` the ones that were."""
    seen = set(been)
    for topology in sorted(seen):
        later = topology
        while (earlier := before.get(later, "")) and earlier not in seen:
            yield f"no run of these files on {earlier} is kept, and {later} is promoted from there"
            seen.add(earlier)
            later = earlier


def gaps(found: Sequence[Passage], before: Mapping[str, str]) -> tuple[str, ...]:
    """Return all that a release log needs and the records don't have, of every environment on the way."""
    return (
        *unvisited([each.topology for each in found], before),
        *(what for each in found for what in missing(each)),
    )
