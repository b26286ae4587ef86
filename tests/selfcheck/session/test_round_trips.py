"""A target may be 80 ms away: a whole run is a handful of round trips more than one that asks nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.selfcheck.session.conftest import LOOKING, ROOT
from tests.selfcheck.session.proxy import distant

pytestmark = pytest.mark.thorough

MOST = 12  # more than a run without gates
MOST_OF_THE_GATES = 6  # more than connecting takes, and no clone and no rehearsal
DISTANCE = 0.1  # seconds; what a batch takes to be sent has to fit in


def ask_nothing(dsn: str, folder: Path) -> None:
    """Run pytest on the target with one empty test: it connects, says who answers, and judges nothing."""
    (folder / "test_empty.py").write_text("def test_empty():\n    pass\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "rollgate.plugin", "-p", "no:cacheprovider"),
            *("--env=staging", f"--reports={folder / 'reports'}", "test_empty.py"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "STAGING_DATABASE_URL": dsn, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "test_empty.py ." in done.stdout, done.stdout + done.stderr
    assert (done.returncode, "holds no gate" in done.stderr) == (4, True), done.stderr
    assert "staging: 127.0.0.1:" in done.stdout


@pytest.mark.parametrize(
    ("stage", "code"), [("verify", 0), ("release", 10)], ids=["verify", "release-and-soak"]
)
def test_a_whole_live_run_is_a_few_round_trips_more_than_one_without_gates(
    stage, code, server, staging, verify, tmp_path
):
    with distant(("127.0.0.1", server.port), round_trip_s=DISTANCE) as traffic:
        ask_nothing(staging.at(traffic.port), tmp_path)
        nothing = replace(traffic)
        run = verify(staging.at(traffic.port), f"--stage={stage}", files=(), env="staging")
        took = traffic.round_trips - nothing.round_trips
    assert run.exit_code == code, run.output
    assert {gate["subject"] for gate in run.record["gates"]} >= {"schema", "preflight", "drift", "rollback"}
    assert nothing.connections == 1
    assert traffic.connections == 1 + 3, "the run's session, the witness and the rehearsal in place"
    assert 0 < took - nothing.round_trips <= MOST


def test_the_gates_alone_are_a_few_round_trips_more_than_connecting(server, prod, verify):
    with distant(("127.0.0.1", server.port), round_trip_s=DISTANCE) as traffic:
        psycopg.connect(prod.at(traffic.port)).close()
        connecting = traffic.round_trips
        run = verify(prod.at(traffic.port))
        took = traffic.round_trips - 2 * connecting
    assert not run.blocking
    assert len(run.record["gates"]) > 30
    assert traffic.connections == 2, "the one above, and one for the whole run"
    assert took <= MOST_OF_THE_GATES


def test_what_the_evals_ask_goes_along(server, prod, verify):
    with distant(("127.0.0.1", server.port), round_trip_s=DISTANCE) as traffic:
        verify(prod.at(traffic.port))
        without = traffic.round_trips
        run = verify(prod.at(traffic.port), files=(*LOOKING, "tests/evals/test_latest_run.py"))
        took = traffic.round_trips - without
    assert {"newest-eval-run-keeps-its-thresholds", "newest-eval-run-is-fresh"} <= {
        gate["id"] for gate in run.record["gates"]
    }
    assert took == without
