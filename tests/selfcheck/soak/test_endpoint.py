"""Supabase's logs endpoint, with its limits: nothing is lost at one, and what failed is missing evidence."""

from __future__ import annotations

import datetime

import pytest

from rollgate.soak.places import LogPlaces
from rollgate.soak.project import Project, ref_of
from tests.gates.soaking import BROKEN_CHECK, HOUR, Trial, Trouble
from tests.selfcheck.soak.logs_api import Line, LogsApi, served

REF = "abcdefghijklmnopqrst"
CHECK = "ai_training_examples_latency_ms_check"
SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def api(trial):
    lines = [
        {
            "id": f"q{number}",
            "at": trial.now - number * 240 * SECOND,
            "severity": "LOG",
            "message": "checkpoint",
        }
        for number in range(1, 30 * 15)
    ]
    with served(LogsApi(lines=lines)) as api:
        yield api


@pytest.fixture
def judged(trial, api):
    """What the gate on errors says of the project's log."""

    def judged(*, own: str = REF, gate: str = "errors") -> dict[str, str]:
        places = LogPlaces(project=Project(REF, "sbp_secret", api.url), ref=own, wait_s=0)
        soak = trial.soak(Trouble("endpoint", gate), (), logs=places)
        outcomes: dict[str, str] = getattr(soak, gate).outcomes
        return outcomes

    return judged


def errors(trial: Trial, count: int, *, hours: float = 5.0, apart: datetime.timedelta = SECOND) -> list[Line]:
    return [
        {
            "id": f"e{number}",
            "at": trial.now - hours * HOUR + number * apart,
            "severity": "ERROR",
            "sqlstate": BROKEN_CHECK["state_code"],
            "message": BROKEN_CHECK["message"],
            "statement": BROKEN_CHECK["statement"],
        }
        for number in range(count)
    ]


def test_a_quiet_log_passes_in_slices_of_an_hour(trial, api, judged):
    assert judged() == {}
    assert 2 * 24 <= len(api.asked) <= 2 * 27


def test_an_error_is_found(trial, api, judged):
    api.lines += errors(trial, 1)
    assert judged() == {CHECK: "FAIL"}
    assert judged(gate="violations") == {CHECK: "FAIL"}


@pytest.mark.parametrize("count", [999, 1000, 1001, 3500])
def test_no_error_is_lost_at_the_limit_and_none_counts_twice(trial, api, count):
    api.lines += errors(trial, count)
    places = LogPlaces(project=Project(REF, "sbp_secret", api.url), ref=REF, wait_s=0)
    log = trial.soak(Trouble("endpoint", "errors"), (), logs=places).log
    assert (len(log.writes), log.problems) == (count, ())


def test_more_errors_in_a_minute_than_an_answer_holds_are_told(trial, api, judged):
    api.lines += errors(trial, 1500, apart=datetime.timedelta(milliseconds=1))
    assert judged() == {CHECK: "FAIL", "the log": "HOLD"}


def test_a_slice_that_fails_is_missing_evidence(trial, api, judged):
    api.misbehave = lambda number, asked: (
        (
            (500, {"message": "no"})
            if asked["iso_timestamp_start"] == api.asked[20]["iso_timestamp_start"]
            else None
        )
        if len(api.asked) > 20
        else None
    )
    assert judged() == {"coverage": "HOLD", "the log": "HOLD"}


def test_a_slice_that_fails_once_is_asked_again(trial, api, judged):
    api.misbehave = lambda number, asked: (429, {"message": "slower"}) if number % 7 == 0 else None
    assert judged() == {}


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param((200, {"error": "Timeout exceeded"}), id="an-error-in-a-200"),
        pytest.param((200, {"result": None}), id="no-rows"),
        pytest.param((200, b"<html>"), id="no-json"),
        pytest.param((403, {"message": "no"}), id="forbidden"),
        pytest.param((200, []), id="a-list"),
    ],
)
def test_an_answer_without_rows_is_no_pass(trial, api, judged, odd):
    api.misbehave = lambda number, asked: odd
    assert judged() == {"coverage": "HOLD", "the log": "HOLD"}


def test_a_wrong_token_is_said_once_and_never_shown(trial, api):
    places = LogPlaces(project=Project(REF, "sbp_wrong", api.url), ref=REF, wait_s=0)
    soak = trial.soak(Trouble("endpoint", "errors"), (), logs=places)
    said = soak.errors
    assert said.outcomes == {"coverage": "HOLD", "the log": "HOLD"}
    assert len(api.asked) == 1
    assert "sbp_wrong" not in repr(said) + repr(places)


def test_lines_that_do_not_tell_their_severity_are_no_evidence(trial, api, judged):
    api.keys = False
    api.lines += errors(trial, 1)
    assert judged() == {"coverage": "HOLD", "the log": "HOLD"}


def test_the_other_name_of_the_column_is_tried(trial, api, judged):
    api.column = "source"
    api.lines += errors(trial, 1)
    assert judged() == {CHECK: "FAIL"}


def test_a_silent_hour_of_the_log_is_a_gap(trial, api, judged):
    api.lines = [each for each in api.lines if not 5 * HOUR < trial.now - each["at"] < 6 * HOUR]
    assert judged() == {"coverage": "HOLD"}


def test_the_log_of_another_project_is_not_this_targets(trial, api, judged):
    unknown = {"coverage": "HOLD", "whose log": "HOLD"}
    assert judged(own="zyxwvutsrqponmlkjihg") == unknown
    assert judged(own="") == unknown


@pytest.mark.parametrize(
    ("host", "user", "ref"),
    [
        (f"db.{REF}.supabase.co", "postgres", REF),
        ("aws-0-eu-central-1.pooler.supabase.com", f"postgres.{REF}", REF),
        ("aws-0-eu-central-1.pooler.supabase.com", "postgres", ""),
        ("db.example.org", f"postgres.{REF}", ""),
        ("", "", ""),
    ],
)
def test_a_dsn_tells_its_project(host, user, ref):
    assert ref_of(host, user) == ref
