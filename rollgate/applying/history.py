"""Supabase's history of migrations: what it has of the files, and the line that is added for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from rollgate.applying.script import File
from rollgate.rehearsal.history import compare
from rollgate.rehearsal.seen import HISTORY, HISTORY_ROWS, Recorded
from rollgate.target.query import ask_all, describe

_ACCESS = Path(__file__).with_name("history_access.sql").read_text(encoding="utf-8")
_COLUMNS = {"version": "%(version)s", "name": "%(name)s", "statements": "%(statements)s::text[]"}


@dataclass(frozen=True)
class History:
    """The history as it is: none, one that this role may not read or write, or its lines by version."""

    columns: tuple[str, ...] = ()  # none: the database keeps no history
    readable: bool = False
    writable: bool = False
    lines: Mapping[str, Recorded] | None = None

    @property
    def kept(self) -> bool:
        """Whether the database keeps one."""
        return bool(self.columns)

    def says(self, file: File) -> str:
        """Return what the history has of a file, in words; empty where it keeps none."""
        if not self.kept or not file.version:
            return ""
        if self.lines is None:
            return "the history of migrations can't be read by this role"
        recorded = self.lines.get(file.version)
        if recorded is None:
            return "not in the history of migrations"
        (line,) = compare([file.path], [recorded], None)
        if line.problem:
            return f"in the history of migrations, and not as it should be: {line.problem}"
        return f"in the history of migrations, text {line.statements}"

    def has(self, file: File) -> bool:
        """Tell whether the file, with this very text and name, is recorded as applied."""
        recorded = (self.lines or {}).get(file.version) if file.version else None
        if recorded is None:
            return False
        (line,) = compare([file.path], [recorded], None)
        return not line.problem and line.statements == "the file's"

    def conflict(self, file: File) -> str:
        """Return what is recorded under the file's version and isn't this file; empty if nothing is."""
        recorded = (self.lines or {}).get(file.version) if file.version else None
        if recorded is None:
            return ""
        (line,) = compare([file.path], [recorded], None)
        return line.problem


def read_history(connection: psycopg.Connection[Any]) -> History:
    """Read it in a read-only session.

    Raises:
        psycopg.Error: the database doesn't answer.
    """
    access, rows = ask_all(connection, [_ACCESS, HISTORY_ROWS])
    if access.error is not None:
        raise access.error
    if not access.rows:
        return History()
    columns, readable, writable = access.rows[0]
    lines = None
    if readable == "t" and rows.error is None:
        found = (Recorded(*(cell or "" for cell in row)) for row in rows.rows)
        lines = {each.version: each for each in found}
    return History(tuple((columns or "").split(",")), lines is not None, writable == "t", lines)


def record(connection: psycopg.Connection[Any], history: History, file: File) -> str:
    """Add the file's line, where there is none of its version; return what became of it.

    In a transaction, a savepoint keeps the file's own work from a line that is refused.

    Raises:
        psycopg.Error: the connection is lost.
    """
    if not history.kept:
        return "the database keeps no history of migrations"
    if not file.version:
        return "its name has no version"
    if not history.writable:
        return "not recorded: this role may not write the history of migrations"
    names = [name for name in _COLUMNS if name in history.columns]
    unless = f" where not exists (select from {HISTORY} where version = %(version)s)"
    query = (
        f"insert into {HISTORY} ({', '.join(names)}) select {', '.join(_COLUMNS[name] for name in names)}"
        f"{unless if history.readable else ''} on conflict do nothing"
    )
    values = {"version": file.version, "name": file.name, "statements": list(file.statements)}
    try:
        with connection.transaction():
            added = connection.execute(query.encode(), values).rowcount == 1
    except psycopg.Error as error:
        if connection.closed:
            raise
        return f"not recorded: {describe(error)}"
    if added:
        return f"recorded as version {file.version}"
    return history.conflict(file) or f"version {file.version} was recorded already"
