"""Which relations a database has, and which it doesn't."""

from __future__ import annotations

from collections.abc import Iterable

from rollgate.target.query import Answer


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
