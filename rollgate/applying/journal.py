"""What is written down of an application: from the draft before the first statement to how it ended."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

import rollgate
from rollgate.applying.permission import Permission
from rollgate.applying.screen import Screen
from rollgate.applying.script import File
from rollgate.evidence import applied
from rollgate.evidence.applied import AppliedFile, AppliedStatement, AppliedTarget, ApplyRecord, Ending
from rollgate.evidence.record import Origin
from rollgate.evidence.storage import Unreadable, read_apply
from rollgate.release import Release
from rollgate.target.identity import Identity
from rollgate.target.recorded import is_recorded_as
from rollgate.target.target import Target

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]

NOT_BEGUN = "not begun"
RECORDED = "recorded already"


@dataclass
class FileJournal:
    """How far a file was run."""

    file: File
    ending: str = NOT_BEGUN
    statements: list[AppliedStatement] = field(default_factory=list)
    started_at: str = ""
    finished_at: str = ""
    history: str = ""
    stopped_at: str = ""

    def begin(self) -> None:
        """The file is begun."""
        self.started_at, self.ending = now(), Ending.OPEN.value

    def end(self, ending: str) -> None:
        """The file is ended, well or not."""
        self.finished_at, self.ending = now(), ending

    def add(self, done: Sequence[AppliedStatement]) -> None:
        """Add the statements of a transaction that was committed."""
        self.statements += done

    def forget(self) -> None:
        """Forget what is going to be run again."""
        self.statements, self.history = [], ""

    @property
    def record(self) -> AppliedFile:
        """The file's part of the record."""
        return AppliedFile(
            role=self.file.role,
            path=self.file.shown,
            sha256=self.file.sha256,
            ending=self.ending,
            statements=tuple(self.statements),
            started_at=self.started_at,
            finished_at=self.finished_at,
            history=self.history,
        )


class Journal:
    """An application, as it is kept in `folder`."""

    def __init__(
        self,
        release: Release,
        target: Target,
        identity: Identity,
        permission: Permission,
        files: Sequence[File],
        *,
        origin: Origin,
        reports: Path,
        screen: Screen,
        signer: CryptoSigner | None = None,
    ) -> None:
        self.signer = signer
        self.files = [FileJournal(file) for file in files]
        self.notes: list[str] = []
        self._release = release
        self._target = target
        self._identity = identity
        self._permission = permission
        self._origin = origin
        self._screen = screen
        started = datetime.datetime.now(datetime.UTC)
        self._started_at = _text(started)
        stem = f"{started:%Y%m%dT%H%M%SZ}-apply-{target.name}"
        self.folder = reports / stem
        number = 1
        while self.folder.exists():
            number += 1
            self.folder = reports / f"{stem}-{number}"

    @property
    def operator(self) -> str:
        """Who does it."""
        return self._origin.operator

    @property
    def path(self) -> Path:
        """The record's file."""
        return self.folder / applied.NAME

    def record(self, ending: Ending, problem: str = "") -> ApplyRecord:
        """Return the record as things stand."""
        clean, identity = self._screen.clean, self._identity
        return ApplyRecord(
            release=self._release.name,
            title=self._release.title,
            digest=self._release.digest,
            environment=self._target.topology.name,
            origin=self._origin,
            target=AppliedTarget(
                name=self._target.name,
                topology=self._target.topology.name,
                database=identity.database,
                host=identity.host,
                port=identity.port,
                role=identity.role,
                server_version=identity.version,
                tls=identity.security,
                reached=identity.reached,
                system_identifier=identity.system_identifier,
                server_started=identity.started_at,
            ),
            ending=ending,
            problem=clean(problem),
            grounds=self._permission.grounds,
            overridden=self._permission.overridden,
            notes=tuple(map(clean, self.notes)),
            files=tuple(each.record for each in self.files),
            release_files=self._release.files,
            started_at=self._started_at,
            finished_at=now(),
            versions={
                "rollgate": rollgate.__version__,
                "python": platform.python_version(),
                "psycopg": psycopg.__version__,
            },
        )


def was_begun(reports: Path, release: Release, target: Target, identity: Identity) -> bool:
    """Tell whether a folder of reports has an application of these files to this database, ended or not."""
    for path in reports.glob(f"*/{applied.NAME}"):
        try:
            record = read_apply(path.read_bytes())
        except (OSError, Unreadable):
            continue
        of_these = (record.digest, record.target.topology) == (release.digest, target.topology.name)
        if of_these and is_recorded_as(record.target, identity):
            return True
    return False


def now() -> str:
    """Return the time as records write it."""
    return _text(datetime.datetime.now(datetime.UTC))


def _text(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
