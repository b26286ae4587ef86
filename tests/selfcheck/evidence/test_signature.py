"""A signature holds for one record, one line, one key."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from rollgate.commands import main
from rollgate.errors import UsageError
from rollgate.evidence import signature
from rollgate.evidence.keep import Kept, keep, keep_application
from rollgate.evidence.ledger import Head
from rollgate.evidence.signature import Unsigned, load_public_key, load_signer
from rollgate.verdict import Outcome
from tests.selfcheck.evidence.runs import NOON, Reports, with_outcome
from tests.selfcheck.evidence.test_applications import application

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
OPEN = serialization.NoEncryption()


@pytest.fixture
def keys(tmp_path):
    private = ed25519.Ed25519PrivateKey.generate()
    paths = tmp_path / "key.pem", tmp_path / "key.pub"
    paths[0].write_bytes(private.private_bytes(PEM, PKCS8, OPEN))
    paths[1].write_bytes(private.public_key().public_bytes(PEM, SPKI))
    return paths


@pytest.fixture
def kept(reports):
    return reports.add(with_outcome("soak-lasted", Outcome.HOLD))


def made(kept: Kept, keys: tuple[Path, Path], sha256: str = "ab" * 32) -> bytes:
    assert kept.head is not None
    content = signature.statement(kept.record, sha256=sha256, head=kept.head)
    return signature.sign(load_signer(keys[0]), content)


def test_what_was_signed_is_verified(kept, keys):
    signature.verify(load_public_key(keys[1]), made(kept, keys), sha256="ab" * 32, head=kept.head)


def test_the_statement_says_what_the_run_said(kept, keys):
    envelope = json.loads(made(kept, keys))
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    said = json.loads(base64.b64decode(envelope["payload"]))
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert said["predicate"]["result"] == "WARNED"
    assert said["predicate"]["passedTests"] == ["staging/one-default", "staging/rollback-rehearsed-in-place"]
    assert said["predicate"]["warnedTests"] == ["staging/soak-lasted"]
    assert [each["name"] for each in said["subject"]] == ["record.json", "ledger.jsonl#1"]
    assert len(said["predicate"]["configuration"]) == len(kept.record.files)


def test_another_implementation_reads_the_same_signature(kept, keys, tmp_path):
    """DSSE's own encoding (DSSEv1), by hand."""
    envelope = json.loads(made(kept, keys))
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    public = serialization.load_pem_public_key(keys[1].read_bytes())
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed)


@pytest.mark.parametrize("about", ["record.json", "ledger.jsonl#1"])
def test_it_is_about_this_run_alone(kept, keys, about):
    sha256 = "cd" * 32 if about == "record.json" else "ab" * 32
    head = kept.head if about == "record.json" else Head(1, "0" * 64)
    with pytest.raises(Unsigned, match=f"it is signed, and is about another {about}"):
        signature.verify(load_public_key(keys[1]), made(kept, keys), sha256=sha256, head=head)


def test_a_changed_statement_is_not_signed(kept, keys):
    envelope = json.loads(made(kept, keys))
    said = base64.b64decode(envelope["payload"]).replace(b"WARNED", b"PASSED")
    envelope["payload"] = base64.b64encode(said).decode()
    with pytest.raises(Unsigned, match="not by this key"):
        signature.verify(
            load_public_key(keys[1]), json.dumps(envelope).encode(), sha256="ab" * 32, head=kept.head
        )


def test_another_key_is_not_this_one(kept, keys, tmp_path):
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    (tmp_path / "other.pub").write_bytes(other.public_bytes(PEM, SPKI))
    with pytest.raises(Unsigned, match="not by this key"):
        signature.verify(
            load_public_key(tmp_path / "other.pub"), made(kept, keys), sha256="ab" * 32, head=kept.head
        )


@pytest.mark.parametrize("envelope", [b"", b"{}", b"[]", b'{"payload": 1}', b"\xff", b"null"])
def test_what_is_no_envelope_is_not_signed(kept, keys, envelope):
    with pytest.raises(Unsigned):
        signature.verify(load_public_key(keys[1]), envelope, sha256="ab" * 32, head=kept.head)


