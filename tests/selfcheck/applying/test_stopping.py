"""Ctrl-C and kill -9 of real processes: what is said, what is left, and that running it again converges."""

from __future__ import annotations

import random
import re
import signal

import psycopg
import pytest

from rollgate.evidence.chain import read_chain
from rollgate.rehearsal.rollout import Rehearsal
from tests.selfcheck.applying.conftest import HISTORY, ROOT, Place, runs
from tests.selfcheck.rollback.stops import eventually

pytestmark = pytest.mark.thorough

SLEEPS = "begin;\ncreate table if not exists public.slow (n integer);\nselect pg_sleep(120);\ncommit;\n"
KILLS = 5  # of a process, at statements by chance
OBJECTS = """
select c.relname, c.relkind::text, coalesce(i.indisvalid, true)
from pg_class c left join pg_index i on i.indexrelid = c.oid
where c.relnamespace = 'public'::regnamespace order by 1
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_in_a_statement_it_is_cancelled_and_its_transaction_undone(allowed, number):
    allowed.small.write({"20260101000200_slow.sql": SLEEPS})
    allowed.keep_run()
    process = allowed.start("--yes")
    eventually(lambda: runs(allowed, "pg_sleep"), "it never came so far")
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert (
        "stopped in statement 3 (line 3) of 20260101000200_slow.sql, which is undone with its transaction"
        in said
    )
    assert "STOPPED: stopped by Ctrl-C" in said
    assert "To go on: python -m rollgate apply --env staging" in said
    assert not runs(allowed, "pg_sleep")
    assert allowed.sql("select to_regclass('public.slow'), to_regclass('public.things')") == [
        (None, "things")
    ]
    record = allowed.record
    assert [each["ending"] for each in record["files"]] == ["done", "done", "stopped", "not begun"]
    assert read_chain(allowed.reports).applications[0].entry.ending == "stopped"


def test_in_a_concurrent_build_it_is_cancelled_and_the_next_run_builds_it_anew(allowed):
    allowed.sql("create table public.things (n integer, kind text, more text)")
    allowed.small.write({"20260101000000_base.sql": "select 1;\n"})
    allowed.keep_run()
    with psycopg.connect(allowed.conninfo) as writer:
        writer.execute("insert into public.things values (7)")
        process = allowed.start("--yes")
        eventually(lambda: runs(allowed, "create index concurrently"), "it never came so far")
        eventually(lambda: bool(allowed.sql("select to_regclass('public.idx_things_n')")[0][0]), "no index")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert allowed.sql(OBJECTS.replace("order", "and relname = 'idx_things_n' order"))[0][2] is False
    said = allowed.apply("--yes")
    assert said.code == 0, said.text
    assert "was invalid, left by a build that failed" in said.text
    assert allowed.sql(OBJECTS.replace("order", "and relname = 'idx_things_n' order"))[0][2] is True


def test_a_reader_who_goes_away_ends_it_and_it_is_recorded(allowed):
    allowed.small.write({"20260101000200_slow.sql": SLEEPS.replace("120", "0.5")})
    allowed.keep_run()
    process = allowed.start("--yes")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("1/4"):
            break
    process.stdout.close()
    process.wait(timeout=60)
    assert process.returncode == 1
    assert allowed.record["ending"] == "failed"
    assert read_chain(allowed.reports).intact
    assert allowed.apply("--yes").code == 0


def test_two_real_operators_one_applies_and_one_is_told(allowed):
    allowed.small.write({"20260101000200_slow.sql": SLEEPS})
    allowed.keep_run()
    first = allowed.start("--yes")
    try:
        eventually(lambda: runs(allowed, "pg_sleep"), "it never came so far")
        said = allowed.apply("--yes")
        assert said.code == 1, said.text
        assert "somebody else applies a release to" in said.text
        assert "rollgate apply: release-bot, postgres" in said.text
    finally:
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)


def test_a_killed_run_has_left_a_draft_that_verify_tells_of(allowed):
    allowed.small.write({"20260101000200_slow.sql": SLEEPS})
    allowed.keep_run()
    process = allowed.start("--yes")
    eventually(lambda: runs(allowed, "pg_sleep"), "it never came so far")
    process.kill()
    process.communicate()
    assert allowed.record["ending"] == "not ended"
    chain = read_chain(allowed.reports)
    assert chain.intact
    (note,) = chain.problems
    assert "apply.json (not ended) is named by no line" in note.what
    # What it ran goes on in the server for a moment, and keeps the lock as long as it does.
    said = allowed.apply("--yes", "--attempts", "1")
    assert "somebody else applies a release" in said.text
    allowed.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' "
                "and pid <> pg_backend_pid()")  # fmt: skip
    allowed.small.write({"20260101000200_slow.sql": SLEEPS.replace("120", "0")})
    eventually(lambda: not runs(allowed, "pg_sleep"), "it stays")
    allowed.keep_run()
    assert allowed.apply("--yes").code == 0


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_statement_it_converges(rehearsal: Rehearsal, place: Place, seed: int):
    """The shipped release, killed at statements by chance, again and again; then run to its end."""
    chance = random.Random(seed)  # noqa: S311
    place.release = ROOT / "sql"
    place.sql(HISTORY)
    for _ in range(KILLS):
        process = place.start("--yes", "--without-preflight", "--again")
        assert process.stdout is not None
        seen, stop = 0, chance.randrange(1, 70)
        for line in process.stdout:
            seen += bool(re.match(r" +\d+  ", line))
            if seen >= stop:
                break
        process.kill()
        process.communicate()
    eventually(lambda: not runs(place, ""), "one stays")
    said = place.apply("--yes", "--without-preflight", "--again")
    assert said.code == 0, said.text
    whole = rehearsal.rolled_out(rehearsal.release.topologies["staging"])
    with rehearsal.databases.cloned(whole) as conninfo, psycopg.connect(conninfo) as connection:
        wanted = connection.execute(OBJECTS).fetchall()
        rows = connection.execute(
            "select provider, environment, weight from public.ai_provider_configs order by 1, 2"
        ).fetchall()
    assert place.sql(OBJECTS) == wanted
    assert (
        place.sql("select provider, environment, weight from public.ai_provider_configs order by 1, 2")
        == rows
    )
    versions = place.sql(
        "select count(*), count(distinct version) from supabase_migrations.schema_migrations"
    )
    files = len(rehearsal.release.topologies["staging"].rollout)
    assert versions == [(files, files)]
