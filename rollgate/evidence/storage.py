"""Keeping records on disk: whole or not there, and read back as what they were."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TypeVar

import msgspec

from rollgate.evidence import applied
from rollgate.evidence.applied import ApplyRecord
from rollgate.evidence.record import FORMAT, RunRecord

_T = TypeVar("_T", RunRecord, ApplyRecord)


class _Format(msgspec.Struct):
    """What every record says, whatever its format."""

    format: int


class Unreadable(Exception):
    """A record that can't be had; the message says why."""


def encode(record: RunRecord | ApplyRecord) -> bytes:
    """Return the record as the bytes that its file holds."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def write_record(record: RunRecord | ApplyRecord, path: Path) -> str:
    """Write the record as JSON, and return the SHA-256 of the file; it is whole or not there.

    Raises:
        OSError: it could not be written; what was there before still is.
    """
    content = encode(record)
    write_whole(path, content)
    return hashlib.sha256(content).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader, a crash or a full disk never sees half of it.

    Raises:
        OSError: it could not be written; what was there before still is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def read_record(content: bytes) -> RunRecord:
    """Return the record of a run that a file's bytes hold.

    Raises:
        Unreadable: they hold no record, or one in a format that this version doesn't read.
    """
    return _read(content, RunRecord, FORMAT)


def read_apply(content: bytes) -> ApplyRecord:
    """Return the record of an application that a file's bytes hold.

    Raises:
        Unreadable: as `read_record`.
    """
    return _read(content, ApplyRecord, applied.FORMAT)


def _read(content: bytes, kind: type[_T], wanted: int) -> _T:
    try:
        found = msgspec.json.decode(content, type=_Format).format
        if found != wanted:
            raise Unreadable(f"it has format {found}; this version reads {wanted}")
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"it is no record: {error}") from None
