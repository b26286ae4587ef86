"""Logs as they are found: cut, packed, binary, of another server, in another zone. None passes by mistake."""

from __future__ import annotations

import datetime
import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from rollgate.soak.entry import Clock, Entry, Stretch
from rollgate.soak.facts import MARK
from rollgate.soak.files import opened, read_files
from rollgate.soak.log import Source
from rollgate.soak.matching import Names
from tests.gates.soaking import BROKEN_CHECK, HOUR, IDENTITY, Trial, Trouble, write_log

CHECK = "ai_training_examples_latency_ms_check"
MINUTE = datetime.timedelta(minutes=1)


def halves(trial, *, pause: float = 0.0):
    """The quiet log in two files, with nothing in the `pause` (hours) between them."""
    middle = trial.now - 12 * HOUR
    lines = trial.quiet_log()
    return (
        [each for each in lines if each["timestamp"] < middle],
        [each for each in lines if each["timestamp"] >= middle + pause * HOUR],
    )


def test_rotated_files_are_one_log(trial, tmp_path, judged):
    first, second = halves(trial)
    write_log(tmp_path / "a.json.1", first)
    write_log(tmp_path / "a.json", second)
    assert judged() == {}


def test_a_rotated_file_that_is_missing_is_a_gap(trial, tmp_path, judged):
    first, second = halves(trial, pause=0.6)
    (probe,) = (each for each in first if MARK in each["message"])
    write_log(tmp_path / "a.json", first)
    write_log(tmp_path / "a.2.json", [*second, {**probe, "timestamp": trial.now - HOUR}])
    assert judged() == {"coverage": "HOLD"}


def test_a_packed_file_is_read(trial, tmp_path, judged):
    first, second = halves(trial)
    write_log(tmp_path / "a.json", first)
    (tmp_path / "a.json.1.gz").write_bytes(gzip.compress((tmp_path / "a.json").read_bytes()))
    (tmp_path / "a.json").unlink()
    write_log(tmp_path / "a.2.json", [*second, {"timestamp": trial.now - HOUR, **BROKEN_CHECK}])
    assert judged() == {CHECK: "FAIL"}


def test_an_error_in_a_packed_copy_counts_once(trial, tmp_path):
    lines = [*trial.quiet_log(), *({"timestamp": trial.now - HOUR, **BROKEN_CHECK} for _ in range(3))]
    write_log(tmp_path / "a.json", lines)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress((tmp_path / "a.json").read_bytes()))
    os.link(tmp_path / "a.json", tmp_path / "another-name.json")
    soak = trial.soak(Trouble("files", "errors"), (tmp_path, tmp_path / "a.json"))
    assert len(soak.log.writes) == 3


