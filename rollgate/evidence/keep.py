"""Keeping what a run leaves: the record, its line in the ledger, and a signature if there is a key."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rollgate.evidence import applied, signature
from rollgate.evidence.applied import ApplyRecord
from rollgate.evidence.ledger import Head, Torn, append
from rollgate.evidence.record import RunRecord
from rollgate.evidence.storage import write_record, write_whole
from rollgate.verdict import Verdict

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]

RECORD_NAME = "record.json"


@dataclass(frozen=True)
class Kept:
    """What was kept: the record as it was written, and where the ledger stands; no head: it isn't there."""

    record: RunRecord
    head: Head | None = None
    signed: bool = False
    problem: str = ""  # what can't be said in the record any more


def keep(record: RunRecord, folder: Path, *, signer: CryptoSigner | None = None) -> Kept:
    """Write the record into `folder`, and its line into the ledger beside it.

    What can't be kept is no evidence: then the run is INCOMPLETE, and says why.
    """
    path = folder / RECORD_NAME
    try:
        sha256 = write_record(record, path)
    except OSError as error:
        problem = f"the record could not be written to {path}: {error.strerror}"
        return Kept(incomplete(record, problem), problem=problem)
    try:
        head = append(folder.parent, record, path=path, sha256=sha256)
    except (OSError, Torn) as error:
        why = error.strerror if isinstance(error, OSError) else error
        problem = f"the run is not in the ledger: {why}; see python -m rollgate verify"
        record = incomplete(record, problem)
        try:
            write_record(record, path)
        except OSError:  # a full disk: no record is better than one that says more than is kept
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                write_record(record, path)
        return Kept(record, problem=problem)
    if signer is None:
        return Kept(record, head)
    if why := _sign(signer, record, folder, sha256=sha256, head=head):
        return Kept(record, head, problem=f"the run is not signed: {why}")
    return Kept(record, head, signed=True)


def _sign(
    signer: CryptoSigner, record: RunRecord | ApplyRecord, folder: Path, *, sha256: str, head: Head
) -> str:
    """Write the signature beside the record; return why it could not be."""
    try:
        content = signature.statement(record, sha256=sha256, head=head)
        write_whole(folder / signature.NAME, signature.sign(signer, content))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def keep_application(
    record: ApplyRecord, folder: Path, *, signer: CryptoSigner | None = None
) -> tuple[Head | None, str]:
    """Write the record of an application into `folder` and its line into the ledger beside it.

    What was done stays done: where it can't be kept, there is no head, and the text says why; with a head it
    says why it isn't signed.
    """
    path = folder / applied.NAME
    try:
        sha256 = write_record(record, path)
    except OSError as error:
        return None, f"the record could not be written to {path}: {error.strerror}"
    try:
        head = append(folder.parent, record, path=path, sha256=sha256)
    except (OSError, Torn) as error:
        why = error.strerror if isinstance(error, OSError) else error
        return None, f"it is not in the ledger: {why}; mend that, then python -m rollgate enter {folder}"
    return head, _sign(signer, record, folder, sha256=sha256, head=head) if signer else ""


def incomplete(record: RunRecord, problem: str) -> RunRecord:
    """Return the record of a run whose evidence can't be kept. A failure stays one."""
    return msgspec.structs.replace(
        record,
        verdict=record.verdict if record.verdict is Verdict.NO_GO else Verdict.INCOMPLETE,
        reasons=(problem, *record.reasons),
        targets=tuple(
            msgspec.structs.replace(
                target,
                verified=False,
                verdict=target.verdict if target.verdict is Verdict.NO_GO else Verdict.INCOMPLETE,
            )
            for target in record.targets
        ),
    )
