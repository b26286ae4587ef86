"""The server itself killed in the middle of the gates, as by the kernel: no farewell, and no way back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import psycopg
import pytest

from rollgate.release import Release
from rollgate.server.databases import Databases
from tests.selfcheck.target.conftest import CANARY, Door, guarded_server, make_door, make_table, unseen
from tests.selfcheck.target.test_secrecy import SLEEPS, interrupted

pytestmark = pytest.mark.thorough

ASLEEP = "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"


@pytest.fixture
def doomed(release: Release) -> Iterator[Door]:
    """A server for one test, which kills it."""
    with guarded_server(release) as cluster:
        with Databases(cluster) as databases:
            door = make_door(databases, databases.template("doomed", make_table))
        yield door


def backends(door: Door) -> list[int]:
    """Return the processes that are asleep in a gate."""
    with psycopg.connect(door.admin) as connection:
        return [pid for (pid,) in connection.execute(ASLEEP)]


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "a-worker"])
def test_what_was_not_judged_is_an_error_and_the_run_no_go(project, doomed, monkeypatch, workers):
    monkeypatch.setenv("STAGING_DATABASE_URL", doomed.url())
    project.gate("before")
    project.write("gates/things/dies.sql", SLEEPS)
    project.gate("further")
    project.pytester.makepyfile(
        test_own="""
        import pytest
        @pytest.mark.gate("own", title="it holds", prevents="nothing")
        def test_own(gate, live, examined):
            examined.ask(live, "select 1")
        """
    )

    def kill_the_server(process) -> None:
        asleep = backends(doomed)
        os.kill(doomed.cluster.pid, signal.SIGKILL)  # first, or it would mend the other's death
        for pid in asleep:
            os.kill(pid, signal.SIGKILL)

    code, shown = interrupted(project, lambda: backends(doomed), *workers, act=kill_the_server)
    assert code == 1, shown
    record = project.record()
    assert (record["verdict"], record["planned"]) == ("NO-GO", len(record["gates"]))
    asked = [gate for gate in record["gates"] if gate["subject"] == "things" or gate["id"] == "own"]
    outcomes = {gate["id"]: gate["outcome"] for gate in asked}
    assert outcomes == {
        "before": "PASS",
        "dies": "ERROR",
        "further": "ERROR",
        "one-row": "ERROR",
        "own": "ERROR",
    }
    errors = {gate["id"]: gate["error"] for gate in asked if gate["outcome"] == "ERROR"}
    assert all("connection" in error for error in errors.values()), errors
    (folder,) = project.left()
    report = (folder / "report.html").read_text()
    assert all(name in report for name in outcomes)
    assert CANARY in doomed.url()
    assert unseen(shown)
    assert unseen(report)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(doomed.admin).close()
