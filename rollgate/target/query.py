"""Asking a target questions inside its read-only transaction, many in one round trip."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
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


def ask_all(
    connection: psycopg.Connection,
    queries: Sequence[str],
    *,
    first: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    last: Sequence[str] = (),
) -> list[Answer]:
    """Send all queries at once, each in a savepoint, and return their answers in the same order.

    One round trip in pipeline mode. Each query has a Sync of its own, so that an error stops only what
    belongs to it; and the extended protocol refuses a text of several statements, so that none can end
    the transaction that keeps it from writing. Should the connection break, the queries that were not
    answered have that as their error. The transaction must have been begun; its state is as before.

    In the same round trip go the commands `first`, none of which a failed one lets through, nor a query;
    the `settings`, which hold for the queries alone; and the commands `last`, whatever came before.

    Raises:
        psycopg.Error: one of `first` or `last` failed, or the connection is closed.
    """
    answers: list[Answer | None] = [
        Answer(error=ValueError("the query returns no rows: a select is needed"))
        if _NO_QUESTION.match(query)
        else None
        for query in queries
    ]
    asked = [number for number, answer in enumerate(answers) if answer is None]
    if asked or first or last:
        groups = _Groups([queries[number] for number in asked], first, settings or {}, last)
        with connection.lock:
            said = _converse(connection, groups)
        for number, answer in zip(asked, said, strict=True):
            answers[number] = answer
    return [answer for answer in answers if answer is not None]


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


@dataclass(frozen=True)
class _Groups:
    """What is sent at once: groups of commands, each of which the server skips from its first error on."""

    queries: Sequence[str]
    first: Sequence[str]
    settings: Mapping[str, str]
    last: Sequence[str]

    def before(self) -> list[list[str]]:
        """Return the groups before the queries."""
        if not self.settings:
            return [[*self.first]] if self.first else []
        pairs = ", ".join(
            f"set_config({_literal(name)}, {_literal(value)}, true)" for name, value in self.settings.items()
        )
        return [[*self.first, "savepoint rollgate_settings", f"select {pairs}"]]

    def of_queries(self) -> Iterator[list[str]]:
        """Yield a group for each query."""
        for number, query in enumerate(self.queries):
            yield ["rollback to savepoint rollgate" if number else "savepoint rollgate", query]

    def after(self) -> list[list[str]]:
        """Return the groups after the queries."""
        names = ["rollgate"] if self.queries else []
        names += ["rollgate_settings"] if self.settings else []
        back = [word + name for name in names for word in ("rollback to savepoint ", "release savepoint ")]
        return [group for group in (back, [*self.last]) if group]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _converse(connection: psycopg.Connection, groups: _Groups) -> list[Answer]:
    if connection.closed:
        raise psycopg.OperationalError("the connection is closed")
    pgconn = connection.pgconn
    answers: list[Answer] = []
    refused: list[psycopg.Error] = []
    pgconn.enter_pipeline_mode()
    try:
        connection.wait(_exchange(pgconn, groups, connection.info.encoding, answers, refused))
    except psycopg.OperationalError as error:
        lost = psycopg.OperationalError(f"not answered, because the connection broke: {describe(error)}")
        if (groups.first and not answers) or groups.last:
            refused.append(lost)
        answers += [Answer(error=lost)] * (len(groups.queries) - len(answers))
    finally:
        try:
            if pgconn.status != pq.ConnStatus.BAD:
                pgconn.exit_pipeline_mode()
        except psycopg.OperationalError:  # answers are still under way, and nobody can tell whose
            connection.close()
    if refused:
        raise refused[0]
    return answers


def _exchange(
    pgconn: PGconn, groups: _Groups, encoding: str, answers: list[Answer], refused: list[psycopg.Error]
) -> PQGen[None]:
    """Send everything while reading whatever comes, so that neither side waits for the other's buffer."""
    before, asked, after = groups.before(), list(groups.of_queries()), groups.after()
    broke: psycopg.OperationalError | None = None
    try:
        for group in (*before, *asked, *after):
            for command in group:
                _enqueue(pgconn, command)
            pgconn.pipeline_sync()
        yield from send(pgconn)
    except psycopg.OperationalError as error:  # what came before it broke can still be read, most often
        broke = error
    for group in before:
        yield from _obey(pgconn, group, encoding, refused, broke)
    since = time.perf_counter()
    for _ in asked:
        protected = yield from fetch_many(pgconn)
        result = yield from fetch_many(pgconn)
        if not protected or not result or result[-1].status in _COPIES:
            raise broke or psycopg.OperationalError("the server's answers don't fit the questions")
        arrived = time.perf_counter()
        answers.append(_answer(protected[-1], result[-1], encoding, arrived - since))
        since = arrived
        yield from fetch_many(pgconn)  # the Sync
    for group in after:
        matters = group == [*groups.last]
        yield from _obey(pgconn, group, encoding, refused if matters else [], broke)


def _obey(
    pgconn: PGconn,
    group: Sequence[str],
    encoding: str,
    refused: list[psycopg.Error],
    broke: psycopg.OperationalError | None,
) -> PQGen[None]:
    """Read what became of commands; keep the first error."""
    for _ in group:
        result = yield from fetch_many(pgconn)
        if not result or result[-1].status in _COPIES:
            raise broke or psycopg.OperationalError("the server's answers don't fit the commands")
        if result[-1].status == pq.ExecStatus.FATAL_ERROR:
            refused.append(error_from_result(result[-1], encoding))
    yield from fetch_many(pgconn)  # the Sync


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
