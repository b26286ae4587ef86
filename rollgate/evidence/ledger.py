"""The ledger: one line a run or an application, each with the hash of the one before it.

So a change shows. The first line's `previous` is 64 zeros. The hash of the last line is the head: what was
written down elsewhere (in a report, in a step summary) shows later that nothing was cut off.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rollgate.evidence.applied import ApplyRecord
from rollgate.evidence.entries import decode, encode, entry_of, hash_of
from rollgate.evidence.record import RunRecord

NAME = "ledger.jsonl"
START = "0" * 64


class Torn(Exception):
    """A ledger that nothing may be added to, because its last line is cut or is no entry."""


@dataclass(frozen=True)
class Head:
    """Where the chain stands: how many lines, and the last one's hash."""

    sequence: int
    hash: str


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


def settled_lines(folder: Path) -> tuple[bytes, ...]:
    """Return the whole lines of the ledger in `folder` when nobody is adding one."""
    path = folder / NAME
    if not os.access(path, os.W_OK):
        return read_lines(path)[0]
    with _alone(path):
        return read_lines(path)[0]


def append(folder: Path, record: RunRecord | ApplyRecord, *, path: Path, sha256: str) -> Head:
    """Add what `record` is of to the ledger in `folder`, and return the new head; `path` is its file.

    What ends at once queues at a lock; a line is written in one piece and flushed to the disk.

    Raises:
        OSError: it could not be written; what was there before still is.
        Torn: the last line isn't one to go on from. Nothing was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / NAME) as descriptor:
        before, previous = _end(folder)
        shown = os.path.relpath(path, folder)
        entry = entry_of(record, sequence=before + 1, previous=previous, path=shown, sha256=sha256)
        line = encode(entry)
        _write(descriptor, line + b"\n")
    return Head(entry.sequence, hash_of(line))


def can_go_on(folder: Path) -> None:
    """Check that the ledger in `folder` can be added to, before anything is done that belongs into it.

    Raises:
        OSError: it can't be opened for writing.
        Torn: its last line isn't one to go on from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / NAME):
        _end(folder)


def _end(folder: Path) -> tuple[int, str]:
    """Return the number and the hash of the last line."""
    lines, rest = read_lines(folder / NAME)
    if rest:
        raise Torn(f"its line {len(lines) + 1} is cut off in the middle")
    try:
        return (decode(lines[-1]).sequence, hash_of(lines[-1])) if lines else (0, START)
    except ValueError as problem:
        raise Torn(f"its line {len(lines)} can't be gone on from: {problem}") from None


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
