"""The gates themselves, in real runs: before the rollout, after it, and on a target changed by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[3]
PREFLIGHT = (
    "release-applies-to-a-clone-of-the-target",
    "rollout-keeps-no-writer-waiting",
    "gates-pass-on-the-clone",
    "rollback-works-on-the-clone",
    "rollout-fits-the-target",
)


@pytest.fixture
def judged(tmp_path):
    """Return the gates of a run against a target, by id."""

    def run(conninfo):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--env=staging"),
                *(
                    "tests/gates/test_preflight_clone.py",
                    "tests/gates/test_preflight_way.py",
                    "tests/gates/test_drift.py",
                    f"--reports={tmp_path}",
                ),
            ],
            cwd=ROOT,
            env={**os.environ, "STAGING_DATABASE_URL": conninfo},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        (record,) = tmp_path.glob("*/record.json")
        gates = json.loads(record.read_text())["gates"]
        assert "so:secret" not in done.stdout + done.stderr + record.read_text()
        return {gate["id"]: gate for gate in gates}

    return run


def test_before_the_rollout_a_preview_is_all_there_is(rehearsal, judged):
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        gates = judged(conninfo)
    assert {name: gates[name]["outcome"] for name in PREFLIGHT} == dict.fromkeys(PREFLIGHT, "PASS")
    assert gates["target-matches-the-reference"]["outcome"] == "HOLD"
    assert gates["migration-history-knows-the-release"]["outcome"] == "PASS"
    (locks,) = gates["rollout-keeps-no-writer-waiting"]["evidence"]
    assert ["public.ai_training_examples", "ACCESS EXCLUSIVE", "writers and readers"] in [
        row[1:4] for row in locks["rows"]
    ]


def test_after_the_rollout_all_of_them_pass(staging_rolled_out, judged):
    gates = judged(staging_rolled_out)
    assert {name: gate["outcome"] for name, gate in gates.items()} == dict.fromkeys(gates, "PASS")
    assert len(gates) == len(PREFLIGHT) + 2


def test_what_was_changed_by_hand_is_red(staging_rolled_out, staging, judged):
    with psycopg.connect(staging_rolled_out, autocommit=True) as connection:
        connection.execute(
            "create schema supabase_migrations;"
            "create table supabase_migrations.schema_migrations (version text, statements text[], name text);"
            "grant insert on public.ai_provider_configs to anon;"
            "create table public.log (n integer);"
            "create function public.log() returns trigger language plpgsql set search_path = '' as"
            " 'begin insert into public.log values (1); return new; end';"
            "create trigger log after update on public.ai_provider_configs"
            " for each row execute function public.log();"
            "create function public.leak() returns setof public.ai_training_examples language sql"
            " security definer as 'select * from public.ai_training_examples'"
        )
    gates = judged(staging_rolled_out)
    assert {name: (gate["outcome"], gate["severity"]) for name, gate in gates.items()} == {
        "release-applies-to-a-clone-of-the-target": ("PASS", "error"),
        "rollout-keeps-no-writer-waiting": ("PASS", "warning"),
        "rollout-fits-the-target": ("PASS", "warning"),
        "gates-pass-on-the-clone": ("FAIL", "error"),
        "rollback-works-on-the-clone": ("FAIL", "error"),
        "target-matches-the-reference": ("FAIL", "error"),
        "migration-history-knows-the-release": ("FAIL", "warning"),
    }
    drift = {each["object"]: each["severity"] for each in gates["target-matches-the-reference"]["violations"]}
    assert drift == {
        "grant public.ai_provider_configs to anon": "error",
        "trigger public.ai_provider_configs.log": "warning",
    }
    # The base migration would revoke what was granted by hand: not all of it is there.
    pasted = [each["object"] for each in gates["migration-history-knows-the-release"]["violations"]]
    assert pasted == [path.name for path in staging.topology.rollout[1:]]


def test_a_target_that_refuses_the_release_is_red_and_the_rest_is_held(rehearsal, judged):
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("create table public.ai_eval_runs (number integer)")
        gates = judged(conninfo)
    assert [gates[name]["outcome"] for name in PREFLIGHT] == ["FAIL", "HOLD", "HOLD", "HOLD", "HOLD"]


@pytest.fixture
def staging_rolled_out(rehearsal, staging):
    with rehearsal.databases.cloned(rehearsal.with_traffic(staging.topology)) as conninfo:
        yield conninfo


def test_a_rollout_that_does_not_fit_is_warned_of(rehearsal, judged):
    """A table of 7 GB: building an index takes longer than the editor waits."""
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("checkpoint")
            query = "select pg_relation_filepath('public.ai_training_examples')"
            ((path,),) = connection.execute(query).fetchall()
            # Segments of a gigabyte; the pages are a hole, and take no room.
            for segment in ("", *(f".{number}" for number in range(1, 7))):
                with open(rehearsal.databases.cluster.directory / "data" / f"{path}{segment}", "ab") as file:
                    file.truncate(1024**3)
        gate = judged(conninfo)["rollout-fits-the-target"]
    assert (gate["outcome"], gate["severity"]) == ("FAIL", "warning")
    slow = {each["object"] for each in gate["violations"]}
    assert "migrations/20260215205011_phase2_index_provider_created.sql" in slow
    assert all("statement_timeout = 0" in each["remedy"] for each in gate["violations"])
    (way, _) = gate["evidence"]
    assert [row[2] for row in way["rows"]] == ["whole", *["alone"] * 4, "whole"]
