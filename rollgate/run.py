"""The run in progress: what it set out to judge, what it has heard so far, and where it leaves it."""

from __future__ import annotations

import datetime
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from rollgate.errors import UsageError
from rollgate.evidence.compose import Planned, compose
from rollgate.evidence.origin import origin_of
from rollgate.evidence.record import GateRecord, Origin, RunRecord, TargetRecord
from rollgate.gates import EvidenceQuery, Gate, Phase, find_evidence, find_gates
from rollgate.release import BUILTIN, Release, load_release
from rollgate.stage import Stage, asks
from rollgate.target.identity import Identity
from rollgate.target.target import EPHEMERAL, Target, choose_targets
from rollgate.verdict import Outcome

NOT_REACHED = "not reached"
NOT_ENDED = "the run has not ended: it goes on, or it was killed"


@dataclass
class Run:
    """One run over the targets of one release."""

    release: Release
    environment: str
    stage: Stage
    origin: Origin
    targets: tuple[Target, ...]
    gates: tuple[Gate, ...]
    evidence: dict[str, EvidenceQuery]
    folder: Path
    thorough: bool  # whether everything is tried that CI tries
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))  # names the run in a server's log
    started_at: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    planned: dict[Planned, None] = field(default_factory=dict)
    unselected: int = 0
    records: dict[Planned, GateRecord] = field(default_factory=dict)
    target_records: dict[str, TargetRecord] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)  # of the live targets, by name
    broken: list[str] = field(default_factory=list)
    lost_worker: bool = False  # one has not told what it had planned
    mistake: str = ""  # the user's, found while the gates were asked
    result: RunRecord | None = None

    def plan_of(self, target: Target, gate: Gate) -> GateRecord:
        """Return what is recorded of a gate that never gets to be asked."""
        return GateRecord(
            id=gate.id,
            target=target.name,
            subject=gate.subject,
            title=gate.title,
            prevents=gate.prevents,
            sections=gate.sections,
            checks=gate.checks,
            severity=gate.severity,
            outcome=Outcome.ERROR,
            error="it was not asked",
            source=f"gates/{gate.subject}/{gate.path.name}",
            query=gate.query,
        )

    def expected(self) -> set[Planned]:
        """Return every SQL gate that a whole run over these targets judges."""
        return {
            Planned(target.name, gate.id)
            for target in self.targets
            for gate in self.gates
            if gate.applies_to(target.topology.name)
            and (gate.phase is not Phase.ROLLBACK or not target.live)
            and asks(self.stage, gate.subject, early=gate.phase is Phase.PREFLIGHT)
        }

    def take(self, record: GateRecord, target: TargetRecord | None) -> None:
        """Keep what a gate said; one that is recorded twice keeps the run from GO."""
        key = Planned(record.target, record.id)
        if key in self.records:
            self.broken.append(f"two tests recorded the gate {key}")
        self.records[key] = record
        if target is not None:
            self.target_records[target.name] = target

    def make_folder(self) -> None:
        """Make the run's folder; one that starts in the same second may have taken its name by now.

        Raises:
            UsageError: there can be none.
        """
        stem, number = self.folder, 1
        try:
            while True:
                try:
                    return self.folder.mkdir(parents=True)
                except FileExistsError:
                    number += 1
                    self.folder = stem.with_name(f"{stem.name}-{number}")
        except OSError as error:
            raise UsageError(
                str(self.folder),
                found=f"a folder that can't be made: {error.strerror}",
                needed="a place for the record and the report",
                fix="name another one with --reports=DIR",
            ) from None

    @property
    def reports(self) -> Path:
        """The folder that holds the ledger, and a folder for each run."""
        return self.folder.parent

    def draft(self, versions: dict[str, str]) -> RunRecord:
        """Return the record of a run that has begun: what is left of it if it is killed."""
        return self._compose([NOT_ENDED], versions)

    def finish(self, versions: dict[str, str]) -> RunRecord:
        """Return the record of the run as it stands, and keep it as the result."""
        if self.lost_worker and not self.planned:
            self.planned = dict.fromkeys(sorted(self.expected(), key=str))
        self.result = self._compose(self.broken, versions)
        return self.result

    def _compose(self, broken: Sequence[str], versions: dict[str, str]) -> RunRecord:
        known = {target.name for target in self.targets}
        targets = [
            self.target_records.get(target.name)
            or TargetRecord(
                name=target.name,
                kind=target.kind,
                topology=target.topology.name,
                routes=target.topology.routes,
                note=NOT_REACHED,
            )
            for target in self.targets
        ]
        targets = [
            _told(record, self.identities[record.name]) if record.name in self.identities else record
            for record in targets
        ]
        targets += [record for name, record in self.target_records.items() if name not in known]
        in_plan = [self.records[key] for key in self.planned if key in self.records]
        gates = in_plan + [record for key, record in self.records.items() if key not in self.planned]
        return compose(
            self.release,
            environment=self.environment,
            stage=self.stage,
            origin=self.origin,
            targets=targets,
            gates=sorted(gates, key=lambda gate: gate.subject != "target"),  # a wrong one explains the others
            planned=list(self.planned),
            unselected=self.unselected,
            broken=broken,
            started_at=self.started_at,
            versions=versions,
        )


