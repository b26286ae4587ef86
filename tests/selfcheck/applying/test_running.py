"""What fails for a moment is tried again, what is lost is found out, and an end says how far it came."""

from __future__ import annotations

import threading
from dataclasses import replace

import psycopg
import pytest

from rollgate.applying import runner, target
from rollgate.applying.interrupts import Interrupts
from rollgate.applying.session import LOCK
from rollgate.target import identity
from tests.selfcheck.evidence.test_signature import keys  # noqa: F401
from tests.selfcheck.rollback.stops import eventually

BROKEN = "begin;\ncreate table public.more (n integer);\nselect 1 / 0\n  as broken;\ncommit;\n"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch):
    monkeypatch.setattr(runner, "PAUSE_S", 0.01)


def held(place, statement: str) -> psycopg.Connection:
    """Return a session that holds something, in a transaction."""
    connection = psycopg.connect(place.conninfo)
    connection.execute(statement.encode())
    return connection


def test_a_lock_that_is_not_to_be_had_is_tried_again_and_given_up(allowed):
    allowed.sql("create table public.things (n integer, kind text)")
    with held(allowed, "lock table public.things in access share mode"):
        said = allowed.apply("--yes", "--attempts", "3")
    assert said.code == 1, said.text
    assert said.text.count("what it had not committed is undone, again in") == 2
    assert "20260101000000_base.sql:5: canceling statement due to lock timeout" in said.text
    assert "tried 3 times" in said.text
    record = allowed.record
    assert (record["ending"], len(record["notes"])) == ("failed", 2)
    assert "lock timeout" in record["problem"]
    assert [each["ending"] for each in record["files"]] == ["failed", "not begun", "not begun"]
    assert record["files"][0]["statements"] == []


def test_a_lock_that_is_let_go_in_the_meantime_is_had(allowed, monkeypatch):
    allowed.sql("create table public.things (n integer, kind text)")
    holder = held(allowed, "lock table public.things in access share mode")
    wait = Interrupts.wait

    def let_go(interrupts, seconds):
        holder.close()
        wait(interrupts, seconds)

    monkeypatch.setattr(Interrupts, "wait", let_go)
    said = allowed.apply("--yes")
    assert said.code == 0, said.text
    statements = allowed.record["files"][0]["statements"]
    assert [each["attempt"] for each in statements] == [2, 2, 2, 2, 2, 1]


def test_a_refused_statement_says_where_what_is_done_and_how_to_go_on(allowed):
    allowed.small.write({"20260101000200_broken.sql": BROKEN})
    allowed.keep_run()
    said = allowed.apply("--yes")
    assert said.code == 1, said.text
    assert "20260101000200_broken.sql:3: division by zero (SQLSTATE 22012)" in said.text
    assert "done: 20260101000100_index.sql" in said.text
    assert "committed of 20260101000200_broken.sql: 0 of 4 statements" in said.text
    assert "not begun: 20260101000900_staging.sql" in said.text
    assert "To go on: python -m rollgate apply --env staging --release" in said.text
    assert allowed.sql("select to_regclass('public.more'), to_regclass('public.things')") == [
        (None, "things")
    ]