def test_another_kind_of_payload_is_refused(kept, keys):
    content = signature.statement(kept.record, sha256="ab" * 32, head=kept.head)
    envelope = signature.sign(load_signer(keys[0]), {**content, "predicateType": "https://example.test/x"})
    with pytest.raises(Unsigned, match="is no statement of a test result"):
        signature.verify(load_public_key(keys[1]), envelope, sha256="ab" * 32, head=kept.head)


def test_a_key_that_is_none_is_a_mistake(keys, tmp_path):
    wrong = tmp_path / "wrong.pem"
    with pytest.raises(UsageError, match="no private key that can be read"):
        load_signer(wrong)
    wrong.write_text("hello")
    for load in (load_signer, load_public_key):
        with pytest.raises(UsageError, match="Ed25519 key in PEM"):
            load(wrong)
    curve = ec.generate_private_key(ec.SECP256R1())
    wrong.write_bytes(curve.private_bytes(PEM, PKCS8, OPEN))
    with pytest.raises(UsageError, match="no private Ed25519 key"):
        load_signer(wrong)
    locked = serialization.BestAvailableEncryption(b"secret")
    wrong.write_bytes(ed25519.Ed25519PrivateKey.generate().private_bytes(PEM, PKCS8, locked))
    with pytest.raises(UsageError, match="passphrase"):
        load_signer(wrong)


def verified(reports: Reports, keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> list[str]:
    code = main(["verify", "--reports", str(reports.folder), "--key", str(keys[1])])
    said = capsys.readouterr().out.splitlines()
    assert (code == 0) == said[-1].startswith("intact")
    return [each for each in said if each.startswith(("WRONG", "intact"))]


def test_an_application_has_to_be_signed_as_a_run(reports, keys, capsys):
    signer, record = load_signer(keys[0]), application(reports.release)
    keep_application(record, reports.folder / "apply-1", signer=signer)
    assert verified(reports, keys, capsys) == ["intact, 1 signed"]
    said = json.loads((reports.folder / "apply-1" / signature.NAME).read_text())
    said = json.loads(base64.b64decode(said["payload"]))
    assert said["predicateType"] == "https://in-toto.io/attestation/link/v0.3"
    assert said["predicate"]["name"] == "apply to staging"
    assert said["predicate"]["byproducts"] == {"ending": "done"}
    assert [each["name"] for each in said["subject"]] == ["apply.json", "ledger.jsonl#1"]
    assert [each["name"] for each in said["predicate"]["materials"]] == ["a.sql"]
    keep_application(application(reports.release, at=NOON), reports.folder / "apply-2")
    assert verified(reports, keys, capsys) == [
        "WRONG: line 2: it is not signed: there is no attestation.dsse.json beside its record"
    ]


def test_the_signature_of_another_application_is_none_of_this_one(reports, keys, capsys):
    for number in (1, 2):
        keep_application(
            application(reports.release), reports.folder / f"apply-{number}", signer=load_signer(keys[0])
        )
    one, two = (reports.folder / f"apply-{number}" / signature.NAME for number in (1, 2))
    two.write_bytes(one.read_bytes())
    assert verified(reports, keys, capsys) == [
        "WRONG: line 2: its attestation.dsse.json: it is signed, and is about another ledger.jsonl#2"
    ]


def test_where_nothing_has_to_be_signed_it_is_not_called_signed(reports, keys, capsys):
    record = reports.add().record
    shutil.rmtree(reports.folder)
    targets = tuple(msgspec.structs.replace(each, kind="ephemeral") for each in record.targets)
    keep(msgspec.structs.replace(record, targets=targets), reports.folder / "run-1")
    assert verified(reports, keys, capsys) == ["intact; there is nothing that has to be signed"]


@pytest.mark.parametrize("head", ["", "ab12", "Z" * 64])
def test_a_head_that_is_none_is_a_mistake_and_not_left_out(reports, head):
    """An empty variable would verify nothing, and say that all is well."""
    reports.add()
    with pytest.raises(UsageError, match=r"^--head\n  found:  (nothing in it|'.+'\n  needed: the 64 hex)"):
        main(["verify", "--reports", str(reports.folder), "--head", head])
