"""Whole runs against a live staging database, in a process of their own, as an operator starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.gates.soaking import QUIET
from tests.selfcheck.session.proxy import distant
from tests.selfcheck.soak.conftest import FORMATS

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[3]
GATES = {
    "soak-has-lasted",
    "new-records-are-complete",
    "no-constraint-violations",
    "no-errors-in-write-paths",
    "guardrails-hold",
}


class Run:
    """What a run left."""

    def __init__(self, finished: subprocess.CompletedProcess[str], reports: Path) -> None:
        self.code = finished.returncode
        self.output = finished.stdout + finished.stderr
        found = sorted(reports.glob("*/record.json"), key=lambda path: path.stat().st_mtime_ns)
        self.record: dict[str, Any] = json.loads(found[-1].read_text()) if found else {}

    @property
    def finished(self) -> str:
        return str(self.record["finished_at"]).replace("T", " ").replace("Z", " UTC")

    @property
    def outcomes(self) -> dict[str, str]:
        return {gate["id"]: gate["outcome"] for gate in self.record["gates"] if gate["subject"] == "soak"}

    def gate(self, name: str) -> dict[str, Any]:
        (found,) = [gate for gate in self.record["gates"] if gate["id"] == name]
        return dict(found)

    def said(self, name: str) -> dict[str, str]:
        return {each["object"]: each["detail"] for each in self.gate(name)["violations"]}


@pytest.fixture
def staging(soaked_database):
    """A staging database with a day of quiet traffic."""
    with psycopg.connect(soaked_database.conninfo, autocommit=True) as connection:
        connection.execute(QUIET.encode())
        connection.execute("analyze")
    return soaked_database


@pytest.fixture
def verify(staging, tmp_path):
    def verify(*arguments: str, dsn: str = "", **variables: str) -> Run:
        reports = tmp_path / "reports"
        finished = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--env=staging"),
                *(f"--reports={reports}", *arguments),
            ],
            cwd=ROOT,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("SUPABASE")},
                "STAGING_DATABASE_URL": dsn or staging.conninfo,
                "PYTEST_ADDOPTS": "",
                "GITHUB_STEP_SUMMARY": "",
                "ROLLGATE_SOAK_LOG": "",
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(finished, reports)

    return verify


def test_a_soak_begins_with_a_verification_and_is_not_over(verify):
    part = verify("--stage=verify", "tests/gates/test_gates.py")
    assert part.outcomes == {}
    early = verify("-m", "soak", "tests/gates/test_soak.py")
    # A part of the gates verifies nothing, and so the soak has not begun.
    assert "no run that verified" in early.said("soak-has-lasted")["start"]
    whole = verify("--stage=verify")
    assert whole.code == 0, whole.output
    soak = verify("-m", "soak", "tests/gates/test_soak.py")
    assert (soak.code, soak.outcomes.keys()) == (10, GATES)
    assert f"since {whole.finished}" in soak.said("soak-has-lasted")["hours"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_soak_of_a_day_is_judged(verify, staging, format):
    hours = staging.ago(24.5)
    logged = verify(
        "-m", "soak", "tests/gates/test_soak.py", f"--soak-since={hours}", f"--soak-log={staging.log(format)}"
    )
    assert logged.code == 10, logged.output
    overridden = logged.gate("soak-has-lasted")
    assert (overridden["outcome"], overridden["severity"]) == ("FAIL", "warning")
    assert set(logged.said("soak-has-lasted")) == {"--soak-since"}
    assert logged.outcomes["new-records-are-complete"] == "PASS"
    assert logged.outcomes["guardrails-hold"] == "PASS"
    # The server, and so its log, is younger than the soak.
    assert set(logged.said("no-errors-in-write-paths")) == {"coverage"}


def test_an_error_in_the_log_is_a_no_go_and_the_picture_shows_it(verify, staging):
    staging.errors("insert into public.ai_training_examples (source) values ('generation')")
    found = verify(
        "-m",
        "soak",
        "tests/gates/test_soak.py",
        f"--soak-since={staging.ago(24.5)}",
        f"--soak-log={staging.log('jsonlog')}",
    )
    assert found.code == 1, found.output
    assert found.outcomes["no-errors-in-write-paths"] == "FAIL"
    timeline = found.gate("soak-has-lasted")["timeline"]
    tracks = {track["name"]: {span["state"] for span in track["spans"]} for track in timeline["tracks"]}
    assert tracks["errors"] == {"bad"}
    assert tracks["traffic"] == {"ok"}
    assert tracks["log"] == {"ok", "gap"}
    assert tracks["schema_valid_rate"] == {"ok"}


def test_the_variable_names_logs_too(verify, staging):
    found = verify(
        "-m",
        "soak",
        "tests/gates/test_soak.py",
        f"--soak-since={staging.ago(1)}",
        ROLLGATE_SOAK_LOG=str(staging.log("csvlog")),
    )
    assert "the log" not in found.said("no-errors-in-write-paths")


def test_without_a_log_there_is_weak_evidence_and_no_pass(verify, staging):
    found = verify("-m", "soak", "tests/gates/test_soak.py", f"--soak-since={staging.ago(24.5)}")
    gate = found.gate("no-errors-in-write-paths")
    assert gate["outcome"] == "HOLD"
    assert "statistics" in {table["name"] for table in gate["evidence"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--soak-since=soon"], "a time that has been"),
        (["--soak-since=2999-01-01T00:00:00Z"], "a time that has been"),
        (["--soak-log=/nowhere/postgresql.log"], "nothing there"),
        (["--soak-log=/" + "x" * 300], "nothing there"),
        (["--soak-log=eu=/nowhere/postgresql.log"], "nothing there, and no soaked target of the name eu"),
    ],
)
def test_a_mistake_is_one_message(verify, arguments, words):
    found = verify("-m", "soak", *arguments)
    assert found.code == 4
    assert words in found.output
    assert "Traceback" not in found.output
    assert found.record == {}


def test_the_token_is_never_shown(verify, staging):
    token = "sbp_0123456789abcdef"
    found = verify(
        "-m",
        "soak",
        f"--soak-since={staging.ago(24.5)}",
        SUPABASE_ACCESS_TOKEN=token,
        SUPABASE_PROJECT_REF="abcdefghijklmnopqrst",
        SUPABASE_API_URL="http://127.0.0.1:9/",
    )
    assert "the log" in found.said("no-errors-in-write-paths")
    assert token not in found.output + json.dumps(found.record)


def test_a_soak_is_two_round_trips(verify, staging):
    with distant(("127.0.0.1", staging.server.port), round_trip_s=0.1) as traffic:
        dsn = staging.at(traffic.port)
        psycopg.connect(dsn).close()
        connecting = traffic.round_trips
        found = verify("-m", "soak", "tests/gates/test_soak.py", f"--soak-since={staging.ago(24.5)}", dsn=dsn)
        took = traffic.round_trips - 2 * connecting
    assert found.outcomes.keys() == GATES
    assert traffic.connections == 2
    assert took <= 6, "identity, facts, rows, and what a session takes"
