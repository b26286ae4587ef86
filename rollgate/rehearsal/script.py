"""A rollback file looked at before it is run: it must be one change, whole or not at all, in any client.

What an operator pastes is run by clients that differ. The Supabase SQL Editor sends the text in one go, and
the server makes one transaction of it. psql sends statement by statement, each a transaction of its own, and
goes on after an error. So a file is either one statement that writes, with reads beside it, or one
`begin` ... `commit` around all that write. Anything else could stop half-way, and is refused before a byte
reaches a server; so is what no rollback needs (`script_rules`).

`statements_without_transaction_control` and `run_inside` are for a rehearsal in a transaction that is
rolled back. A file that passes here can still fail or do too much: that is for the gates to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.pq import TransactionStatus

from rollgate.errors import UsageError
from rollgate.rehearsal.lexer import Statement, Unreadable, split
from rollgate.rehearsal.script_rules import BEGIN, COMMIT, Refused, check_statement, check_transaction


@dataclass(frozen=True)
class Script:
    """A rollback file that may be run: its statements, as they are written, in order."""

    path: Path
    statements: tuple[Statement, ...]


def read_script(path: Path) -> Script:
    """Read and check the rollback file at `path`.

    Raises:
        UsageError: it could stop half-way, or holds what a rollback must not. It names `path:line`.
    """
    text = _read(path)
    found = []
    try:
        for statement in split(text):
            if statement.tokens:
                check_statement(statement)
                found.append(statement)
        check_transaction(found)
    except Unreadable as error:
        needed, fix = "SQL that every client sends as it stands", "write it as plain SQL"
        raise _mistake(path, text, error.offset, error.found, needed, fix) from None
    except Refused as error:
        raise _mistake(path, text, error.offset, error.found, error.needed, error.fix) from None
    return Script(path, tuple(found))


def statements_without_transaction_control(path: Path) -> tuple[Statement, ...]:
    """Return the statements of a file for a transaction that is open already: no begin, no commit.

    Raises:
        UsageError: as `read_script`.
    """
    return tuple(each for each in read_script(path).statements if each.first not in BEGIN | COMMIT)


def run_inside(connection: psycopg.Connection, statements: Sequence[Statement]) -> list[tuple[object, ...]]:
    """Run statements in the transaction that is open on `connection`; return the rows of the last.

    Each goes by itself through the extended protocol, in which the server takes one command and no more: a
    text that was misread here brings no second command along. In a transaction block the server refuses
    a `commit` within a `do` (SQLSTATE 2D000), and what can't run in one (25001).

    Raises:
        ValueError: no transaction is open.
        psycopg.Error: a statement failed; the transaction is the caller's to roll back.
    """
    if connection.info.transaction_status is not TransactionStatus.INTRANS:
        raise ValueError("no transaction is open: nothing that ran here could be rolled back")
    rows: list[tuple[object, ...]] = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.text.encode(), binary=True)  # that is the extended protocol
            rows = cursor.fetchall() if cursor.description else []
    return rows


def _read(path: Path) -> str:
    """Return the text of a file that every client sends unchanged."""
    content = path.read_bytes()
    text = content.decode("utf-8", "replace")
    for character, found in (
        ("\ufeff", "a byte order mark"),
        ("\0", "a NUL byte"),
        ("\ufffd", "bytes that aren't UTF-8"),
    ):
        if character in text:
            raise _mistake(path, text, text.index(character), found, "plain UTF-8", "save the file as that")
    return text


def _mistake(path: Path, text: str, offset: int, found: str, needed: str, fix: str) -> UsageError:
    line = text.count("\n", 0, offset) + 1
    return UsageError(f"{path}:{line}", found=found, needed=needed, fix=fix)
