"""The ledger: one line a run, each with the hash of the one before, so that a change shows.

A line is canonical JSON (RFC 8785) and a line feed. Its hash is the SHA-256 of the JSON without the line
feed; the first line's `previous` is 64 zeros. The hash of the last line is the head: what was written down
elsewhere (in a report, in a step summary) shows later that nothing was cut off.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import rfc8785

from rollgate.evidence.record import RunRecord
from rollgate.stage import Stage
from rollgate.verdict import Verdict

NAME = "ledger.jsonl"
START = "0" * 64
FORMAT = 1


class LedgerTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A target of a run, and what the run said of it."""

    name: str
    topology: str
    kind: str
    fingerprint: str
    verdict: Verdict
    verified: bool


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run."""

    format: int = FORMAT
    sequence: int  # from 1
    previous: str  # hash of the line before
    record: str  # path of the record, relative to the ledger's folder
    record_sha256: str
    release: str
    digest: str
    environment: str
    stage: Stage
    verdict: Verdict
    started_at: str  # RFC 3339, UTC, by the clock of the machine that ran it
    finished_at: str
    targets: tuple[LedgerTarget, ...]


class Torn(Exception):
    """A ledger that nothing may be added to, because its last line is cut or is no entry."""


@dataclass(frozen=True)
class Head:
    """Where the chain stands: how many lines, and the last one's hash."""

    sequence: int
    hash: str


def hash_of(line: bytes) -> str:
    """Return the hash of a line, which is given without its line feed."""
    return hashlib.sha256(line).hexdigest()


def encode(entry: Entry) -> bytes:
    """Return the line of an entry, without its line feed."""
    return rfc8785.dumps(msgspec.to_builtins(entry))


def decode(line: bytes) -> Entry:
    """Return the entry of a line.

    Raises:
        ValueError: it is none; the message says why.
    """
    try:
        entry = msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"it is no entry of a ledger: {error}") from None
    if entry.format != FORMAT:
        raise ValueError(f"it has format {entry.format}; this version reads {FORMAT}")
    return entry


def read_lines(path: Path) -> tuple[tuple[bytes, ...], bytes]:
    """Return the whole lines of a ledger, and what stands behind the last line feed: nothing, if it is whole.

    A ledger that isn't there has no line.

    Raises:
        OSError: it is there and can't be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return (), b""
    *lines, rest = content.split(b"\n")
    return tuple(lines), rest


def append(folder: Path, record: RunRecord, *, path: Path, sha256: str) -> Head:
    """Add the run to the ledger in `folder`, and return the new head; `path` is the record's file.

    Runs that end at once queue at a lock; a line is written in one piece and flushed to the disk.

    Raises:
        OSError: it could not be written; what was there before still is.
        Torn: the last line isn't one to go on from. Nothing was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / NAME) as descriptor:
        lines, rest = read_lines(folder / NAME)
        if rest:
            raise Torn(f"its line {len(lines) + 1} is cut off in the middle")
        try:
            sequence = decode(lines[-1]).sequence if lines else 0
        except ValueError as problem:
            raise Torn(f"its line {len(lines)} can't be gone on from: {problem}") from None
        entry = Entry(
            sequence=sequence + 1,
            previous=hash_of(lines[-1]) if lines else START,
            record=os.path.relpath(path, folder),
            record_sha256=sha256,
            release=record.release,
            digest=record.digest,
            environment=record.environment,
            stage=record.stage,
            verdict=record.verdict,
            started_at=record.started_at,
            finished_at=record.finished_at,
            targets=tuple(
                LedgerTarget(
                    name=target.name,
                    topology=target.topology,
                    kind=target.kind,
                    fingerprint=target.fingerprint if target.kind == "live" else "",
                    verdict=target.verdict,
                    verified=target.verified,
                )
                for target in record.targets
            ),
        )
        line = encode(entry)
        _write(descriptor, line + b"\n")
    return Head(entry.sequence, hash_of(line))


def set_torn_aside(folder: Path) -> Path | None:
    """Move what stands behind the last line feed into a file of its own; return that, None if nothing did.

    Raises:
        OSError: it could not be moved; then it is where it was.
    """
    path = folder / NAME
    if not path.exists():
        return None
    with _alone(path) as descriptor:
        lines, rest = read_lines(path)
        if not rest:
            return None
        torn = path.with_name(f"{NAME}.torn")
        with torn.open("ab") as file:
            file.write(rest + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.ftruncate(descriptor, sum(len(line) + 1 for line in lines))
        os.fsync(descriptor)
    return torn


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """Open the ledger for appending while nobody else does; the lock ends with the process that holds it."""
    new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
        if new:
            _flush_folder(path.parent)
    finally:
        os.close(descriptor)


def _write(descriptor: int, content: bytes) -> None:
    """Append in one piece; a full disk takes back what it had taken."""
    size = os.fstat(descriptor).st_size
    try:
        written = os.write(descriptor, content)
        if written != len(content):
            raise OSError(28, "No space left on device")
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
