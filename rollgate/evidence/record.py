"""The record of a run: the truth that every report is drawn from, as typed and frozen facts."""

from __future__ import annotations

import msgspec

from rollgate.stage import Stage
from rollgate.verdict import Outcome, Severity, Verdict

FORMAT = 2


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that somebody looked at, as text; `None` is SQL's null.

    `rows` is capped: `total` tells how many there were.
    """

    name: str  # slug, e.g. "routing-rows"
    title: str
    query: str  # the SQL that gave the rows; empty if it wasn't SQL
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    total: int
    error: str = ""  # why the rows could not be read; then there are none


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a gate found wrong."""

    object: str  # stable key: what a waiver names
    detail: str  # found and needed
    remedy: str
    outcome: Outcome = Outcome.FAIL  # FAIL, HOLD or WAIVED
    severity: Severity = Severity.ERROR
    waiver: str = ""  # reason, approver and expiry, for WAIVED


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside the threshold that it is held to."""

    name: str  # e.g. "schema_valid_rate"
    value: float | None  # None: there was nothing to compute it from
    unit: str  # share (0 to 1), ms or count
    n: int  # how many values it is computed from
    minimum: float | None = None
    maximum: float | None = None
    low: float | None = None  # of its interval
    high: float | None = None
    evidence: str = ""  # PROVEN, REFUTED or INCONCLUSIVE: what the interval says of the threshold


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time and what was found of it."""

    start: str  # RFC 3339, UTC
    end: str
    state: str  # ok, bad, gap (no evidence), few (too little evidence) or note
    label: str = ""  # what a reader is told of it
    value: float | None = None  # drawn as the height of a bar beside the others of its track


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a time line, e.g. traffic, errors, one guardrail."""

    name: str
    spans: tuple[Span, ...]


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """What happened when, to be drawn."""

    title: str
    start: str  # RFC 3339, UTC
    end: str
    tracks: tuple[Track, ...]


class GateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one gate said of one target."""

    id: str  # slug, e.g. "one-default-per-environment"
    target: str  # name of a TargetRecord
    subject: str  # preflight, schema, routing, evals, security, migration, rollback, ...
    title: str  # a sentence that is true when the gate passes
    prevents: str  # the incident it prevents
    sections: tuple[str, ...]  # of the runbook, e.g. ("0.3", "1.4")
    checks: tuple[str, ...]  # numbered lines of the runbook, e.g. ("RG-2",)
    severity: Severity  # what its outcome weighs
    outcome: Outcome
    violations: tuple[Violation, ...] = ()
    evidence: tuple[Table, ...] = ()
    metrics: tuple[Metric, ...] = ()
    timeline: Timeline | None = None
    error: str = ""  # why it could not be evaluated, for ERROR
    source: str = ""  # the file that asks the question, relative to the manifest or the project
    query: str = ""  # empty if the question isn't one of SQL
    seconds: float = 0.0
    nodeid: str = ""  # the test that recorded it


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says of one part of a release on one target."""

    outcome: Outcome  # the worst of the gates that decide
    gates: dict[str, Outcome]


class TargetRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A database that was judged; nothing here is secret."""

    name: str  # staging, prod, single-db
    kind: str  # ephemeral or live
    topology: str
    routes: tuple[str, ...] = ()  # the environments whose traffic it decides; empty: not said
    database: str = ""
    server_version: str = ""  # e.g. "15.18"
    server_origin: str = ""  # where the ephemeral server's binaries came from
    note: str = ""  # e.g. that the server's major isn't one the release is meant for
    # Of a live target, as its connection showed it:
    host: str = ""  # as the DSN names it
    port: int = 0
    role: str = ""
    tls: str = ""  # e.g. "TLS 1.3 (verify-full)"
    reached: str = ""  # direct or pooler
    standing: str = ""  # primary, or replica with its lag
    system_identifier: str = ""  # of the cluster; empty where the role may not read it
    server_started: str = ""  # seconds since 1970: with the identifier, it tells a server from its copy
    # What the run says of it, from its gates alone:
    verdict: Verdict = Verdict.INCOMPLETE
    verified: bool = False  # every gate that decides passed, but for those of soak and promotion
    rollback: Section | None = None  # None: no gate of it was recorded
    soak: Section | None = None
    evals: Section | None = None

    @property
    def fingerprint(self) -> str:
        """What tells its database from another, as far as the role may know; no secret."""
        return f"{self.system_identifier or f'{self.host}:{self.port}'}/{self.database}"


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the release, as it was verified."""

    role: str  # migration, overlay, rollback, ...
    path: str  # relative to the manifest
    sha256: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who ran it, and from which state of the files."""

    operator: str
    operator_source: str  # --operator, a variable of the CI, git, or account
    commit: str = ""  # of the repository that holds the manifest; empty if it is in none
    dirty: bool | None = None  # whether that had changes which are in no commit; None: unknown
    job: str = ""  # the CI job's address


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One run: what was verified, against what, with which result."""

    format: int = FORMAT
    release: str
    title: str
    digest: str  # SHA-256 over the files of the release
    yardstick: str = ""  # SHA-256 over gates and thresholds; empty: an earlier version wrote the record
    files: tuple[FileRecord, ...]
    environment: str  # what --env was
    stage: Stage = Stage.RELEASE
    origin: Origin
    targets: tuple[TargetRecord, ...]
    gates: tuple[GateRecord, ...]
    planned: int  # gates that this run set out to judge
    unselected: int = 0  # gates of the release that the command line left out
    shown: int | None = None  # results that the report shows; None: none was drawn
    verdict: Verdict
    reasons: tuple[str, ...]  # most important first
    started_at: str  # RFC 3339, UTC
    finished_at: str
    versions: dict[str, str]  # of the tools: rollgate, python, pytest, psycopg

    @property
    def recorded(self) -> int:
        """How many gates left a result."""
        return len(self.gates)
