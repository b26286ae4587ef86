"""Which relations a database has, which it doesn't, and of which it doesn't show every row."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from psycopg import sql

from rollgate.target.query import Answer

_HIDDEN = Path(__file__).with_name("hidden_rows.sql").read_text(encoding="utf-8")


def absent(names: Iterable[str]) -> str:
    """Return the query for those relations that a database doesn't have."""
    written = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(names))
    return f"select name from unnest(array[{written}]::text[]) name where to_regclass(name) is null"  # noqa: S608


def absentees(answer: Answer) -> set[str]:
    """Return the relations that the answer to `absent` names.

    Raises:
        psycopg.Error: it could not be answered.
    """
    if answer.error is not None:
        raise answer.error
    return {row[0] or "" for row in answer.rows}


def hides_rows(table: str) -> str:
    """Return the query for whether row level security hides rows of `schema.table` from who asks."""
    return sql.SQL(_HIDDEN).format(name=sql.Literal(table)).as_string(None)
