"""Asking a target one question inside its read-only transaction, and saying what went wrong."""

from __future__ import annotations

import psycopg


def fetch_text(
    connection: psycopg.Connection, query: str
) -> tuple[tuple[str, ...], tuple[tuple[str | None, ...], ...]]:
    """Run `query` in a savepoint; return its columns and its rows as the text that psql would print.

    Savepoint and query go out together, in pipeline mode: one round trip, and the server refuses a
    text of several statements, so that none can end the transaction that keeps it from writing.
    """
    with connection.cursor() as cursor:
        try:
            with connection.pipeline():
                connection.execute("savepoint rollgate")
                cursor.execute(query.encode())
        except psycopg.Error:
            connection.execute("rollback to savepoint rollgate")
            raise
        result = cursor.pgresult
        if result is None or cursor.description is None:
            raise ValueError("the query returns no rows: a select is needed")
        columns = tuple(column.name for column in cursor.description)
        rows = []
        for row in range(result.ntuples):
            cells = [result.get_value(row, column) for column in range(result.nfields)]
            rows.append(tuple(None if cell is None else cell.decode("utf-8", "replace") for cell in cells))
        return columns, tuple(rows)


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
