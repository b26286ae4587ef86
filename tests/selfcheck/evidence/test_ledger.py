"""One line a run, whatever happens while it is written."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os

import pytest

from rollgate.evidence.chain import read_chain
from rollgate.evidence.entries import Entry, decode, encode, hash_of
from rollgate.evidence.ledger import START, Torn, append, set_torn_aside
from rollgate.evidence.storage import read_record
from rollgate.verdict import Outcome, Verdict
from tests.selfcheck.evidence.runs import Reports, with_outcome


def test_each_line_names_the_hash_of_the_one_before(reports):
    heads = [reports.add().head for _ in range(3)]
    entries = [decode(line.rstrip(b"\n")) for line in reports.lines()]
    assert [entry.previous for entry in entries] == [START, heads[0].hash, heads[1].hash]
    assert [head.sequence for head in heads] == [1, 2, 3]


def test_a_line_is_canonical_json(reports):
    reports.add()
    (line,) = reports.lines()
    text = line.decode().rstrip("\n")
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    assert encode(decode(text.encode())) == text.encode()


def test_a_line_says_what_the_record_says(reports):
    kept = reports.add(with_outcome("soak-lasted", Outcome.HOLD))
    entry = decode(reports.lines()[0].rstrip(b"\n"))
    assert isinstance(entry, Entry)
    assert (entry.verdict, entry.digest) == (Verdict.HOLD, reports.release.digest)
    (target,) = entry.targets
    assert (target.name, target.fingerprint, target.verdict) == ("staging", "71/postgres", Verdict.HOLD)
    assert target.verified
    assert entry.record_sha256 == hash_of(reports.record(1).read_bytes())
    assert kept.head is not None
    assert kept.head.hash == hash_of(reports.lines()[0].rstrip(b"\n"))


def _add_runs(folder, number, gate):
    reports = Reports(folder, runs=number * 100)
    gate.wait()
    for _ in range(5):
        assert reports.add().head is not None


def test_runs_that_end_at_once_all_land(reports):
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(4)
    workers = [context.Process(target=_add_runs, args=(reports.folder, n, gate)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    chain = read_chain(reports.folder)
    assert chain.intact
    assert len(chain.runs) == 20
    assert len({run.entry.record for run in chain.runs}) == 20


def test_nothing_is_added_behind_a_cut_line(reports):
    reports.add()
    whole = reports.ledger.read_bytes()
    reports.ledger.write_bytes(whole + b'{"cut')
    kept = reports.add()
    assert reports.ledger.read_bytes() == whole + b'{"cut'
    assert kept.head is None
    assert kept.record.verdict is Verdict.INCOMPLETE
    assert "its line 2 is cut off in the middle" in kept.record.reasons[0]
    assert read_record(reports.record(2).read_bytes()).verdict is Verdict.INCOMPLETE


def test_nothing_is_added_behind_a_line_that_is_no_entry(reports):
    kept = reports.add()
    reports.ledger.write_bytes(b"{}\n")
    with pytest.raises(Torn, match="its line 1 can't be gone on from"):
        append(reports.folder, kept.record, path=reports.record(1), sha256="")
    assert reports.ledger.read_bytes() == b"{}\n"


def test_a_cut_line_is_moved_aside_whole(reports):
    reports.add()
    whole = reports.ledger.read_bytes()
    reports.ledger.write_bytes(whole + b'{"cut')
    torn = set_torn_aside(reports.folder)
    assert torn is not None
    assert torn.read_bytes() == b'{"cut\n'
    assert reports.ledger.read_bytes() == whole
    assert set_torn_aside(reports.folder) is None
    assert reports.add().head is not None


def test_a_full_disk_takes_back_half_a_line(reports, monkeypatch):
    reports.add()
    whole = reports.ledger.read_bytes()
    really = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: really(fd, content[:30]))
    kept = reports.add()
    monkeypatch.undo()
    assert reports.ledger.read_bytes() == whole
    assert kept.record.verdict is Verdict.INCOMPLETE
    assert "No space left on device" in kept.record.reasons[0]
    assert reports.add().head is not None


def test_a_failing_flush_takes_the_line_back(reports, monkeypatch):
    reports.add()
    whole = reports.ledger.read_bytes()
    really, where = os.fsync, reports.ledger.stat().st_ino

    def fsync(descriptor):
        if os.fstat(descriptor).st_ino == where:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    kept = reports.add()
    assert kept.head is None
    assert reports.ledger.read_bytes() == whole


def test_a_failure_stays_one_when_it_can_not_be_entered(reports):
    reports.add()
    reports.ledger.write_bytes(reports.ledger.read_bytes() + b"{")
    kept = reports.add(with_outcome("one-default", Outcome.FAIL))
    assert kept.record.verdict is Verdict.NO_GO
    assert kept.problem
