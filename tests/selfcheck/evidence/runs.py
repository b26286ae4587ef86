"""Runs to be kept: records of a live environment, made up, and entered into a ledger."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rollgate.evidence.compose import Planned, compose
from rollgate.evidence.keep import RECORD_NAME, Kept, keep
from rollgate.evidence.record import GateRecord, Origin, Table, TargetRecord
from rollgate.release import BUILTIN, Release, load_release
from rollgate.stage import Stage
from rollgate.verdict import Outcome, Severity

NOON = datetime.datetime(2026, 2, 16, 12, tzinfo=datetime.UTC)
ROWS = Table(
    name="routing-rows",
    title="Routing rows",
    query="select 1",
    columns=("provider", "environment"),
    rows=(("openai", "staging"),),
    total=1,
)


def gate(id: str, subject: str, outcome: Outcome = Outcome.PASS, *, target: str = "staging") -> GateRecord:
    return GateRecord(
        id=id,
        target=target,
        subject=subject,
        title=f"{id} holds",
        prevents="trouble",
        sections=("1.4",),
        checks=("RG-2",),
        severity=Severity.ERROR,
        outcome=outcome,
        evidence=(ROWS,),
    )


GATES = (
    gate("one-default", "routing"),
    gate("rollback-rehearsed-in-place", "rollback"),
    gate("soak-lasted", "soak"),
)


def with_outcome(id: str, outcome: Outcome) -> tuple[GateRecord, ...]:
    """Return the gates of a whole run, one of which says something else."""
    return tuple(gate(each.id, each.subject, outcome if each.id == id else each.outcome) for each in GATES)


def of_fleet(**verdicts: Outcome) -> tuple[GateRecord, ...]:
    """Return the gates of a whole run over a fleet; what a name is given is what its routing gate says."""
    return tuple(
        gate(each.id, each.subject, outcome if each.subject == "routing" else each.outcome, target=name)
        for name, outcome in verdicts.items()
        for each in GATES
    )


@dataclass
class Reports:
    """A folder of reports, and a clock for the runs that are put there."""

    folder: Path
    release: Release = field(default_factory=lambda: load_release(BUILTIN))
    runs: int = 0

    def add(
        self,
        gates: Sequence[GateRecord] = GATES,
        *,
        name: str = "staging",
        at: datetime.datetime = NOON,
        stage: Stage = Stage.RELEASE,
        release: Release | None = None,
        unselected: int = 0,
        broken: Sequence[str] = (),
        lost: int = 0,
        fleet: Sequence[str] = (),
    ) -> Kept:
        """Keep a run that ended `at` a time; `lost` gates were planned, and left no result.

        A `fleet` has its targets in the place of the one that is called as its environment.
        """
        self.runs += 1
        planned = [Planned(each.target, each.id) for each in gates]
        planned += [Planned(name, f"lost-{number}") for number in range(lost)]
        record = compose(
            release or self.release,
            environment=name,
            stage=stage,
            origin=Origin(operator="release-bot", operator_source="GITHUB_ACTOR"),
            targets=[
                TargetRecord(
                    name=target,
                    kind="live",
                    topology=name,
                    database="postgres",
                    host="db.example.test",
                    port=5432,
                    role="rollgate_reader",
                    server_version="17.4",
                    system_identifier={"staging": "71", "prod": "72", "single-db": "73"}.get(target, target),
                )
                for target in (fleet or [name])
            ],
            gates=gates,
            planned=planned,
            unselected=unselected,
            broken=broken,
            started_at=at - datetime.timedelta(minutes=1),
            finished_at=at,
            versions={"run": str(self.runs)},  # no two runs leave the same record
        )
        return keep(record, self.folder / f"run-{self.runs}")

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    def lines(self) -> list[bytes]:
        return self.ledger.read_bytes().splitlines(keepends=True)

    def write(self, lines: Sequence[bytes]) -> None:
        self.ledger.write_bytes(b"".join(lines))

    def record(self, number: int) -> Path:
        return self.folder / f"run-{number}" / RECORD_NAME
