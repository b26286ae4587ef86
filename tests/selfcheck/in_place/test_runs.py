"""The two gates as an operator meets them: whole runs, one usage error, and runs that are killed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rollgate.evidence.record import GateRecord
from rollgate.open_gate import OpenGate
from rollgate.verdict import Outcome, Severity
from tests.rollback.test_in_place import statements_of, test_rollback_drill, test_rollback_rehearsed_in_place

pytestmark = pytest.mark.thorough

test_rollback_drill.__test__ = test_rollback_rehearsed_in_place.__test__ = False  # type: ignore[attr-defined]
NOBODY = "host=127.0.0.1 port=1 user=nobody dbname=nowhere"
#: Modules that stand for what may happen between the commit and the way back.
ENDS = """
import os, signal
from rollgate.rehearsal.drill import Drill
Drill._verify = lambda drill: os.kill(os.getpid(), signal.SIGKILL)
"""
BARS_AND_INTERRUPTS = """
import signal
import psycopg
from rollgate.rehearsal.drill import Drill
def interrupted(drill):
    with psycopg.connect(drill._conninfo.encode().decode()) as connection:
        connection.execute("update public.ai_provider_configs set timeout_ms = 1234 where weight = 0")
    signal.raise_signal(signal.SIGINT)
Drill._verify = interrupted
"""


def gates_of(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("reports/*/record.json")
    return {gate["id"]: gate for gate in json.loads(path.read_text())["gates"]}


def test_a_run_with_drill_does_both_and_leaves_the_rows(staging, verify):
    before = staging.values
    code, output = verify("--env=staging", "--drill", STAGING_DATABASE_URL=staging.conninfo)
    assert code == 10, output  # a part of a run is HOLD at best
    gates = gates_of(staging.folder)
    assert {name: gate["outcome"] for name, gate in gates.items()} == {
        "rollback-rehearsed-in-place": "PASS",
        "rollback-drill": "PASS",
    }
    assert staging.values == before
    shown = {table["name"]: table for table in gates["rollback-drill"]["evidence"]}
    assert len(shown["before"]["rows"]) == len(shown["committed"]["rows"]) == len(shown["restored"]["rows"])
    assert shown["way-back"]["rows"][0][1] is None
    assert staging.files == ["drill-staging.done.sql"]


def test_a_second_dsn_rehearses_where_the_first_may_only_read(staging, verify):
    before = staging.rows
    staging.sql(
        "drop role if exists runs_reader; create role runs_reader login bypassrls; "
        "grant usage on schema public to runs_reader; "
        "grant select on all tables in schema public to runs_reader"
    )
    reader = psycopg.conninfo.make_conninfo(staging.conninfo, user="runs_reader")
    try:
        verify("--env=staging", STAGING_DATABASE_URL=reader)
        assert gates_of(staging.folder)["rollback-rehearsed-in-place"]["outcome"] == "HOLD"
        shutil.rmtree(staging.folder / "reports")
        both = {"STAGING_DATABASE_URL": reader, "STAGING_DATABASE_URL_REHEARSAL": staging.conninfo}
        verify("--env=staging", **both)
        assert gates_of(staging.folder)["rollback-rehearsed-in-place"]["outcome"] == "PASS"
    finally:
        staging.sql("drop owned by runs_reader; drop role runs_reader")
    assert staging.rows == before


def test_a_second_dsn_to_another_database_is_a_hold_and_nothing_is_run(staging, verify, rehearsal):
    template = rehearsal.rolled_out(rehearsal.release.topologies["staging"])
    with rehearsal.databases.cloned(template) as other:
        verify(
            "--env=staging",
            STAGING_DATABASE_URL=staging.conninfo,
            STAGING_DATABASE_URL_REHEARSAL=other,
        )
    gate = gates_of(staging.folder)["rollback-rehearsed-in-place"]
    assert gate["outcome"] == "HOLD"
    assert gate["violations"][0]["object"] == "STAGING_DATABASE_URL_REHEARSAL"
    assert "nothing was run" in gate["violations"][0]["detail"]


def test_without_drill_nothing_is_committed(staging, verify):
    before = staging.rows
    verify("--env=staging", STAGING_DATABASE_URL=staging.conninfo)
    assert set(gates_of(staging.folder)) == {"rollback-rehearsed-in-place"}
    assert staging.rows == before


@pytest.mark.parametrize("name", ["prod", "single-db"])
def test_what_serves_prod_is_not_rehearsed_in_place(staging, verify, name):
    variable = f"{name.replace('-', '_').upper()}_DATABASE_URL"
    code, output = verify(f"--env={name}", **{variable: staging.conninfo})
    assert code == 5, output  # no tests
    assert staging.files == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--env=prod",),
        ("--env=single-db",),
        ("--env=staging", "--env=prod"),
        ("--env=prod", "--target", "eu=STAGING_DATABASE_URL"),
        ("--env=staging", "-n2"),
        ("--env=staging", "--stage=preflight"),
        (),
    ],
    ids=["prod", "single-db", "both", "fleet", "workers", "preflight", "ephemeral"],
)
def test_drill_elsewhere_is_one_usage_error_before_anything_is_connected(verify, tmp_path, arguments):
    names = ("STAGING_DATABASE_URL", "PROD_DATABASE_URL", "SINGLE_DB_DATABASE_URL")
    code, output = verify("--drill", *arguments, **dict.fromkeys(names, NOBODY))
    assert code == 4
    assert output.count("--drill\n  found:") == 1, output
    assert "Traceback" not in output
    assert "refused" not in output, "nobody was asked"
    assert not list(tmp_path.glob("reports/*"))


def test_a_file_that_could_commit_by_itself_fails_the_gate_before_it_is_run(staging, run, tmp_path):
    broken = staging.with_rollback("begin; update public.ai_provider_configs set weight = 7; commit; commit;")
    plan = GateRecord(
        id="asked", target="staging", subject="rollback", title="", prevents="", sections=(), checks=(),
        severity=Severity.ERROR, outcome=Outcome.ERROR,
    )  # fmt: skip
    gate = OpenGate(plan)
    assert statements_of(gate, broken.target, run) is None
    record = gate.close()
    assert (record.outcome, record.violations[0].outcome) == (Outcome.FAIL, Outcome.FAIL)
    assert "nothing was run" in record.violations[0].detail


def test_a_run_that_is_killed_between_leaves_the_way_back_and_the_next_one_says_so(staging, verify, tmp_path):
    before = staging.values
    (tmp_path / "ends.py").write_text(ENDS)
    code, output = verify(
        "--env=staging",
        "--drill",
        "-p",
        "ends",
        PYTHONPATH=str(tmp_path),
        STAGING_DATABASE_URL=staging.conninfo,
    )
    assert code == -9, output
    assert staging.values != before
    assert staging.files == ["drill-staging.unfinished.sql"]
    (path,) = tmp_path.glob("reports/*/drill-staging.unfinished.sql")
    code, output = verify("--env=staging", "--drill", STAGING_DATABASE_URL=staging.conninfo)
    assert code == 1, output
    assert output.count(f"paste {path} into the SQL Editor") >= 2, "both gates say it"
    staging.sql(path.read_text())
    assert staging.values == before
    path.unlink()
    shutil.rmtree(tmp_path / "reports")
    code, output = verify("--env=staging", "--drill", STAGING_DATABASE_URL=staging.conninfo)
    assert code == 10, output


def test_ctrl_c_with_rows_that_cannot_be_put_back_prints_the_sql(staging, verify, tmp_path):
    (tmp_path / "bars.py").write_text(BARS_AND_INTERRUPTS)
    code, output = verify(
        "--env=staging",
        "--drill",
        "-p",
        "bars",
        PYTHONPATH=str(tmp_path),
        STAGING_DATABASE_URL=staging.conninfo,
    )
    assert code == 2, output
    assert "finish by hand" in output
    assert "do $restore$" in output
    assert staging.files == ["drill-staging.unfinished.sql"]
