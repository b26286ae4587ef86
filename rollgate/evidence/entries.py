"""A line of the ledger: what is said of a run or of an application, and how it is written down.

A line is canonical JSON (RFC 8785) and a line feed. Its hash is the SHA-256 of the JSON, without that.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import rfc8785

from rollgate.evidence.applied import KIND, ApplyRecord, Ending
from rollgate.evidence.record import RunRecord
from rollgate.stage import Stage
from rollgate.verdict import Verdict

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


class AppliedEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One application of a release. It is no run: nothing was judged."""

    format: int = FORMAT
    kind: str = KIND  # a run's entry has no such key
    sequence: int
    previous: str
    record: str
    record_sha256: str
    release: str
    digest: str
    environment: str
    name: str  # of the target
    topology: str
    fingerprint: str
    ending: Ending
    started_at: str
    finished_at: str


AnyEntry = Entry | AppliedEntry


class _Kind(msgspec.Struct):
    """What tells the entries apart."""

    kind: str = ""


def entry_of(
    record: RunRecord | ApplyRecord, *, sequence: int, previous: str, path: str, sha256: str
) -> AnyEntry:
    """Return the entry of a record, which is kept at `path` from the ledger's folder on."""
    common: dict[str, Any] = {
        "sequence": sequence,
        "previous": previous,
        "record": path,
        "record_sha256": sha256,
        "release": record.release,
        "digest": record.digest,
        "environment": record.environment,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
    }
    return _of_run(record, common) if isinstance(record, RunRecord) else _of_apply(record, common)


def targets_of(record: RunRecord) -> tuple[LedgerTarget, ...]:
    """Return what the ledger says of the targets of a run."""
    return tuple(
        LedgerTarget(
            name=target.name,
            topology=target.topology,
            kind=target.kind,
            fingerprint=target.fingerprint if target.kind == "live" else "",
            verdict=target.verdict,
            verified=target.verified,
        )
        for target in record.targets
    )


def _of_run(record: RunRecord, common: dict[str, Any]) -> Entry:
    return Entry(**common, stage=record.stage, verdict=record.verdict, targets=targets_of(record))


def _of_apply(record: ApplyRecord, common: dict[str, Any]) -> AppliedEntry:
    target = record.target
    return AppliedEntry(
        **common,
        name=target.name,
        topology=target.topology,
        fingerprint=target.fingerprint,
        ending=record.ending,
    )


def hash_of(line: bytes) -> str:
    """Return the hash of a line, which is given without its line feed."""
    return hashlib.sha256(line).hexdigest()


def encode(entry: AnyEntry) -> bytes:
    """Return the line of an entry, without its line feed."""
    return rfc8785.dumps(msgspec.to_builtins(entry))


def decode(line: bytes) -> AnyEntry:
    """Return the entry of a line.

    Raises:
        ValueError: it is none; the message says why.
    """
    try:
        kind = msgspec.json.decode(line, type=_Kind).kind
        if kind not in ("", KIND):
            raise ValueError(f"it is of the kind {kind!r}; this version reads runs and {KIND!r}")
        entry: AnyEntry
        if kind:
            entry = msgspec.json.decode(line, type=AppliedEntry)
        else:
            entry = msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"it is no entry of a ledger: {error}") from None
    if entry.format != FORMAT:
        raise ValueError(f"it has format {entry.format}; this version reads {FORMAT}")
    return entry
