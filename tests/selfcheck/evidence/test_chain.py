"""A ledger that was touched says where, and how."""

from __future__ import annotations

import datetime
import json
import shutil

import pytest

from rollgate.commands import main
from rollgate.evidence import chain as chain_module
from rollgate.evidence.chain import Chain, read_chain
from rollgate.evidence.entries import hash_of
from rollgate.evidence.ledger import START, append
from rollgate.evidence.storage import read_record
from tests.selfcheck.evidence.runs import NOON, Reports


@pytest.fixture
def five(reports: Reports) -> Reports:
    for number in range(5):
        reports.add(at=NOON + datetime.timedelta(hours=number))
    return reports


def told(reports: Reports, *, head: str = "") -> list[str]:
    """Return what is wrong, without what is only noted."""
    return [str(each) for each in read_chain(reports.folder, head=head).problems if not each.harmless]


def test_what_was_written_is_intact(five):
    chain = read_chain(five.folder)
    assert chain.intact
    assert chain.problems == ()
    assert [run.entry.sequence for run in chain.runs] == [1, 2, 3, 4, 5]
    assert all(run.record is not None for run in chain.runs)
    assert chain.head.hash == hash_of(five.lines()[-1].rstrip(b"\n"))
    assert read_chain(five.folder, head=chain.head.hash).intact


def test_no_ledger_has_no_runs(tmp_path):
    chain = read_chain(tmp_path)
    assert isinstance(chain, Chain)
    assert (chain.runs, chain.head.hash) == ((), START)


def test_an_edited_line_is_named(five):
    lines = five.lines()
    lines[2] = lines[2].replace(b'"verdict":"GO"', b'"verdict":"HOLD"', 1)
    five.write(lines)
    found = told(five)
    assert "line 3: it was changed after the line behind it was written" in found
    assert any(each.startswith("line 3: it says otherwise than its record") for each in found)


def test_an_edited_last_line_is_told_by_its_record(five):
    lines = five.lines()
    lines[4] = lines[4].replace(b'"verdict":"GO"', b'"verdict":"HOLD"')
    five.write(lines)
    assert told(five) == ["line 5: it says otherwise than its record of verdict, targets"]


def test_a_reformatted_line_is_named(five):
    lines = five.lines()
    lines[4] = json.dumps(json.loads(lines[4])).encode() + b"\n"
    five.write(lines)
    assert told(five) == ["line 5: it is not the canonical JSON that was written"]


def test_a_removed_line_is_named(five):
    lines = five.lines()
    five.write([*lines[:2], *lines[3:]])
    assert "line 3: it is entry 4: entry 3 is missing" in told(five)


def test_lines_that_changed_places_are_named(five):
    lines = five.lines()
    five.write([lines[0], lines[2], lines[1], *lines[3:]])
    found = told(five)
    assert any(each.startswith("line 2: it is entry 3") for each in found)
    assert any("line 3: it is entry 2 and comes after entry 3" in each for each in found)


def test_a_line_put_in_twice_is_named(five):
    lines = five.lines()
    five.write([*lines[:3], lines[2], *lines[3:]])
    assert any("line 4: it is entry 3 and comes after entry 3" in each for each in told(five))


def test_a_cut_end_is_seen_by_the_records_that_are_left(five):
    five.write(five.lines()[:3])
    assert told(five) == [
        f"run-{number}/record.json (GO) is named by no line: the end of the ledger was cut off, or it was "
        "copied here"
        for number in (4, 5)
    ]


def test_a_cut_end_is_seen_by_the_head_that_was_kept(five):
    head = read_chain(five.folder).head.hash
    five.write(five.lines()[:3])
    for number in (4, 5):
        five.record(number).unlink()
    assert told(five) == []
    assert told(five, head=head) == [
        f"no line has the hash {head}: what was the head once is changed or cut off (3 lines are left)"
    ]


def test_an_earlier_head_is_still_there_after_more_runs(five):
    head = read_chain(five.folder).head.hash
    five.add(at=NOON + datetime.timedelta(hours=6))
    assert told(five, head=head) == []


def test_a_first_line_that_was_cut_off_is_named(five):
    five.write(five.lines()[1:])
    assert "line 1: it is entry 2: entry 1 is missing" in told(five)


def test_a_line_cut_in_the_middle_is_named(five):
    five.ledger.write_bytes(five.ledger.read_bytes()[:-40])
    assert "line 5: it is cut off in the middle: no line feed ends it" in told(five)


