"""A rollback file looked at before it is run: it must be one change, whole or not at all, in any client.

What an operator pastes is run by clients that differ. The Supabase SQL Editor sends the text in one go, and
the server makes one transaction of it. psql sends statement by statement, each a transaction of its own, and
goes on after an error. So a file is either one statement that writes, with reads beside it, or one
`begin` ... `commit` around all that write. Anything else could stop half-way, and is refused before a byte
reaches a server; so is what no rollback needs (`script_rules`).

`statements_without_transaction_control` is for a rehearsal in a transaction that is rolled back.
A file that passes here can still fail or do too much: that is for the gates to find.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

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
    return _checked(path, read_plain(path))


@lru_cache(maxsize=64)  # a run asks for the same few files again and again
def _checked(path: Path, text: str) -> Script:
    found = []
    try:
        for statement in split(text):
            if statement.tokens:
                check_statement(statement)
                found.append(statement)
        check_transaction(found)
    except Unreadable as error:
        needed, fix = "SQL that every client sends as it stands", "write it as plain SQL"
        raise mistake(path, text, error.offset, error.found, needed, fix) from None
    except Refused as error:
        raise mistake(path, text, error.offset, error.found, error.needed, error.fix) from None
    return Script(path, tuple(found))


def statements_without_transaction_control(path: Path) -> tuple[Statement, ...]:
    """Return the statements of a file for a transaction that is open already: no begin, no commit.

    Raises:
        UsageError: as `read_script`.
    """
    return tuple(each for each in read_script(path).statements if each.first not in BEGIN | COMMIT)


def read_plain(path: Path) -> str:
    """Return the text of a file that every client sends unchanged."""
    content = path.read_bytes()
    text = content.decode("utf-8", "replace")
    for character, found in (
        ("\ufeff", "a byte order mark"),
        ("\0", "a NUL byte"),
        ("\ufffd", "bytes that aren't UTF-8"),
    ):
        if character in text:
            raise mistake(path, text, text.index(character), found, "plain UTF-8", "save the file as that")
    return text


def mistake(path: Path, text: str, offset: int, found: str, needed: str, fix: str) -> UsageError:
    """Return the error that names the line of `offset`."""
    line = text.count("\n", 0, offset) + 1
    return UsageError(f"{path}:{line}", found=found, needed=needed, fix=fix)
