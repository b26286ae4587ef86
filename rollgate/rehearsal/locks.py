"""Running a SQL file statement by statement, and seeing which tables each transaction of it holds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from rollgate.rehearsal.apply import Applied, ApplyError
from rollgate.rehearsal.lexer import Statement, Unreadable, split

_HELD = Path(__file__).with_name("locks.sql").read_bytes()
_FILES = b"""
select c.oid::bigint, pg_catalog.pg_relation_filenode(c.oid)::bigint
from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'm') and c.oid >= 16384
"""
_COMMITS = "2D000"  # invalid_transaction_termination: a block that commits was put into a transaction
_SCANS = "select oid, pg_catalog.pg_stat_get_xact_numscans(oid::oid) from unnest(%s::bigint[]) oid"

#: From the weakest to the strongest (documentation, section 13.3), with who has to wait for it.
MODES = {
    "AccessShareLock": "",
    "RowShareLock": "",
    "RowExclusiveLock": "",
    "ShareUpdateExclusiveLock": "other changes of the table",
    "ShareLock": "writers",
    "ShareRowExclusiveLock": "writers",
    "ExclusiveLock": "writers",
    "AccessExclusiveLock": "writers and readers",
}
_RANK = {mode: rank for rank, mode in enumerate(MODES)}


@dataclass(frozen=True)
class Held:
    """A table that was there before the file, as one transaction of the file held it.

    `line` is the statement's that took the strongest lock; `seconds` are the transaction's, on the clone.
    `patience` is its lock_timeout after that: as long as it waits for the lock, others may queue behind it.
    """

    path: Path
    line: int
    table: str
    mode: str
    reads_all: bool
    rewrites: bool
    seconds: float
    patience: str = "0"

    @property
    def gives_up(self) -> bool:
        """Whether it would not have waited for its lock for ever."""
        return self.patience != "0"

    @property
    def lock(self) -> str:
        """The lock as SQL and the documentation write it."""
        words = self.mode.removesuffix("Lock")
        return "".join(f" {letter}" if letter.isupper() else letter for letter in words).strip().upper()

    @property
    def stops(self) -> str:
        """Who waits while it is held."""
        return MODES[self.mode]


class _Watch:
    """What one transaction has held so far."""

    def __init__(self, path: Path, files: dict[int, int], connection: psycopg.Connection) -> None:
        self._path = path
        self._files = files  # of the tables that were there before
        self._started = time.perf_counter()
        # A session's counts go on from one transaction to the next, until it is idle for a while.
        self._scans: dict[int, int] = dict(connection.execute(_SCANS, (list(files),)).fetchall())
        self._seen: dict[int, tuple[str, str, int, str, int, int]] = {}

    def look(self, connection: psycopg.Connection, line: int) -> None:
        for oid, name, modes, scans, filenode, patience in connection.execute(_HELD):
            if oid not in self._files:
                continue
            mode = max(modes, key=_RANK.__getitem__)
            before = self._seen.get(oid)
            if before and _RANK[before[1]] >= _RANK[mode]:
                self._seen[oid] = (*before[:4], scans, filenode)
            else:
                self._seen[oid] = (name, mode, line, patience, scans, filenode)

    def close(self) -> list[Held]:
        seconds = time.perf_counter() - self._started
        held = [
            Held(
                self._path,
                line,
                name,
                mode,
                scans > self._scans.get(oid, 0),
                filenode != self._files[oid],
                seconds,
                patience,
            )
            for oid, (name, mode, line, patience, scans, filenode) in self._seen.items()
        ]
        self._files |= {oid: filenode for oid, (*_, filenode) in self._seen.items()}
        return sorted(held, key=lambda each: (each.line, each.table))


def apply_traced(connection: psycopg.Connection, path: Path, held: list[Held]) -> Applied:
    """Run the file at `path` as `apply_file` does, one statement at a time, on an autocommit connection.

    What stands outside `begin` and `commit` is put into a transaction, as it is when the whole text is
    sent at once. A statement that can't be in one runs alone, unseen; so does a block that commits, where
    it is all that the file has. `held` gets what each transaction held, also when a later one is refused.

    Raises:
        ApplyError: PostgreSQL refused a statement, or the text can't be taken apart. An open transaction
            is rolled back.
    """
    started = time.perf_counter()
    files = {int(oid): int(filenode or 0) for oid, filenode in connection.execute(_FILES)}
    watch: _Watch | None = None
    explicit = False
    cursor = connection.cursor()
    try:
        statements = list(split(path.read_text(encoding="utf-8")))
        lonely = sum(bool(each.tokens) for each in statements) == 1
        for statement in statements:
            match _part(statement):
                case "begin":
                    explicit = True
                    if watch is None:
                        _run(cursor, statement, path)
                        watch = _Watch(path, files, connection)
                case "end":
                    explicit = False
                    if watch is not None:
                        _run(cursor, statement, path)
                        held += watch.close()
                        watch = None
                case "alone" if watch is None:
                    _run(cursor, statement, path)
                case "alone" | "plain":
                    if watch is None:
                        connection.execute("begin")
                        watch = _Watch(path, files, connection)
                    try:
                        _run(cursor, statement, path)
                    except ApplyError as error:
                        if not lonely or error.sqlstate != _COMMITS:
                            raise
                        watch = None
                        _run(cursor, statement, path)
                    else:
                        watch.look(connection, statement.line)
        if watch is not None and not explicit:
            connection.execute("commit")
            held += watch.close()
        elif watch is not None:
            connection.execute("rollback")  # as the end of the session would
    except Unreadable as error:
        connection.execute("rollback")
        raise ApplyError(path, path.name, psycopg.ProgrammingError(error.found)) from None
    seconds = time.perf_counter() - started
    columns = tuple(column.name for column in cursor.description or ())
    rows = _shown(cursor) if columns else ()
    return Applied(path, seconds, columns, rows)


def _part(statement: Statement) -> str:
    """Return what the statement is to the transactions of its file."""
    words = statement.words
    match words[:2]:
        case ():
            return "nothing" if not statement.tokens else "plain"
        case ("begin", *_) | ("start", "transaction"):
            return "begin"
        case ("commit" | "end" | "abort", *_):
            return "end"
        case ("rollback", *rest):
            return "plain" if rest == ["to"] else "end"
        case ("vacuum" | "cluster", *_) | ("alter", "system") | ("create" | "drop", "database"):
            return "alone"
    if "concurrently" in words and words[0] in ("create", "drop", "reindex", "refresh"):
        return "plain" if words[0] == "refresh" else "alone"
    return "plain"


def _run(cursor: psycopg.Cursor[object], statement: Statement, path: Path) -> None:
    """Run one statement; its rows stay with the cursor."""
    try:
        cursor.execute(statement.text.encode())
    except psycopg.Error as error:
        if not cursor.connection.closed:
            cursor.connection.execute("rollback")
        line = statement.line
        if error.diag.statement_position:
            before = statement.text[: int(error.diag.statement_position) - 1]
            above = statement.text[: statement.text.index(statement.tokens[0].text)]
            line += before.count("\n") - above.count("\n")
        raise ApplyError(path, f"{path.name}:{line}", error) from None


def _shown(cursor: psycopg.Cursor[object]) -> tuple[tuple[str | None, ...], ...]:
    result = cursor.pgresult
    if result is None:
        return ()
    cells = [
        [result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples)
    ]
    return tuple(
        tuple(None if cell is None else cell.decode("utf-8", "replace") for cell in row) for row in cells
    )
