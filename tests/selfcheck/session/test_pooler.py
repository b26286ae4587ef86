"""Behind PgBouncer in transaction mode, where session settings and prepared statements don't hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from rollgate.target.session import LIMITS, read_only_session
from tests.selfcheck.session.conftest import ROOM_FOR_A_RUN
from tests.selfcheck.session.test_nothing_is_written import ROUTING

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


def test_a_whole_run_is_go_there(staging, roomy_pooler, statements, verify):
    """The clone's reading, the witness and the rehearsal in place too: each is whole transactions."""
    dsn = staging.at(roomy_pooler)
    rows = staging.sql(ROUTING)
    with spread(dsn) as before:
        pass
    run = verify(dsn, "--stage=verify", files=(), env="staging")
    assert run.exit_code == 0, run.output
    assert run.record["verdict"] == "GO"
    (target,) = run.record["targets"]
    assert target["reached"] == "pooler"
    for name in ("release-applies-to-a-clone-of-the-target", "rollback-rehearsed-in-place"):
        assert run.gate(name)["outcome"] == "PASS"
    assert staging.sql(ROUTING) == rows
    with spread(dsn) as after:
        assert after == before, "every connection of the pool was given back, with nothing of ours"
    ours = [each.text.lower() for each in statements() if each.application.startswith("rollgate")]
    # What PgBouncer itself sets is what each client has asked for when it connected.
    lasting = [text for text in ours if text.startswith(("set ", "listen", "prepare", "declare"))]
    assert [text for text in lasting if "application_name" not in text] == []


@contextmanager
def spread(dsn: str) -> Iterator[set[tuple]]:
    """Hold all connections of the pool at once, and return what each is set to."""
    with ExitStack() as stack:
        held = [
            stack.enter_context(psycopg.connect(dsn, prepare_threshold=None)) for _ in range(ROOM_FOR_A_RUN)
        ]
        found = {tuple(each.execute(CURRENT).fetchone() or ()) for each in held}
        assert len(found) == ROOM_FOR_A_RUN
        yield found


def test_no_statement_is_prepared_for_later(pooled, statements):
    with read_only_session(pooled) as session:
        for _ in range(12):
            session.execute("select %s::integer", (1,))
        left = session.execute("select count(*) from pg_prepared_statements").fetchone()
    assert left == (0,)
