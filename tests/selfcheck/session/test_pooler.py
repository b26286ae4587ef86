"""Behind PgBouncer in transaction mode, where session settings and prepared statements don't hold."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from rollgate.target.session import LIMITS, read_only_session

SETTINGS = ("transaction_read_only", "default_transaction_read_only", "transaction_isolation", *LIMITS)
CURRENT = "select pg_backend_pid(), " + ", ".join(f"current_setting('{name}')" for name in SETTINGS)


@pytest.fixture
def pooled(prod, pooler) -> Iterator[str]:
    """The DSN through the pooler; what its pool holds of this database ends with the test."""
    yield prod.at(pooler)
    with psycopg.connect(
        prod.direct.replace(f"dbname={prod.name}", "dbname=postgres"), autocommit=True
    ) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (prod.name,)
        )


def test_a_write_is_refused_from_the_first_query_on(pooled):
    with read_only_session(pooled) as session, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        session.execute("update public.ai_provider_configs set weight = 1")


def test_the_transaction_cannot_be_made_writable(pooled):
    with read_only_session(pooled) as session, pytest.raises(psycopg.errors.ActiveSqlTransaction):
        session.execute("set transaction read write")


def test_two_reads_around_a_change_agree(prod, pooled):
    count = "select count(*) from public.ai_provider_configs"
    with read_only_session(pooled) as session:
        before = session.execute(count).fetchone()
        with psycopg.connect(prod.direct, autocommit=True) as other:
            other.execute("update public.ai_provider_configs set enabled = not enabled")
            other.execute("delete from public.ai_provider_configs")
            assert other.execute(count).fetchone() == (0,)
        assert session.execute(count).fetchone() == before != (0,)


def test_the_limits_hold(pooled):
    with read_only_session(pooled) as session:
        row = session.execute("select current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert row.fetchone() == ("30s", "2s")


def test_the_next_client_of_the_pool_finds_nothing_of_ours(pooled):
    with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as other:
        before = other.execute(CURRENT).fetchone()
    with read_only_session(pooled) as session:
        during = session.execute(CURRENT).fetchone()
    with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as other:
        after = other.execute(CURRENT).fetchone()
        other.execute("create table public.left_behind ()")
    assert before is not None
    assert during is not None
    assert before[0] == during[0], "the pool has one connection to hand round"
    assert before[1:] != during[1:]
    assert after == before, "and it was given back, not thrown away"


def test_a_whole_run_passes_every_gate(prod, pooled, verify):
    run = verify(pooled)
    assert not run.blocking, run.output
    assert "SQLSTATE 25006" in run.gate("session-refuses-writes")["evidence"][1]["rows"][0][0]


def test_no_statement_is_prepared_for_later(pooled, statements):
    with read_only_session(pooled) as session:
        for _ in range(12):
            session.execute("select %s::integer", (1,))
        left = session.execute("select count(*) from pg_prepared_statements").fetchone()
    assert left == (0,)