def test_an_index_that_a_failed_build_left_is_built_anew(allowed):
    allowed.sql(
        "create table public.things (n integer, kind text); insert into public.things values (1), (1)"
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        allowed.sql("create unique index concurrently idx_things_n on public.things (n)")
    assert "[INVALID: it would be dropped and built anew]" in allowed.apply().text
    said = allowed.apply("--yes")
    assert said.code == 0, said.text
    assert (
        "public.idx_things_n was invalid, left by a build that failed: dropped, and built anew" in said.text
    )
    assert allowed.sql(
        "select indisvalid, indisunique from pg_index where indexrelid = 'public.idx_things_n'::regclass"
    ) == [(True, False)]
    assert "was invalid" in allowed.record["notes"][0]


def test_an_index_that_may_be_in_the_making_is_not_dropped(allowed):
    allowed.sql("create table public.things (n integer, kind text, more text)")
    allowed.sql("insert into public.things values (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        allowed.sql("create unique index concurrently idx_things_n on public.things (n)")
    with held(allowed, "lock table public.things in share update exclusive mode") as builder:
        allowed.small.write({"20260101000000_base.sql": "select 1;\n"})
        allowed.keep_run()
        said = allowed.apply("--yes", "--attempts", "2")
        pid = builder.info.backend_pid
    assert said.code == 1, said.text
    assert f"(pid {pid}): it may be in the making" in said.text
    assert allowed.sql("select to_regclass('public.idx_things_n')") == [("idx_things_n",)]


def test_an_index_of_that_name_on_another_table_is_told(allowed):
    allowed.sql("create table public.others (n integer); create index idx_things_n on public.others (n)")
    said = allowed.apply("--yes")
    assert said.code == 1, said.text
    assert "found no index idx_things_n on public.things after it was built, and one on others" in said.text


def test_a_second_operator_is_told_who_is_first(allowed):
    name = "rollgate apply: somebody"
    with psycopg.connect(allowed.conninfo, autocommit=True, application_name=name) as first:
        first.execute("select pg_advisory_lock(%s, %s)", LOCK)
        pid = first.info.backend_pid
        assert f"somebody applies a release to it right now: {name}, postgres" in allowed.apply().text
        said = allowed.apply("--yes")
    assert said.code == 1, said.text
    assert (
        f"somebody else applies a release to {allowed.identity.place}: {name}, postgres, since " in said.text
    )
    assert f"(pid {pid})" in said.text
    assert allowed.records() == []
    assert allowed.apply("--yes").code == 0, "the lock went with its session"


def test_a_lost_connection_is_made_again_and_the_file_started_from_its_beginning(allowed):
    """The file ends its own session the first time; it is re-runnable, so the second time it goes through."""
    allowed.sql("create table public.tried (n integer)")
    cut = (
        "insert into public.tried values (1);\ncommit;\nbegin;\n"
        "select pg_terminate_backend(pg_backend_pid()) where (select count(*) from public.tried) = 1;\n"
        "commit;\n"
    )
    allowed.small.write({"20260101000200_cut.sql": f"begin;\n{cut}"})
    allowed.keep_run()
    said = allowed.apply("--yes")
    assert said.code == 0, said.text
    assert "connection lost at 20260101000200_cut.sql:5: connecting again" in said.text
    assert allowed.sql("select count(*) from public.tried") == [(2,)]
    record = allowed.record
    assert [each["ending"] for each in record["files"]] == ["done"] * 4
    assert [each["number"] for each in record["files"][2]["statements"]] == [1, 2, 3, 4, 5, 6]


def test_a_connection_that_is_lost_each_time_is_given_up(allowed):
    allowed.small.write({"20260101000200_cut.sql": "select pg_terminate_backend(pg_backend_pid());\n"})
    allowed.keep_run()
    said = allowed.apply("--yes")
    assert said.code == 1, said.text
    assert "the connection was lost 3 times while 20260101000200_cut.sql was run" in said.text
    assert allowed.record["ending"] == "failed"


def test_what_a_file_sets_for_its_session_ends_with_it(allowed):
    allowed.small.write(
        {
            "20260101000000_base.sql": "set search_path = 'pg_catalog';\nset lock_timeout = '1ms';\n",
            "20260101000100_index.sql": "do $$ begin assert current_setting('lock_timeout') = '3s'; "
            "assert current_setting('statement_timeout') = '0'; "
            "assert current_schema() = 'public'; end $$;\n",
            "20260101000900_staging.sql": "select 1;\n",
        }
    )
    allowed.keep_run()
    said = allowed.apply("--yes")
    assert said.code == 0, said.text


def test_the_files_history_line_is_in_its_last_transaction(allowed):
    """A file whose last transaction fails has no line; the one before has."""
    allowed.sql(
        "create schema supabase_migrations; create table supabase_migrations.schema_migrations "
        "(version text primary key, statements text[], name text)"
    )
    allowed.small.write(
        {
            "20260101000200_broken.sql": "begin;\nset constraints all deferred;\n"
            "create table public.c (n integer unique deferrable initially deferred);\n"
            "insert into public.c values (1), (1);\ncommit;\n"
        }
    )
    allowed.keep_run()
    said = allowed.apply("--yes")
    assert said.code == 1, said.text
    assert "20260101000200_broken.sql:5: duplicate key value" in said.text
    rows = allowed.sql("select version from supabase_migrations.schema_migrations order by 1")
    assert [row[0] for row in rows] == ["20260101000000", "20260101000100"]


def test_a_statement_that_is_slow_to_get_its_lock_lets_writers_pass(allowed):
    """A concurrent build waits for old transactions, longer than any lock_timeout: it isn't cut off."""
    allowed.sql("create table public.things (n integer, kind text, more text)")
    writer = psycopg.connect(allowed.conninfo)
    writer.execute("insert into public.things values (7)")
    waiting = (
        "select count(*) from pg_stat_activity where application_name like 'rollgate apply%' "
        "and query like 'create index concurrently%' and wait_event_type = 'Lock' "
        "and clock_timestamp() - query_start > interval '3.5 s'"
    )
    seen: list[object] = []

    def let_go() -> None:
        eventually(lambda: allowed.sql(waiting) == [(1,)], "it never waited")
        seen.append(allowed.sql("insert into public.things values (8) returning n"))
        writer.commit()

    allowed.small.write({"20260101000000_base.sql": "select 1;\n"})
    allowed.keep_run()
    thread = threading.Thread(target=let_go)
    thread.start()
    try:
        said = allowed.apply("--yes")
    finally:
        thread.join()
        writer.close()
    assert said.code == 0, said.text
    assert seen == [[(8,)]]


def test_warnings_of_the_server_are_shown(allowed):
    allowed.small.write(
        {"20260101000000_base.sql": "do $$ begin raise warning 'look at this'; end $$;\n" + "select 1;"}
    )
    allowed.keep_run()
    said = allowed.apply("--yes")
    assert "warning: look at this" in said.text


def test_another_database_behind_the_same_dsn_is_not_written_to(allowed, monkeypatch):
    """A failover or a change of DNS between the look and the writing."""
    look = identity.read_identity
    monkeypatch.setattr(
        target,
        "read_identity",
        lambda connection: replace(look(connection), database_oid="1", started_at="1"),
    )
    said = allowed.apply("--yes")
    assert said.code == 1, said.text
    assert "is not the database that was looked at" in said.text
    assert allowed.sql("select to_regclass('public.things')") == [(None,)]


def test_an_application_is_signed_by_the_key_that_is_named(allowed, keys):  # noqa: F811
    said = allowed.apply("--yes", "--sign-key", str(keys[0]))
    assert said.code == 0
    envelopes = list(allowed.reports.glob("*-apply-staging/attestation.dsse.json"))
    assert len(envelopes) == 1
    assert allowed.apply("--yes", "--sign-key", str(keys[1])).code == 4, "the public one"
    assert len(allowed.records()) == 1, "nothing was begun"
