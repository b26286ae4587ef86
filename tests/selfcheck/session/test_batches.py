"""Many questions in one round trip: each has its own answer, whatever becomes of the others."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import psycopg
import pytest

from rollgate.target.query import ask_all, describe
from rollgate.target.session import read_only_session
from tests.selfcheck.session.proxy import distant

#: Later than everything was sent, as when an operator or a failover does it.
KILL = "select pg_terminate_backend(pg_backend_pid()) from pg_sleep(0.3)"
ENDS = ["commit", "rollback", "commit and chain", "release savepoint rollgate", "prepare transaction 'p'"]


@pytest.fixture
def conninfo(databases) -> Iterator[str]:
    def build(connection: psycopg.Connection) -> None:
        connection.execute("create table public.t (n integer)")

    with databases.cloned(databases.template("batches", build)) as conninfo:
        yield conninfo


@pytest.fixture
def connection(conninfo: str) -> Iterator[psycopg.Connection]:
    with read_only_session(conninfo) as connection:
        yield connection


def test_answers_come_in_the_order_of_the_questions(connection):
    answers = ask_all(connection, [f"select {number}" for number in range(50)])
    assert [answer.rows for answer in answers] == [((str(number),),) for number in range(50)]


def test_no_question_is_no_conversation(connection):
    assert ask_all(connection, []) == []


def test_an_error_in_the_middle_spares_the_others(connection):
    before, broken, after = ask_all(connection, ["select 1", "select 1 / 0", "select 2"])
    assert (before.rows, after.rows) == ((("1",),), (("2",),))
    assert isinstance(broken.error, psycopg.errors.DivisionByZero)
    assert connection.execute("select 3").fetchone() == (3,)


def test_a_timeout_in_the_middle_spares_the_others(connection):
    connection.execute("select set_config('statement_timeout', '100', true)")
    before, late, after = ask_all(connection, ["select 1", "select pg_sleep(60)", "select 2"])
    assert (before.rows, after.rows) == ((("1",),), (("2",),))
    assert isinstance(late.error, psycopg.errors.QueryCanceled)
    assert late.seconds > max(before.seconds, after.seconds)


def test_a_killed_backend_answers_what_it_had_answered_and_no_more(connection):
    asked = ["select 1", KILL, "select 2", "select 3"]
    before, *rest = ask_all(connection, asked)
    assert before.rows == (("1",),)
    assert not any(answer.rows for answer in rest)
    said = [describe(answer.error) for answer in rest if answer.error]
    assert len(said) == 3
    assert "SQLSTATE 57P01" in said[0]
    assert "not answered, because the connection broke" in said[-1]
    assert connection.closed
    with pytest.raises(psycopg.OperationalError, match="closed"):
        ask_all(connection, ["select 4"])


def test_questions_and_answers_of_megabytes_block_nobody(connection):
    """More than both sides' buffers hold, both ways, so that one that only sends or only reads would hang."""
    padding = "-- " + "x" * 20_000
    asked = [f"select {number}, repeat('y', 50000) {padding}" for number in range(150)]
    answers = ask_all(connection, asked)
    assert [answer.rows[0][0] for answer in answers] == [str(number) for number in range(150)]
    assert sum(len(answer.rows[0][1] or "") for answer in answers) == 150 * 50_000


def test_one_answer_of_megabytes_spares_the_others(connection):
    before, large, after = ask_all(
        connection, ["select 1", "select repeat('y', 10000) from generate_series(1, 800)", "select 2"]
    )
    assert (before.rows, len(large.rows), after.rows) == ((("1",),), 800, (("2",),))


def test_what_a_question_sets_is_gone_before_the_next(connection):
    _, second = ask_all(
        connection,
        ["select set_config('search_path', 'nowhere', true)", "select current_setting('search_path')"],
    )
    assert second.rows != (("nowhere",),)


@pytest.mark.parametrize("text", ENDS)
@pytest.mark.parametrize("before", ["", "; ", "-- a remark\n", "/* a remark */ "])
def test_what_would_end_the_transaction_is_not_sent(connection, before, text):
    broken, after = ask_all(connection, [before + text, "select 1"])
    assert "a select is needed" in str(broken.error)
    assert after.rows == (("1",),)


def test_comments_and_words_within_are_no_reason_to_refuse(connection):
    (answer,) = ask_all(connection, ["/* a */ select case when true then 1 /* b */ end -- commit"])
    assert answer.rows == (("1",),)


@pytest.mark.parametrize("text", ENDS[:4])
def test_nothing_is_asked_once_the_transaction_has_ended(connection, text):
    """Hidden from the first line of defence: the savepoint is the second."""
    hidden = f"/* /* */ */ {text}"
    _, write, read = ask_all(connection, [hidden, "insert into public.t values (1)", "select 1"])
    assert write.error is not None
    assert not isinstance(write.error, psycopg.errors.ReadOnlySqlTransaction), "it got as far as the table"
    assert read.error is not None


@pytest.mark.parametrize("text", ["copy (select 1) to stdout", "/* /* */ */ copy (select 1) to stdout"])
def test_a_copy_hangs_nobody(connection, text):
    before, broken, _ = ask_all(connection, ["select 1", text, "select 2"])
    assert before.rows == (("1",),)
    assert broken.error is not None


@pytest.fixture
def ctrl_c():
    """Has SIGINT raise KeyboardInterrupt, and the run that this test is part of not hear of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_stops_the_target_too(connection, databases, conninfo, ctrl_c):
    pid = connection.info.backend_pid
    ctrl_c.start()
    with pytest.raises(KeyboardInterrupt):
        ask_all(connection, ["select 1", "select pg_sleep(60)", "select 2"])
    ctrl_c.join()
    with psycopg.connect(conninfo) as other:
        row = other.execute(
            "select count(*) from pg_stat_activity where pid = %s and state = 'active'", (pid,)
        ).fetchone()
    assert row == (0,)


def test_a_batch_is_one_round_trip(server, prod):
    with (
        distant(("127.0.0.1", server.port), round_trip_s=0.1) as traffic,
        read_only_session(prod.at(traffic.port)) as connection,
    ):
        before = traffic.round_trips
        asked = [f"select {number} -- {'x' * 2000}" for number in range(80)]
        assert all(answer.rows for answer in ask_all(connection, asked))
        assert traffic.round_trips - before == 1