def _told(record: TargetRecord, identity: Identity) -> TargetRecord:
    """Return the target's record with what its connection showed."""
    return msgspec.structs.replace(
        record,
        database=identity.database,
        server_version=identity.version,
        host=identity.host,
        port=identity.port,
        role=identity.role,
        tls=identity.security,
        reached=identity.reached,
        standing=identity.standing,
        system_identifier=identity.system_identifier,
        server_started=identity.started_at,
        note="" if record.note == NOT_REACHED else record.note,
    )


def _check_topologies(gate: Gate, release: Release) -> None:
    """Refuse a gate that is never asked; the suite's own may name topologies that a release lacks."""
    unknown = [name for name in gate.topologies if name not in release.topologies]
    if unknown and not gate.path.is_relative_to(BUILTIN):
        raise UsageError(
            f"{gate.path}: topologies",
            found=", ".join(unknown),
            needed=f"some of {', '.join(release.topologies)}",
            fix="correct the name, or leave the line out: then it is asked everywhere",
        )


def start_run(
    manifest: Path,
    environments: list[str],
    reports: Path,
    fleet: Sequence[str] = (),
    *,
    stage: Stage = Stage.RELEASE,
    operator: str = "",
) -> Run:
    """Load the release and choose the targets; nothing is connected to yet.

    Raises:
        UsageError: the manifest, a gate's header or an environment's name is wrong.
    """
    if stage is not Stage.RELEASE and EPHEMERAL in environments:
        raise UsageError(
            f"--stage={stage}",
            found="a rehearsal, which goes through all of the rollout",
            needed="a live target: there, a rollout has come only so far",
            fix="name one with --env, or leave --stage out",
        )
    release = load_release(manifest)
    gates = find_gates(release.gate_folders)
    evidence = dict(find_evidence(release.evidence_folders))
    for gate in gates:
        _check_topologies(gate, release)
        for name in gate.evidence:
            if name not in evidence:
                raise UsageError(
                    f"{gate.path}: evidence",
                    found=f"{name}, which no file gives",
                    needed="the name of a file in an evidence folder",
                    fix=f"add {name}.sql or correct the name",
                )
    started = datetime.datetime.now(datetime.UTC)
    environment = ",".join(environments)
    return Run(
        release=release,
        environment=environment,
        stage=stage,
        origin=origin_of(release.root, os.environ, operator=operator),
        targets=choose_targets(release, environments, fleet),
        gates=gates,
        evidence=evidence,
        folder=reports / f"{started:%Y%m%dT%H%M%SZ}-{environment.replace(',', '+')}",
        thorough=bool(os.environ.get("CI")),
        started_at=started,
    )
