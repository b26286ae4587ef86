"""Signing what a run or an application leaves: an in-toto statement in a DSSE envelope, by Ed25519.

Needs the extra `sign` (securesystemslib, cryptography). Formats: in-toto Statement v1 with the predicate
`test-result` v0.1 for a run, `link` v0.3 for an application; DSSE v1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rfc8785

from rollgate.errors import UsageError
from rollgate.evidence import applied
from rollgate.evidence.applied import ApplyRecord
from rollgate.evidence.ledger import Head
from rollgate.evidence.record import RunRecord
from rollgate.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

NAME = "attestation.dsse.json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
LINK = "https://in-toto.io/attestation/link/v0.3"
_PREDICATES = {"record.json": PREDICATE, applied.NAME: LINK}
_RESULTS = {Verdict.GO: "PASSED", Verdict.HOLD: "WARNED"}


class Unsigned(Exception):
    """An envelope that doesn't hold what it should, or not by this key; the message says why."""


def load_signer(path: Path) -> CryptoSigner:
    """Return what signs with the private key (PKCS #8, PEM, without a passphrase) at `path`.

    Raises:
        UsageError: it can't be read, is no Ed25519 key, or the extra isn't installed.
    """
    signer, _, serialization, ed25519 = _libraries()
    try:
        private = serialization.load_pem_private_key(_read(path, "private key"), password=None)
    except (ValueError, TypeError):
        raise _no_key(path, "private") from None
    if not isinstance(private, ed25519.Ed25519PrivateKey):
        raise _no_key(path, "private")
    return signer.CryptoSigner(private)  # type: ignore[no-any-return]


def load_public_key(path: Path) -> SSlibKey:
    """Return the public key (PEM) at `path`.

    Raises:
        UsageError: as `load_signer`.
    """
    signer, _, serialization, ed25519 = _libraries()
    try:
        public = serialization.load_pem_public_key(_read(path, "public key"))
    except ValueError:
        raise _no_key(path, "public") from None
    if not isinstance(public, ed25519.Ed25519PublicKey):
        raise _no_key(path, "public")
    return signer.SSlibKey.from_crypto(public)  # type: ignore[no-any-return]


def statement(record: RunRecord | ApplyRecord, *, sha256: str, head: Head) -> dict[str, Any]:
    """Return the statement: of the record's bytes and of the ledger's line, because a chain can be cut."""
    name = "record.json" if isinstance(record, RunRecord) else applied.NAME
    return {
        "_type": STATEMENT,
        "subject": [
            {"name": name, "digest": {"sha256": sha256}},
            {"name": f"ledger.jsonl#{head.sequence}", "digest": {"sha256": head.hash}},
        ],
        "predicateType": _PREDICATES[name],
        "predicate": _test_result(record) if isinstance(record, RunRecord) else _link(record),
    }


def _test_result(record: RunRecord) -> dict[str, Any]:
    gates = {
        outcome: [f"{g.target}/{g.id}" for g in record.gates if g.outcome is outcome] for outcome in Outcome
    }
    return {
        "result": _RESULTS.get(record.verdict, "FAILED"),
        "configuration": [{"name": file.path, "digest": {"sha256": file.sha256}} for file in record.files],
        "passedTests": gates[Outcome.PASS],
        "warnedTests": gates[Outcome.HOLD] + gates[Outcome.WAIVED],
        "failedTests": gates[Outcome.FAIL] + gates[Outcome.ERROR],
    }


def _link(record: ApplyRecord) -> dict[str, Any]:
    return {
        "name": f"apply to {record.target.name}",
        "command": [],
        "materials": [{"name": file.path, "digest": {"sha256": file.sha256}} for file in record.files],
        "byproducts": {"ending": record.ending.value},
        "environment": {},
    }


def sign(signer: CryptoSigner, content: dict[str, Any]) -> bytes:
    """Return the envelope around a statement."""
    _, dsse, _, _ = _libraries()
    envelope = dsse.Envelope(rfc8785.dumps(content), PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return json.dumps(envelope.to_dict(), indent=1).encode() + b"\n"


def verify(key: SSlibKey, envelope: bytes, *, sha256: str, head: Head, name: str = "record.json") -> None:
    """Check that the envelope is signed by `key`, and is about this record and this line of the ledger.

    `name` is the record's: `apply.json` of an application.

    Raises:
        Unsigned: it isn't.
    """
    _, dsse, _, _ = _libraries()
    try:
        opened = dsse.Envelope.from_dict(json.loads(envelope))
        opened.verify([key], 1)
        said = json.loads(opened.payload)
        subjects = {each["name"]: each["digest"]["sha256"] for each in said["subject"]}
    except Exception as problem:  # whatever a forged file makes of the parsers
        raise Unsigned(f"its signature is not by this key, or is none ({type(problem).__name__})") from None
    if (opened.payload_type, said.get("_type"), said.get("predicateType")) != (
        PAYLOAD_TYPE,
        STATEMENT,
        _PREDICATES[name],
    ):
        what = "an application" if name == applied.NAME else "a test result"
        raise Unsigned(f"it is signed, and is no statement of {what}")
    wanted = {name: sha256, f"ledger.jsonl#{head.sequence}": head.hash}
    for subject, digest in wanted.items():
        if subjects.get(subject) != digest:
            raise Unsigned(f"it is signed, and is about another {subject}")


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            str(path),
            found=f"no {what} that can be read: {error.strerror}",
            needed=f"an Ed25519 {what} in PEM",
            fix="correct the path (docs/evidence.md says how a key is made)",
        ) from None


def _no_key(path: Path, kind: str) -> UsageError:
    return UsageError(
        str(path),
        found=f"something that is no {kind} Ed25519 key in PEM, or needs a passphrase",
        needed=f"a {kind} Ed25519 key in PEM, without a passphrase",
        fix="openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out key.pub",
    )


def _libraries() -> tuple[Any, Any, Any, Any]:
    """Import what only signing needs."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
        from securesystemslib import dsse, signer
    except ImportError:
        raise UsageError(
            "signing",
            found="no securesystemslib with cryptography",
            needed="the extra `sign`",
            fix="pip install 'rollgate[sign]'",
        ) from None
    return signer, dsse, serialization, ed25519
