"""What a rollback file may hold: which statements, and how they stand together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rollgate.rehearsal.lexer import Statement, Token, Unreadable, tokens

BEGIN = frozenset({"begin", "start"})
COMMIT = frozenset({"commit", "end"})
_UNDO = frozenset({"rollback", "abort"})
_SAVEPOINT = frozenset({"savepoint", "release"})
_READ = frozenset({"select", "values", "table", "show", "with", "set", "reset"})
#: `lock` too: it holds for the one transaction that the change is in.
_WRITE = frozenset({"insert", "update", "delete", "merge", "do", "lock"})
_ALONE = frozenset({"vacuum", "reindex", "cluster", "checkpoint"})
_DDL = frozenset(
    [
        "create",
        "alter",
        "drop",
        "truncate",
        "comment",
        "grant",
        "revoke",
        "reassign",
        "security",
        "refresh",
        "import",
        "analyze",
    ]
)
#: After these a statement of PL/pgSQL begins, as after a semicolon or a label.
_OPENS = frozenset({"begin", "then", "else", "loop"})

ONE_CHANGE = "one statement that writes, or `begin;` ... `commit;` around all that do"


class Refused(Exception):
    """What must not be in the file; `offset` is its place in the text."""

    def __init__(self, place: Token, found: str, needed: str, fix: str) -> None:
        self.offset = place.offset
        self.found = found
        self.needed = needed
        self.fix = fix
        super().__init__(found)


def check_statement(statement: Statement) -> None:
    """Refuse a statement that has no place in a rollback file, whatever is around it."""
    start = statement.tokens[0]
    _check_kind(start, statement.words)
    if start.word in ("select", "with") and _makes_table(statement.tokens):
        raise _ddl(start, "select ... into")
    if start.word == "do":
        _check_do(statement.tokens)
    elif start.word not in _READ | _WRITE | BEGIN | COMMIT | _SAVEPOINT | _UNDO:
        raise Refused(
            start,
            f"`{start.text[:20]}`, which no rollback needs",
            "select, insert, update, delete, merge, do, lock or set",
            "remove it",
        )
    _check_control(start, statement.words)
    _check_portable(statement.tokens)


def check_transaction(statements: Sequence[Statement]) -> None:
    """Refuse a file that a client could run by half."""
    if not statements:
        raise Refused(Token("", "", 0), "no statement", ONE_CHANGE, "write the rollback")
    begins = [number for number, each in enumerate(statements) if each.first in BEGIN]
    commits = [number for number, each in enumerate(statements) if each.first in COMMIT]
    change = [number for number, each in enumerate(statements) if _writes(each)]
    inside = [number for number, each in enumerate(statements) if each.first in _SAVEPOINT | _UNDO]
    if not begins and not commits:
        for number in inside:
            raise Refused(statements[number].tokens[0], "a savepoint outside a transaction", ONE_CHANGE,
                          "put `begin;` and `commit;` around")  # fmt: skip
        for number in change[1:]:
            raise Refused(
                statements[number].tokens[0],
                "a second statement that writes: a client that sends them one by one can stop between them",
                ONE_CHANGE,
                "put `begin;` and `commit;` around, or write one `do` block",
            )
        return
    if len(begins) != 1 or len(commits) != 1 or begins > commits:
        last = statements[max(begins + commits)].tokens[0]
        pair = len(begins) == len(commits) == 1
        found = "commit before begin" if pair else f"{len(begins)} begin and {len(commits)} commit"
        raise Refused(last, found, ONE_CHANGE, "write one of each, in that order")
    for number in (*change, *inside):
        if not begins[0] < number < commits[0]:
            raise Refused(
                statements[number].tokens[0],
                "a statement that writes, outside the transaction of the file",
                ONE_CHANGE,
                "move it between `begin;` and `commit;`",
            )


def _writes(statement: Statement) -> bool:
    return statement.first in _WRITE or (statement.first == "with" and not _WRITE.isdisjoint(statement.words))


def _check_kind(start: Token, words: Sequence[str]) -> None:
    """Refuse what a file that is one transaction can't hold, and what changes the schema."""
    if start.word in _ALONE or "concurrently" in words:
        found = f"`{' '.join(words[:2])}`, which can't run in a transaction"
        raise Refused(start, found, ONE_CHANGE, "remove it")
    if start.word in _DDL:
        raise _ddl(start, " ".join(words[:2]))
    if start.word == "copy":
        raise Refused(start, "`copy`: its data reach a server through psql alone",
                      "SQL that every client sends as it stands", "write an insert")  # fmt: skip
    if start.word == "call":
        raise Refused(start, "`call`: a procedure may commit on its own", ONE_CHANGE,
                      "make it a function and select it, or write a `do` block")  # fmt: skip


