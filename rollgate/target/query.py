"""Asking a target questions inside its read-only transaction, many in one round trip."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import pq
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq.abc import PGconn, PGresult

Row = tuple[str | None, ...]

_COPIES = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)
#: What would end the transaction or the conversation, at the start of a text. A nested comment can hide
#: it; then the server is the second line: a query is only run if the savepoint before it is still there.
_NO_QUESTION = re.compile(
    r"(?:\s|;|--[^\n]*|/\*.*?\*/)*+"
    r"(?:abort|begin|commit|copy|end|prepare|release|rollback|savepoint|start)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Answer:
    """What a target said to one query: columns and rows as the text that psql prints, or an error.

    `seconds` passed since the answer before it arrived (for the first: since all were sent), so a
    slow query is told from the others although nobody waited for it alone.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    error: psycopg.Error | ValueError | None = None
    seconds: float = 0.0


def ask_all(connection: psycopg.Connection, queries: Sequence[str]) -> list[Answer]:
    """Send all queries at once, each in a savepoint, and return their answers in the same order.

    One round trip in pipeline mode. Each query has a Sync of its own, so that an error stops only what
    belongs to it; and the extended protocol refuses a text of several statements, so that none can end
    the transaction that keeps it from writing. Should the connection break, the queries that were not
    answered have that as their error. The transaction must have been begun; its state is as before.
    """
    answers: list[Answer | None] = [
        Answer(error=ValueError("the query returns no rows: a select is needed"))
        if _NO_QUESTION.match(query)
        else None
        for query in queries
    ]
    asked = [number for number, answer in enumerate(answers) if answer is None]
    if asked:
        with connection.lock:
            said = _converse(connection, [queries[number] for number in asked])
        for number, answer in zip(asked, said, strict=True):
            answers[number] = answer
    return [answer for answer in answers if answer is not None]


def fetch_text(connection: psycopg.Connection, query: str) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Run `query` in a savepoint; return its columns and its rows as the text that psql would print.

    Raises:
        psycopg.Error: what the server says.
        ValueError: the query returns no rows.
    """
    (answer,) = ask_all(connection, [query])
    if answer.error is not None:
        raise answer.error
    return answer.columns, answer.rows


def describe(error: Exception) -> str:
    """Return what went wrong in one line: PostgreSQL's message, its SQLSTATE and its hint."""
    if not isinstance(error, psycopg.Error):
        return str(error)
    text = error.diag.message_primary or str(error).strip().split("\n")[0]
    if error.sqlstate:
        text += f" (SQLSTATE {error.sqlstate})"
    if error.diag.message_hint:
        text += f"; hint: {error.diag.message_hint}"
    return text


def _converse(connection: psycopg.Connection, queries: Sequence[str]) -> list[Answer]:
    if connection.closed:
        raise psycopg.OperationalError("the connection is closed")
    pgconn = connection.pgconn
    answers: list[Answer] = []
    pgconn.enter_pipeline_mode()
    try:
        connection.wait(_exchange(pgconn, queries, connection.info.encoding, answers))
    except psycopg.OperationalError as error:
        lost = psycopg.OperationalError(f"not answered, because the connection broke: {describe(error)}")
        answers += [Answer(error=lost)] * (len(queries) - len(answers))
    finally:
        try:
            if pgconn.status != pq.ConnStatus.BAD:
                pgconn.exit_pipeline_mode()
        except psycopg.OperationalError:  # answers are still under way, and nobody can tell whose
            connection.close()
    return answers


def _exchange(pgconn: PGconn, queries: Sequence[str], encoding: str, answers: list[Answer]) -> PQGen[None]:
    """Send everything while reading whatever comes, so that neither side waits for the other's buffer."""
    broke: psycopg.OperationalError | None = None
    try:
        for number, query in enumerate(queries):
            _enqueue(pgconn, "rollback to savepoint rollgate" if number else "savepoint rollgate")
            _enqueue(pgconn, query)
            pgconn.pipeline_sync()
        _enqueue(pgconn, "rollback to savepoint rollgate")
        _enqueue(pgconn, "release savepoint rollgate")
        pgconn.pipeline_sync()
        yield from send(pgconn)
    except psycopg.OperationalError as error:  # what came before it broke can still be read, most often
        broke = error
    since = time.perf_counter()
    for _ in queries:
        protected = yield from fetch_many(pgconn)
        result = yield from fetch_many(pgconn)
        if not protected or not result or result[-1].status in _COPIES:
            raise broke or psycopg.OperationalError("the server's answers don't fit the questions")
        arrived = time.perf_counter()
        answers.append(_answer(protected[-1], result[-1], encoding, arrived - since))
        since = arrived
        yield from fetch_many(pgconn)  # the Sync
    for _ in range(3):
        yield from fetch_many(pgconn)


def _enqueue(pgconn: PGconn, query: str) -> None:
    pgconn.send_query_params(query.encode(), None)


def _answer(protected: PGresult, result: PGresult, encoding: str, seconds: float) -> Answer:
    for each in (protected, result):
        if each.status == pq.ExecStatus.FATAL_ERROR:
            return Answer(error=error_from_result(each, encoding), seconds=seconds)
    if result.status != pq.ExecStatus.TUPLES_OK:
        return Answer(error=ValueError("the query returns no rows: a select is needed"), seconds=seconds)
    return Answer(
        tuple(_text(result.fname(column)) or "" for column in range(result.nfields)),
        tuple(
            tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
            for row in range(result.ntuples)
        ),
        seconds=seconds,
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
