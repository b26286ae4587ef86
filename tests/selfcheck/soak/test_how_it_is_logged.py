"""How a server logs: where errors are not logged, or in other words, a log without errors is no evidence."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from rollgate.soak.facts import Setting
from tests.gates.soaking import BROKEN_CHECK, HOUR, Trial, Trouble, with_errors, write_log

CHECK = "ai_training_examples_latency_ms_check"


def test_logging_that_was_turned_down_meanwhile_is_told(trial, tmp_path, judged):
    changed = {
        "timestamp": trial.now - 5 * HOUR,
        "error_severity": "LOG",
        "state_code": "00000",
        "message": 'parameter "log_min_messages" changed to "fatal"',
    }
    write_log(tmp_path / "a.json", [*trial.quiet_log(), changed])
    assert judged() == {"log_min_messages": "HOLD"}


@pytest.mark.parametrize(
    "message",
    [
        'parameter "log_min_messages" changed to "warning"',
        'parameter "log_min_error_statement" removed from configuration file, reset to default',
    ],
)
@pytest.mark.parametrize(("hours", "holds"), [(5, True), (24.2, False)], ids=["within", "before"])
def test_logging_that_was_turned_up_again_says_nothing_of_the_hours_before(
    trial, tmp_path, judged, message, hours, holds
):
    """A server that logs no errors logs no such change either: the way back is all that is seen of it."""
    changed = {
        "timestamp": trial.now - hours * HOUR,
        "error_severity": "LOG",
        "state_code": "00000",
        "message": message,
    }
    write_log(tmp_path / "a.json", [*trial.quiet_log(), changed])
    assert judged() == ({message.split('"')[1]: "HOLD"} if holds else {})


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_min_messages", "fatal"),
        ("log_min_messages", "log"),
        ("log_min_error_statement", "panic"),
        ("log_error_verbosity", "terse"),
    ],
)
def test_errors_that_are_not_logged_are_no_evidence(trial, tmp_path, judged, setting, value):
    write_log(tmp_path / "a.json", trial.quiet_log())
    with trial.connection.transaction(force_rollback=True):
        trial.connection.execute(f"set local {setting} = {value}")
        assert judged()[setting] == "HOLD"


def test_a_role_whose_errors_are_not_logged_is_named(trial, tmp_path, judged):
    write_log(tmp_path / "a.json", trial.quiet_log())
    with trial.connection.transaction(force_rollback=True):
        trial.connection.execute("create role quiet_writer")
        trial.connection.execute("alter role quiet_writer set log_min_messages = fatal")
        assert judged() == {"log_min_messages of role quiet_writer": "HOLD"}


def write_german(path: Path, trial: Trial) -> None:
    """A log to stderr of a server whose messages are German: how grave a line is, is translated as well."""
    lines = [
        (
            trial.now - 10 * HOUR,
            f"FEHLER:  neue Zeile für Relation »ai_training_examples« verletzt »{CHECK}«",
        ),
        *((line["timestamp"], f"LOG:  {line['message']}") for line in trial.quiet_log()),
    ]
    path.write_text("".join(f"{at:%Y-%m-%d %H:%M:%S}.000 UTC [9] {text}\n" for at, text in sorted(lines)))


def speaking(trial: Trial, path: Path, value: str, owner: str = "") -> dict[str, str]:
    """What is said where lc_messages is this: the server's, or that of a role or database."""
    soak = trial.soak(Trouble("files", "errors"), (path,))
    settings = [each for each in soak.facts.settings if each.name != "lc_messages"]
    told = Setting("lc_messages", value, "configuration file", owner)
    soak.facts = dataclasses.replace(soak.facts, settings=(*settings, told))
    return soak.errors.outcomes


@pytest.mark.parametrize("owner", ["", "role writer", "database here"])
def test_translated_messages_of_a_log_to_stderr_are_no_evidence(trial, tmp_path, owner):
    name = f"lc_messages of {owner}" if owner else "lc_messages"
    write_german(tmp_path / "a.log", trial)
    write_log(tmp_path / "b.json", trial.quiet_log())
    assert speaking(trial, tmp_path / "a.log", "de_DE.UTF-8", owner)[name] == "HOLD"
    assert speaking(trial, tmp_path / "b.json", "de_DE.UTF-8", owner) == {}, "it tells SQLSTATEs"
    for english in ("C", "POSIX", "en_US.UTF-8", "C.UTF-8", "English_United States.1252", ""):
        assert name not in speaking(trial, tmp_path / "a.log", english, owner)


def test_a_role_that_has_its_own_language_is_known(trial):
    trial.connection.execute("savepoint before")
    trial.connection.execute("create role soaked_writer; alter role soaked_writer set lc_messages = 'C'")
    settings = trial.soak(Trouble("files", "errors"), ()).facts.settings
    trial.connection.execute("rollback to savepoint before")
    assert "role soaked_writer" in [each.owner for each in settings if each.name == "lc_messages"]


@pytest.mark.parametrize("quoted", ["»{}«", "«{}»", "„{}“", "\u2018{}\u2019", '"{}"', "「{}」"])
def test_a_constraint_is_known_in_any_language(trial, tmp_path, judged, quoted):
    message = (
        f"neue Zeile für Relation {quoted.format('ai_training_examples')} verletzt {quoted.format(CHECK)}"
    )
    write_log(
        tmp_path / "a.json", with_errors({**BROKEN_CHECK, "message": message})(trial.quiet_log(), trial.now)
    )
    assert judged() == {CHECK: "FAIL"}
    assert judged(gate="violations") == {CHECK: "FAIL"}


def test_a_setting_of_all_roles_is_named_as_one(trial, tmp_path, judged):
    write_log(tmp_path / "a.json", trial.quiet_log())
    with trial.connection.transaction(force_rollback=True):
        trial.connection.execute("alter role all set log_min_messages = fatal")
        assert judged() == {"log_min_messages of role all": "HOLD"}