@pytest.mark.parametrize("at", [0, 1, 100, 500, -2, -1])
def test_one_changed_byte_of_a_record_is_named(five, at):
    content = bytearray(five.record(3).read_bytes())
    content[at] ^= 0x20
    five.record(3).write_bytes(content)
    assert told(five) == ["line 3: its record run-3/record.json was changed after it was written"]


def test_a_deleted_record_is_named(five):
    five.record(2).unlink()
    assert told(five) == ["line 2: its record run-2/record.json is gone"]


def test_a_line_that_is_no_entry_is_named(five):
    lines = five.lines()
    five.write([*lines[:4], b'{"hello": 1}\n', b"\xff\xfe\n", b"\n"])
    found = told(five)
    assert [each.split(":")[0] for each in found[:3]] == ["line 5", "line 6", "line 7"]


def test_a_record_of_another_release_in_a_lines_place_is_named(five):
    """The hash in the last line may be mended by whoever changes the record: then the line betrays it."""
    content = five.record(5).read_bytes().replace(b'"verdict": "GO"', b'"verdict": "HOLD"')
    five.record(5).write_bytes(content)
    entry = json.loads(five.lines()[4])
    entry["record_sha256"] = hash_of(content)
    five.write([*five.lines()[:4], json.dumps(entry, separators=(",", ":"), sort_keys=True).encode() + b"\n"])
    assert told(five) == ["line 5: it says otherwise than its record of verdict, targets"]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"kind":"live"', b'"kind":"ephemeral"'),
        (b'"fingerprint":"71/postgres"', b'"fingerprint":"72/postgres"'),
    ],
    ids=["a-rehearsal-needs-no-signature", "another-database-for-the-soak"],
)
def test_a_last_line_that_makes_its_target_another_is_told(five, was, becomes):
    lines = five.lines()
    assert was in lines[4]
    five.write([*lines[:4], lines[4].replace(was, becomes)])
    assert told(five) == ["line 5: it says otherwise than its record of targets"]


def test_a_record_that_is_entered_a_second_time_is_named(five, capsys):
    """An old GO behind a later failure would be the latest run."""
    copied = five.folder / "copied"
    shutil.copytree(five.record(2).parent, copied)
    assert main(["enter", str(copied)]) == 0
    assert "it is in the ledger already, as line 2" in capsys.readouterr().out
    assert len(five.lines()) == 5
    append(five.folder, read_record(five.record(2).read_bytes()), path=copied / "record.json",
           sha256=hash_of((copied / "record.json").read_bytes()))  # fmt: skip
    assert told(five) == ["line 6: its record is that of line 2: one run has one line"]


def test_a_copy_of_a_record_that_is_in_the_ledger_is_noted_and_breaks_nothing(five):
    shutil.copytree(five.record(2).parent, five.folder / "kept-aside")
    chain = read_chain(five.folder)
    assert chain.intact
    assert [str(each) for each in chain.problems] == [
        "kept-aside/record.json (GO) is named by no line: a copy of one that is"
    ]


def test_a_run_is_entered_from_within_its_folder(five, monkeypatch, capsys):
    five.add(broken=["the run has not ended"])
    five.write(five.lines()[:5])
    monkeypatch.chdir(five.record(6).parent)
    assert main(["enter", "."]) == 0
    assert "INCOMPLETE, entry 6" in capsys.readouterr().out
    assert read_chain(five.folder).intact


def test_clocks_out_of_step_are_noted_and_break_nothing(reports):
    reports.add(at=NOON)
    reports.add(at=NOON - datetime.timedelta(minutes=7))
    chain = read_chain(reports.folder)
    assert chain.intact
    assert [str(each) for each in chain.problems] == [
        "line 2: it ended at 2026-02-16T11:53:00Z, before the line above it (2026-02-16T12:00:00Z): "
        "the clocks of two machines are out of step"
    ]


def test_a_record_that_no_line_names_is_a_note_if_its_run_never_ended(five):
    five.add(broken=["the run has not ended"])
    five.write(five.lines()[:5])
    chain = read_chain(five.folder)
    assert chain.intact
    assert [str(each) for each in chain.problems] == ["run-6/record.json (INCOMPLETE) is named by no line"]


def test_a_run_that_lands_while_the_ledger_is_read_was_not_cut_off(five, monkeypatch):
    """Two runs at once: the one that reads has the lines already when the other one ends."""
    read = chain_module.read_content
    landed: list[object] = []

    def reading(folder, entry):
        if not landed:
            landed.append(five.add(at=NOON + datetime.timedelta(hours=9)))
        return read(folder, entry)

    monkeypatch.setattr(chain_module, "read_content", reading)
    assert told(five) == []
    assert len(five.lines()) == 6
    assert told(five) == []