def test_a_packed_file_that_is_cut_covers_what_is_left(trial, tmp_path, judged):
    write_log(tmp_path / "a.json", trial.quiet_log())
    packed = gzip.compress((tmp_path / "a.json").read_bytes())
    (tmp_path / "a.json").unlink()
    (tmp_path / "a.json.gz").write_bytes(packed[: len(packed) * 3 // 4])
    assert judged()["coverage"] == "HOLD"


@pytest.mark.parametrize("kept", [1, 30, 100], ids="cut-{}".format)
def test_a_last_line_that_is_still_written_is_no_trouble(trial, tmp_path, judged, kept):
    path = tmp_path / "a.json"
    write_log(path, [*trial.quiet_log(), {"timestamp": trial.now, **BROKEN_CHECK}])
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    path.write_bytes(whole[: last + kept])
    assert judged() == {}


def test_a_last_line_without_its_end_counts_if_it_is_whole(trial, tmp_path, judged):
    path = tmp_path / "a.json"
    write_log(path, [*trial.quiet_log(), {"timestamp": trial.now, **BROKEN_CHECK}])
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert judged() == {CHECK: "FAIL"}


def test_a_file_that_ends_within_a_line_while_others_go_on_is_damaged(trial, tmp_path, judged):
    first, second = halves(trial)
    write_log(tmp_path / "a.json", first)
    (tmp_path / "a.json").write_bytes((tmp_path / "a.json").read_bytes()[:-20])
    write_log(tmp_path / "a.2.json", second)
    assert judged() == {"a.json": "HOLD"}


def test_a_line_that_is_no_json_is_told(trial, tmp_path, judged):
    path = tmp_path / "a.json"
    write_log(path, trial.quiet_log())
    lines = path.read_bytes().splitlines(keepends=True)
    lines[100] = b'{"timestamp":"2026-02-1\n'
    path.write_bytes(b"".join(lines))
    assert judged() == {"a.json": "HOLD"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(os.urandom(5000) + b"\0", id="binary"),
        pytest.param(b"\x1f\x8b\x08 no gzip", id="broken-gzip"),
        pytest.param(b"a letter\nto somebody\n", id="prose"),
    ],
)
def test_what_is_no_log_is_told(trial, tmp_path, judged, content):
    write_log(tmp_path / "a.json", trial.quiet_log())
    (tmp_path / "b").write_bytes(content)
    assert judged() == {"b": "HOLD"}


def test_an_empty_file_is_no_trouble_and_no_evidence(trial, tmp_path, judged):
    (tmp_path / "b.log").touch()
    assert judged() == {"coverage": "HOLD", "whose log": "HOLD"}
    write_log(tmp_path / "a.json", trial.quiet_log())
    assert judged() == {}


def test_a_time_zone_that_is_not_the_servers_is_not_guessed(trial, tmp_path, judged):
    path = tmp_path / "a.json"
    write_log(path, trial.quiet_log())
    path.write_bytes(path.read_bytes().replace(b" UTC", b" EST"))
    assert judged()["a.json"] == "HOLD"


def test_a_zone_in_numbers_is_read(trial, tmp_path, judged):
    path = tmp_path / "a.json"
    write_log(path, trial.quiet_log())
    path.write_bytes(path.read_bytes().replace(b" UTC", b" +00"))
    assert judged() == {}


def test_a_log_in_another_zone_than_it_says_ends_early(trial, tmp_path, judged):
    path = tmp_path / "a.json"
    write_log(path, trial.quiet_log())
    path.write_bytes(path.read_bytes().replace(b" UTC", b" +03"))
    assert judged() == {"coverage": "HOLD"}


def test_a_clock_that_went_back_is_told_and_nothing_counts_twice(trial, tmp_path):
    path = tmp_path / "a.json"
    write_log(path, [*trial.quiet_log(), {"timestamp": trial.now - HOUR, **BROKEN_CHECK}])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-3], *lines[-60:-3], *lines[-3:]]))
    soak = trial.soak(Trouble("clock", "errors"), (path,))
    said = soak.errors
    assert said.outcomes == {CHECK: "FAIL"}
    assert "clock went back" in " ".join(each.detail for each in said.violations)


def jumped(trial: Trial, *, ends: float) -> list[dict[str, Any]]:
    """A log whose clock was half a day ahead for a moment, and that ends so many hours ago."""
    lines = sorted(trial.quiet_log(), key=lambda line: line["timestamp"])
    kept = [line for line in lines if line["timestamp"] < trial.now - ends * HOUR]
    ahead = {**kept[-20], "timestamp": kept[-20]["timestamp"] + 10.5 * HOUR}
    return [*kept[:-19], ahead, *kept[-19:]]


def write_as_is(path: Path, lines: list[dict[str, Any]]) -> None:
    for line in lines:
        one = path.with_name("line")
        write_log(one, [line])
        with path.open("ab") as file:
            file.write(one.read_bytes())
        one.unlink()


def test_a_clock_that_was_ahead_covers_nothing_of_the_hours_it_named(trial, tmp_path, judged):
    write_as_is(tmp_path / "a.json", jumped(trial, ends=9))
    assert judged() == {"coverage": "HOLD"}
    (tmp_path / "a.json").unlink()
    write_as_is(tmp_path / "a.json", jumped(trial, ends=0))
    assert judged() == {}


def test_files_put_behind_each_other_in_any_order_cover_what_they_hold(trial, tmp_path, judged):
    first, second = halves(trial)
    write_as_is(tmp_path / "a.json", [*sorted(second, key=at), *sorted(first, key=at)])
    assert judged() == {}


def at(line: dict[str, Any]) -> datetime.datetime:
    moment: datetime.datetime = line["timestamp"]
    return moment


def test_a_file_that_is_gone_is_told(tmp_path):
    problems: list[str] = []
    with opened([tmp_path / "rotated.log"], problems) as files:
        assert files == []
    assert "rotated while" in problems[0]


