"""Ctrl-C and SIGTERM at every moment of a run: it ends in order, and what it leaves says what happened."""

from __future__ import annotations

import psycopg
import pytest

from tests.selfcheck.faults.conftest import everyday
from tests.selfcheck.project import TABLE
from tests.selfcheck.target.test_secrecy import SLEEPS, interrupted

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("moment", "blow"),
    everyday(
        ("starting", "SIGTERM"),
        ("judged", "SIGINT"),
        ("drawing", "SIGTERM"),
        ci=[("collected", "SIGINT"), ("after-cluster", "SIGINT"), ("stopping", "SIGTERM")],
    ),
)
def test_a_run_that_is_told_to_stop_is_incomplete_and_says_by_what(project, moment, blow):
    result = project.struck(f"{moment} {blow}")
    assert result.ret == 2
    record = project.record()
    assert record["verdict"] == "INCOMPLETE"
    assert f"the run was cut short (interrupted by {blow})" in record["reasons"]
    assert project.ledger == ["INCOMPLETE"]
    (folder,) = project.left()
    assert f"interrupted by {blow}" in (folder / "report.html").read_text(encoding="utf-8")
    result.stdout.no_fnmatch_line("GO *")
    assert not project.leftovers()


def test_while_tests_are_collected_nothing_is_judged_and_nothing_is_left(project):
    result = project.struck("collecting SIGTERM")
    assert result.ret == 2
    assert not project.ledger
    assert not project.left()


def test_a_second_signal_breaks_off_no_evidence(project):
    """Ctrl-C, and SIGTERM while the report is drawn, as a cancelled job is sent them."""
    result = project.struck("keeping twice")
    assert result.ret == 0
    assert project.record()["verdict"] == "GO"
    assert project.ledger == ["GO"]
    assert not project.leftovers()


def test_a_run_that_is_killed_soon_after_has_said_why(project):
    result = project.struck("reported SIGTERM, ending kill-both")
    assert result.ret == -9
    record = project.record()
    assert record["verdict"] == "INCOMPLETE"
    assert "the run was cut short (interrupted by SIGTERM)" in record["reasons"]
    assert len(record["gates"]) == 1
    assert not project.ledger
    project.run()
    assert project.ledger == ["GO"]
    assert not project.leftovers()


def test_a_worker_that_is_told_to_stop_keeps_the_run_from_go(project):
    result = project.struck("judged SIGTERM", "-n", "1")
    assert result.ret == 2
    assert project.record()["verdict"] == "INCOMPLETE"
    assert project.ledger == ["INCOMPLETE"]
    assert not project.leftovers()


def test_somebody_elses_exit_code_cuts_a_run_short_too(project):
    project.pytester.makeconftest(
        "import pytest\ndef pytest_runtest_teardown(item):\n    pytest.exit('enough', returncode=77)\n"
    )
    result = project.run()
    assert result.ret == 77
    assert "the run was cut short (exit code 77)" in project.record()["reasons"]
    assert project.ledger == ["INCOMPLETE"]


@pytest.mark.parametrize("workers", everyday((), ci=[("-n", "1")]))
def test_sigterm_while_a_live_target_is_asked_ends_the_question_too(project, databases, monkeypatch, workers):
    project.write("gates/things/slow.sql", SLEEPS)
    template = databases.template("stopped", lambda connection: connection.execute(TABLE))
    with databases.cloned(template) as conninfo, psycopg.connect(conninfo, autocommit=True) as admin:

        def asleep() -> bool:
            query = (
                "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
            )
            return admin.execute(query).fetchone() is not None

        monkeypatch.setenv("STAGING_DATABASE_URL", conninfo)
        code, shown = interrupted(project, asleep, *workers, act=lambda process: process.terminate())
        assert code == 2, shown
        assert not asleep()
    record = project.record()
    assert record["verdict"] == "INCOMPLETE"
    assert "the run was cut short (interrupted by SIGTERM)" in record["reasons"]
    assert record["planned"] >= 3
    assert project.ledger == ["INCOMPLETE"]