def _check_control(start: Token, words: Sequence[str]) -> None:
    """Refuse transaction control that gives the change away, or leaves it open."""
    if start.word in _UNDO and "to" not in words:
        raise Refused(start, f"`{start.text}`, which undoes the file", "a change that stays", "remove it")
    if start.word in _UNDO | COMMIT and not {"prepared", "chain"}.isdisjoint(words) and "no" not in words:
        found = f"`{' '.join(words)}`"
        raise Refused(start, found, "a plain `commit`, that ends the file's transaction", "write `commit;`")
    if start.word == "set" and words[1:2] in (("transaction",), ("session",)):
        raise Refused(start, f"`{' '.join(words[:2])}`", "settings for this change alone",
                      "write `set local`, or put the modes after `begin`")  # fmt: skip


def _check_do(found: Sequence[Token]) -> None:
    """Refuse a `do` block that commits: sent by itself, as psql does, it may. DDL too."""
    named = [after for word, after in pairwise(found) if word.word == "language"]
    bodies = [token for token in found if token.kind in ("dollar", "string", "escape") and token not in named]
    if len(bodies) != 1 or bodies[0].text[0] not in "$'":
        raise Refused(found[0], "a `do` without one body in dollar quotes", "do $$ ... $$", "write it so")
    for token in named:
        if token.text.strip("\"'").lower() != "plpgsql":
            raise Refused(token, f"a `do` in {token.text}", "PL/pgSQL, which can be read", "write it in that")
    body = bodies[0]
    mark = body.text[: body.text.index("$", 1) + 1] if body.text[0] == "$" else "'"
    text = body.text[len(mark) : -len(mark)]
    start = body.offset + len(mark)
    declaring, last = False, ""
    inner = _inner(text if mark != "'" else text.replace("''", "'"), start)
    for number, token in enumerate(inner):
        opens = last in ("", ";", ">>") or last in _OPENS
        declaring = (declaring or (opens and token.word == "declare")) and token.word != "begin"
        if opens and not declaring:
            words = [each.word for each in inner[number : number + 2]]
            if token.word in COMMIT - {"end"} | _UNDO:
                raise Refused(token, f"`{token.text}` within a `do` block", ONE_CHANGE, "remove it")
            _check_kind(token, words)
            if token.word == "do":
                raise Refused(token, "a `do` within a `do` block", "one block", "write it as one")
        last = last + token.text if last == token.text == ">" else token.word or token.text


def _inner(text: str, start: int) -> list[Token]:
    """Return the tokens of a body that begins at `start` of the file."""
    try:
        return [Token(each.kind, each.text, each.offset + start) for each in tokens(text) if each.counts]
    except Unreadable as error:
        raise Unreadable(error.offset + start, error.found) from None


def _check_portable(found: Sequence[Token]) -> None:
    """Refuse what one client, or one setting of the server, reads otherwise than another."""
    depth = 0
    last = before = Token("", "", -1)
    for token in found:
        depth += (token.text == "[") - (token.text == "]")
        if token.kind == "string" and "\\" in token.text:
            raise Refused(
                token,
                f"a backslash in {token.text[:20]}",
                "text that reads the same with standard_conforming_strings on and off",
                "write E'...' with the backslash doubled",
            )
        touches = last.text == ":" and last.offset + 1 == token.offset
        cast = before.text == ":" and before.offset + 1 == last.offset
        if touches and not cast and not depth and token.kind in ("word", "string", "name"):
            raise Refused(last, f"a variable of psql, `:{token.text}`", "SQL that every client sends as it "
                          "stands", "write the value")  # fmt: skip
        before, last = last, token


def _makes_table(found: Sequence[Token]) -> bool:
    """Tell whether a query has an `into` of its own: that makes a table."""
    return any(word.word == "into" and last.word not in ("insert", "merge") for last, word in pairwise(found))


def _ddl(place: Token, found: str) -> Refused:
    needed = "changes of rows alone: a rollback is configuration"
    return Refused(place, f"`{found}`, which changes the schema", needed, "put it into a migration")
