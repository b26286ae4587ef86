"""The soak's questions: SQL files beside this module, filled in with names and values, never with text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from psycopg import sql

from rollgate.target.query import Answer, Row

HERE = Path(__file__).parent


class Unanswered(Exception):
    """A question that the target did not answer; the message is the server's."""


@cache
def text_of(name: str) -> str:
    """Return the query in `name`.sql."""
    return (HERE / f"{name}.sql").read_text(encoding="utf-8").strip()


def fill(name: str, /, **parts: sql.Composable) -> str:
    """Return the query in `name`.sql with its parts in place."""
    return sql.SQL(text_of(name)).format(**parts).as_string(None)


def table_of(name: str) -> sql.Identifier:
    """Return `schema.table` as an identifier."""
    return sql.Identifier(*name.split("."))


def rows_of(answer: Answer) -> tuple[Row, ...]:
    """Return an answer's rows.

    Raises:
        Unanswered: it is an error.
    """
    if answer.error is not None:
        raise Unanswered(str(answer.error).strip().split("\n")[0])
    return answer.rows
