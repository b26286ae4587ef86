"""Several logs at once: one that is shown to be this server's says nothing of another that isn't."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from rollgate.soak.facts import MARK
from rollgate.soak.places import LogPlaces
from rollgate.soak.project import Project
from tests.gates.soaking import HOUR, Lines, Trouble, write_log
from tests.selfcheck.soak.logs_api import LogsApi, served

REF = "abcdefghijklmnopqrst"
BOTH = {"coverage": "HOLD", "whose log": "HOLD"}


@pytest.fixture
def said(trial, tmp_path):
    """What the gate on errors says of files: of all in a folder, or of these."""

    def said(*paths: Path, gate: str = "errors", **more: LogPlaces):
        return getattr(trial.soak(Trouble("files", gate), paths or (tmp_path,), **more), gate)

    return said


def theirs(trial, *, since: float = 48, until: float = -1) -> Lines:
    """Another server's log: the lines from some hours ago until some hours ago, and no probe."""
    begins, ends = trial.now - since * HOUR, trial.now - until * HOUR
    lines = trial.quiet_log()
    return [line for line in lines if begins <= line["timestamp"] < ends and MARK not in line["message"]]


def ours(trial, *, probed: float, since: float = 48, until: float = -1) -> Lines:
    """This server's log in these hours, with a probe in it."""
    (probe,) = (line for line in trial.quiet_log(probed=probed) if MARK in line["message"])
    return [*theirs(trial, since=since, until=until), probe]


def write_stderr(path: Path, lines: Lines) -> None:
    path.write_text(
        "".join(
            f"{line['timestamp']:%Y-%m-%d %H:%M:%S}.000 UTC [9] LOG:  {line['message']}\n"
            for line in sorted(lines, key=lambda line: line["timestamp"])
        )
    )


@pytest.mark.parametrize("folder", [".", "theirs"], ids=["in-one-folder", "in-another"])
@pytest.mark.parametrize("gate", ["errors", "violations"])
def test_an_old_log_of_ours_proves_no_newer_one_of_another_server(trial, tmp_path, said, folder, gate):
    (tmp_path / folder).mkdir(exist_ok=True)
    other = tmp_path / folder / "other.json"
    write_log(tmp_path / "ours.json", ours(trial, probed=44, until=40))
    write_log(other, theirs(trial, since=30))
    found = said(tmp_path / "ours.json", other, gate=gate)
    assert found.outcomes == BOTH
    (told,) = (each.detail for each in found.violations if each.object == "whose log")
    assert "nothing shows that" in told
    assert "other.json is this server's" in told
    assert "ours.json" not in told


def test_another_servers_log_beside_a_whole_one_of_ours_is_named(trial, tmp_path, said):
    """As Debian has it: the clusters of a machine log into one folder."""
    write_log(tmp_path / "postgresql-15-main.json", trial.quiet_log())
    write_log(tmp_path / "postgresql-16-main.json", theirs(trial))
    assert said().outcomes == {"whose log": "HOLD"}
    assert said(tmp_path / "postgresql-15-main.json").outcomes == {}


def test_a_single_line_within_the_hours_of_ours_is_another_servers(trial, tmp_path, said):
    write_log(tmp_path / "a.json", trial.quiet_log())
    write_log(tmp_path / "b.json", theirs(trial, since=20, until=19.95))
    assert said().outcomes == {"whose log": "HOLD"}


def test_a_packed_file_of_the_same_name_is_not_the_same_file_in_another_format(trial, tmp_path, said):
    write_log(tmp_path / "a.json", theirs(trial))
    (tmp_path / "a.json.gz").write_bytes(gzip.compress((tmp_path / "a.json").read_bytes()))
    write_log(tmp_path / "a.json", trial.quiet_log())
    assert said().outcomes == {"whose log": "HOLD"}


def test_where_no_log_has_a_proof_it_is_said_once(trial, tmp_path, said):
    write_log(tmp_path / "a.json", theirs(trial, until=12))
    write_log(tmp_path / "b.json", theirs(trial, since=12))
    assert sorted(each.object for each in said().violations) == ["coverage", "whose log"]


def test_of_two_files_at_one_place_neither_is_taken_to_go_on(trial, tmp_path, said):
    """Rotated at once, the older file of either cluster ends where ours begins."""
    write_log(tmp_path / "postgresql-15-main.json", ours(trial, since=12, probed=1))
    write_log(tmp_path / "postgresql-15-main.json.1", theirs(trial, until=12))
    assert said().outcomes == {}
    write_log(tmp_path / "postgresql-15-main.json.2", theirs(trial, since=40, until=12))
    assert said().outcomes == BOTH


