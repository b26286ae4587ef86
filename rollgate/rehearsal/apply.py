"""Running a SQL file as the Supabase SQL Editor does: the whole text at once, in one go."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import psycopg


@dataclass(frozen=True)
class Applied:
    """A file that ran without errors. `rows` are what its last statement showed, as text."""

    path: Path
    seconds: float
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


class ApplyError(Exception):
    """A file that PostgreSQL refused; `place` is `file:line` as far as it is known."""

    def __init__(self, path: Path, place: str, error: psycopg.Error) -> None:
        self.path = path
        self.place = place
        self.error = error
        self.sqlstate = error.sqlstate or ""
        self.message = error.diag.message_primary or str(error).strip().split("\n")[0]
        hint = f"; hint: {error.diag.message_hint}" if error.diag.message_hint else ""
        super().__init__(f"{place}: {self.message} (SQLSTATE {self.sqlstate or 'none'}){hint}")


def apply_file(connection: psycopg.Connection, path: Path) -> Applied:
    """Run the file at `path` on an autocommit connection, as one simple query.

    The text runs as one implicit transaction, apart from what its own `begin` and `commit` say; a text of one
    statement runs in none. So `create index concurrently`, and a block that commits, are files of their own.

    Raises:
        ApplyError: PostgreSQL refused a statement. An open transaction is rolled back.
    """
    text = path.read_bytes()
    started = time.perf_counter()
    with connection.cursor() as cursor:
        try:
            cursor.execute(text)
            seconds = time.perf_counter() - started
            while cursor.nextset():
                pass
            result = cursor.pgresult
            columns = tuple(column.name for column in cursor.description or ())
        except psycopg.Error as error:
            if not connection.closed:
                connection.execute("rollback")
            raise ApplyError(path, _place(path, text, error), error) from None
    rows = []
    for row in range(result.ntuples if result and columns else 0):
        cells = [result.get_value(row, column) for column in range(len(columns))]  # type: ignore[union-attr]
        rows.append(tuple(None if cell is None else cell.decode("utf-8", "replace") for cell in cells))
    return Applied(path, seconds, columns, tuple(rows))


def _place(path: Path, text: bytes, error: psycopg.Error) -> str:
    """Return `file:line`, from the position that PostgreSQL gives (characters, from 1)."""
    position = error.diag.statement_position
    if position is None:
        context = (error.diag.context or "").split("\n")[0]
        return f"{path.name} (in {context})" if context else path.name
    line = text.decode("utf-8", "replace")[: int(position) - 1].count("\n") + 1
    return f"{path.name}:{line}"