def test_files_are_held_before_the_first_is_read(trial, tmp_path):
    """A rotation while one is read takes none away."""
    first, second = halves(trial)
    write_log(tmp_path / "a.json", first)
    write_log(tmp_path / "b.json", [*second, {"timestamp": trial.now - HOUR, **BROKEN_CHECK}])
    soak = trial.soak(Trouble("files", "errors"), ())
    found: list[Source] = []

    class Rotating(Source):
        def look(self, entry: Entry) -> None:
            (tmp_path / "b.json").unlink(missing_ok=True)
            super().look(entry)

    def source_of(stretch: Stretch) -> Source:
        found.append(
            Rotating(
                stretch, Names.of("public.ai_training_examples", soak.facts), soak.window.since, soak.facts
            )
        )
        return found[-1]

    read_files([tmp_path], source_of, zones={}, prefix="", problems=[])
    assert [len(source.kept) for source in found] == [0, 1]


def test_a_start_that_this_server_had_not_is_another_servers(trial, tmp_path, judged):
    soak = trial.soak(Trouble("start", "errors"), ())
    ready = {
        "error_severity": "LOG",
        "state_code": "00000",
        "message": "database system is ready to accept connections",
    }
    late = soak.facts.started_at + datetime.timedelta(minutes=5)
    write_log(tmp_path / "a.json", [*trial.quiet_log(), {"timestamp": late, **ready}])
    assert judged()["whose log"] == "HOLD"


def test_a_checkpoint_of_a_process_that_this_server_has_not_is_another_servers(trial, tmp_path, judged):
    soak = trial.soak(Trouble("start", "errors"), ())
    line = {
        "timestamp": soak.facts.started_at + datetime.timedelta(seconds=1),
        "error_severity": "LOG",
        "state_code": "00000",
        "message": "checkpoint starting: time",
        "pid": max(soak.facts.processes) + 1,
    }
    write_log(tmp_path / "a.json", [*trial.quiet_log(), line])
    assert judged()["whose log"] == "HOLD"


def test_a_prefix_that_does_not_fit_is_told(trial, tmp_path, judged):
    (tmp_path / "a.log").write_text("[17] 2026 ERROR:  insert into ai_training_examples\n" * 30)
    assert judged()["a.log"] == "HOLD"


def test_lines_of_another_prefix_in_the_same_file_are_told(trial, tmp_path, judged):
    text = "".join(
        f"{trial.now - minutes * MINUTE:%Y-%m-%d %H:%M:%S}.000 UTC [9] LOG:  connection received\n"
        for minutes in range(48 * 60, 0, -5)
    )
    (tmp_path / "a.log").write_text(text + "user=me ERROR:  insert into ai_training_examples\n")
    assert judged()["a.log"] == "HOLD"


def test_a_day_of_the_clocks_change_is_read_by_the_servers_abbreviations():
    clock = Clock({"CET": 3600, "CEST": 7200})
    before, after = clock.read(b"2026-10-25 02:30:00.000 CEST"), clock.read(b"2026-10-25 02:30:00.000 CET")
    assert after - before == HOUR


def test_an_error_among_many_lines_is_found(trial, tmp_path, judged):
    """One in 40,000 lines; bench/soak.py looks for one in a gigabyte."""
    many = [
        {
            "timestamp": trial.now - number * datetime.timedelta(seconds=4),
            "error_severity": "LOG",
            "state_code": "00000",
            "message": "duration: 1.2 ms",
        }
        for number in range(40_000)
    ]
    write_log(
        tmp_path / "a.json",
        [*trial.quiet_log(), *many, {"timestamp": trial.now - 7 * HOUR, **BROKEN_CHECK}],
    )
    assert judged() == {CHECK: "FAIL"}


def test_a_row_in_many_is_found(trial):
    assert trial.connection.execute("select count(*) from public.ai_training_examples").fetchone()[0] > 3000
    trouble = Trouble(
        "one of 100,000",
        "records",
        {},
        """insert into public.ai_training_examples (source, prompt, provider, output_site_json,
             selected_provider, created_at)
           select 'generation', 'p', 'openai', '{}', case when n <> 77777 then 'openai' end,
             now() - n * interval '0.8 seconds' from generate_series(1, 100000) as n""",
    )
    assert trial.found(trouble) == {"selected_provider": "FAIL"}


def test_an_identity_that_nobody_knows_is_no_proof(trial, tmp_path):
    assert IDENTITY.system_identifier
    write_log(tmp_path / "a.json", trial.quiet_log())
    with trial.connection.transaction(force_rollback=True):
        soak = trial.soak(Trouble("x", "errors"), (tmp_path,), known=False)
        assert soak.errors.outcomes == {"coverage": "HOLD", "whose log": "HOLD"}