def test_another_clusters_log_does_not_go_on_where_ours_ends(trial, tmp_path, said):
    """Ours was switched off, or logs elsewhere since; the other's begins just then."""
    write_log(tmp_path / "postgresql-15-main.json", ours(trial, until=12, probed=20))
    write_log(tmp_path / "postgresql-16-main.json", theirs(trial, since=12))
    assert said().outcomes == BOTH
    (tmp_path / "postgresql-16-main.json").rename(tmp_path / "postgresql-15-main.json.1")
    assert said().outcomes == {}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("postgresql-2026-11-24_000000.json", "postgresql-2026-11-25_000000.json"),
        ("postgresql-Mon.json.gz", "postgresql-Tue.json"),
        ("postgresql-Nov-30.json", "postgresql-Dec-01.json"),
        ("postgresql-15-main.json.2.gz", "postgresql-15-main.json"),
        ("postgresql.json-20261124.gz", "postgresql.json"),
        ("postgresql.log.2026-11-24-2300.json", "postgresql.log.2026-11-25-0000.json"),
        ("postgresql-20261124T230000Z.json", "postgresql-20261125T000000Z.json"),
        ("2026-11-24.json", "2026-11-25.json"),
        ("20261124-db.json", "20261125-db.json"),
    ],
)
def test_names_that_rotation_gives_are_of_one_series(trial, tmp_path, said, older, newer):
    write_log(tmp_path / "older.json", theirs(trial, until=12))
    packed = older.endswith(".gz")
    content = (tmp_path / "older.json").read_bytes()
    (tmp_path / "older.json").unlink()
    (tmp_path / older).write_bytes(gzip.compress(content) if packed else content)
    write_log(tmp_path / newer, ours(trial, since=12, probed=1))
    assert said().outcomes == {}


def test_a_log_of_another_folder_does_not_go_on(trial, tmp_path, said):
    (tmp_path / "theirs").mkdir()
    write_log(tmp_path / "postgresql.json", ours(trial, until=12, probed=20))
    write_log(tmp_path / "theirs" / "postgresql.json", theirs(trial, since=12))
    found = said(tmp_path, tmp_path / "theirs")
    assert found.outcomes == BOTH
    assert any("theirs/postgresql.json" in each.detail for each in found.violations)


def test_a_log_of_another_format_does_not_go_on(trial, tmp_path, said):
    write_log(tmp_path / "a.json", ours(trial, until=12, probed=20))
    write_stderr(tmp_path / "b.log", theirs(trial, since=12))
    assert said().outcomes == BOTH


def test_what_comes_after_a_gap_does_not_go_on(trial, tmp_path, said):
    write_log(tmp_path / "a.json", ours(trial, until=12, probed=20))
    write_log(tmp_path / "b.json", theirs(trial, since=11.4))
    assert said().outcomes == BOTH


@pytest.mark.parametrize("probed", [47.5, 20.5, 0.5], ids=["the-oldest", "one-between", "the-newest"])
def test_a_rotated_series_is_known_by_one_file(trial, tmp_path, said, probed):
    for hour in range(48):
        lines = ours if hour < probed < hour + 1 else theirs
        more = {"probed": probed} if lines is ours else {}
        path = tmp_path / f"postgresql-{47 - hour:02}.json"
        write_log(path, lines(trial, since=hour + 1, until=hour, **more))
        if hour % 2:
            path.with_suffix(".json.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    assert said().outcomes == {}
    assert said(*sorted(tmp_path.iterdir())).outcomes == {}, "named one by one"
    assert said(gate="violations").outcomes == {}


def test_what_the_server_said_to_stderr_beside_its_log_is_no_trouble(trial, tmp_path, said):
    """With jsonlog alone, the collector writes where its lines go into a file of the same name."""
    write_log(tmp_path / "postgresql-1.json", trial.quiet_log())
    write_stderr(tmp_path / "postgresql-1.log", theirs(trial, since=20, until=19.9))
    assert said().outcomes == {}
    (tmp_path / "theirs").mkdir()
    (tmp_path / "postgresql-1.log").rename(tmp_path / "theirs" / "postgresql-1.log")
    assert said(tmp_path, tmp_path / "theirs").outcomes == {"whose log": "HOLD"}


def test_a_file_beside_ours_in_another_format_covers_nothing(trial, tmp_path, said):
    write_log(tmp_path / "postgresql-1.json", ours(trial, until=40, probed=44))
    write_stderr(tmp_path / "postgresql-1.log", theirs(trial, since=30))
    assert said().outcomes == {"coverage": "HOLD"}


def test_a_packed_copy_beside_the_file_itself_costs_nothing(trial, tmp_path, said):
    older = tmp_path / "postgresql.log.1"
    write_log(older, theirs(trial, until=12))
    (tmp_path / "postgresql.log.1.gz").write_bytes(gzip.compress(older.read_bytes()))
    write_log(tmp_path / "postgresql.log", ours(trial, since=12, probed=1))
    assert said().outcomes == {}


def test_files_from_before_the_soak_need_no_proof(trial, tmp_path, said):
    write_log(tmp_path / "a.json", theirs(trial, until=40))
    write_log(tmp_path / "b.json", ours(trial, since=30, probed=20))
    assert said().outcomes == {}


def test_files_of_which_each_has_its_proof_may_lie_anywhere(trial, tmp_path, said):
    (tmp_path / "kept").mkdir()
    write_log(tmp_path / "kept" / "a.json", ours(trial, until=12, probed=20))
    write_log(tmp_path / "b.json", ours(trial, since=12, probed=1))
    assert said(tmp_path / "kept", tmp_path / "b.json").outcomes == {}


def test_a_project_that_the_dsn_does_not_lead_to_is_not_proven_by_a_file(trial, tmp_path, said):
    write_log(tmp_path / "ours.json", ours(trial, until=40, probed=44))
    lines = [
        {"id": str(minute), "at": trial.now - minute * HOUR / 60, "severity": "LOG", "message": "checkpoint"}
        for minute in range(1, 30 * 60, 4)
    ]
    with served(LogsApi(lines=lines)) as api:
        for ref, outcomes in ((REF, {}), ("", BOTH)):
            logs = LogPlaces((tmp_path,), Project(REF, "sbp_secret", api.url), ref=ref, wait_s=0)
            assert said(logs=logs).outcomes == outcomes
