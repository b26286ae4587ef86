"""A release manager's run on a live target: the newest eval run is in the record and in the report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.selfcheck.evals.conftest import BASELINES, paste, record

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[3]
GATES = ("newest-eval-run-keeps-its-thresholds", "newest-eval-run-is-fresh")


@pytest.fixture
def verified(tmp_path):
    """Return the gates of a run of tests/evals on a target, by id, and its report."""

    def run(dsn: str):
        done = subprocess.run(
            [
                *(
                    sys.executable,
                    "-m",
                    "pytest",
                    "-q",
                    "-p",
                    "no:cacheprovider",
                    "--env=prod",
                    "tests/evals",
                ),
                f"--reports={tmp_path / 'reports'}",
            ],
            cwd=ROOT,
            env={**os.environ, "PROD_DATABASE_URL": dsn, "PYTEST_ADDOPTS": "", "GITHUB_STEP_SUMMARY": ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        (folder,) = (tmp_path / "reports").glob("*-prod")
        gates = json.loads((folder / "record.json").read_text())["gates"]
        return {gate["id"]: gate for gate in gates}, (folder / "report.html").read_text(), done.stdout

    return run


@pytest.mark.parametrize("layout", BASELINES)
def test_the_newest_run_is_judged_and_shown(layout, command, database, verified):
    with database(layout) as connection:
        for day in (1, 2, 3):
            records = [record(n, latency_ms=n + day, schema_valid=n >= day) for n in range(800)]
            made = command(records, "--finished-at", f"2026-02-0{day}T03:00:00Z", layout=layout)
            paste(connection, made.sql)
        gates, report, said = verified(connection.info.dsn)
    figures, age = (gates[name] for name in GATES)
    assert figures["outcome"] == "HOLD", said  # 3 invalid of 800 don't prove 0.99
    assert figures["severity"] == "warning"
    assert [each["object"].split()[-1] for each in figures["violations"]] == ["schema_valid_rate"]
    assert {each["name"]: each["value"] for each in figures["metrics"]} == {
        each.name: each.value for each in made.report.metrics
    }
    assert len(figures["timeline"]["tracks"]) == 7
    assert made.report.run_id in report
    assert age["outcome"] == "FAIL"
    assert age["severity"] == "warning"


def test_a_target_that_was_just_rolled_out_is_held_as_a_warning(database, verified):
    with database() as connection:
        gates, _, said = verified(connection.info.dsn)
    assert {gates[name]["outcome"] for name in GATES} == {"HOLD"}, said
    assert {gates[name]["severity"] for name in GATES} == {"warning"}
