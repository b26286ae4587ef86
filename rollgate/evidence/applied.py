"""The record of an application: which statements were run on which database, by whom, and how it ended."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rollgate.evidence.record import FileRecord, Origin

FORMAT = 1
KIND = "applied"
NAME = "apply.json"


class Ending(StrEnum):
    """How an application ended."""

    DONE = "done"  # every file was run to its end, or was recorded already
    FAILED = "failed"  # a statement was refused, or the connection was lost for good
    STOPPED = "stopped"  # by Ctrl-C
    OPEN = "not ended"  # it goes on, or it was killed


class AppliedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that the server has run, as often as it took."""

    number: int  # in its file, from 1
    line: int  # of the file, from 1
    text: str  # its first line
    milliseconds: float
    attempt: int = 1


class AppliedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the rollout, and how far it was run."""

    role: str  # migration or overlay
    path: str  # relative to the manifest
    sha256: str
    ending: str = "not begun"  # or done, failed, stopped, recorded already
    statements: tuple[AppliedStatement, ...] = ()
    started_at: str = ""  # RFC 3339, UTC
    finished_at: str = ""
    history: str = ""  # what became of its line in Supabase's history of migrations


class AppliedTarget(msgspec.Struct, frozen=True, kw_only=True):
    """The database that was written to, as its connection showed it; nothing here is secret."""

    name: str
    topology: str
    database: str
    host: str
    port: int
    role: str
    server_version: str
    tls: str
    reached: str
    system_identifier: str
    server_started: str

    @property
    def fingerprint(self) -> str:
        """As a run's record has it."""
        return f"{self.system_identifier or f'{self.host}:{self.port}'}/{self.database}"


class ApplyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One application of a release to one database."""

    format: int = FORMAT
    kind: str = KIND
    release: str
    title: str
    digest: str  # SHA-256 over the files of the release
    environment: str
    origin: Origin
    target: AppliedTarget
    ending: Ending
    problem: str = ""  # why it isn't done
    grounds: tuple[str, ...]  # the evidence that it was allowed by
    overridden: tuple[str, ...] = ()  # what was missing and went out all the same: options and waivers
    notes: tuple[str, ...] = ()  # what was told beside it: retries, lost connections, indexes built anew
    files: tuple[AppliedFile, ...]
    release_files: tuple[FileRecord, ...]
    started_at: str  # RFC 3339, UTC, by the clock of the machine that ran it
    finished_at: str
    versions: dict[str, str]  # of the tools: rollgate, python, psycopg
