"""What of a rollout is visibly there already: the objects that its statements make, by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from rollgate.applying.concurrently import Build, build_of
from rollgate.applying.script import File, Step
from rollgate.rehearsal.lexer import Statement, Token

_QUERY = Path(__file__).with_name("existing.sql").read_bytes()
_MAKES = frozenset({"table", "view", "sequence", "type"})
_BETWEEN = frozenset(
    {"if", "not", "exists", "or", "replace", "materialized", "unlogged", "unique", "recursive"}
)


def made_by(statement: Statement) -> str:
    """Return the name of what a `create` makes, as SQL writes it; empty for anything else.

    What a `do` block or an `alter` does isn't seen: only a clone shows that (the preflight).
    """
    tokens = [token for token in statement.tokens if token.word not in _BETWEEN]
    if not tokens or tokens[0].word != "create" or len(tokens) < 3:
        return ""
    if tokens[1].word == "index":
        build = build_of(statement) or _plain(tokens)
        if build is None:
            return ""
        schema, _, _ = build.table.rpartition(".")
        return f"{schema}.{build.name}" if schema else build.name
    if tokens[1].word in _MAKES:
        name = tokens[2].text
        for dot, part in zip(tokens[3::2], tokens[4::2], strict=False):
            if dot.text != ".":
                break
            name += f".{part.text}"
        return name
    return ""


def _plain(tokens: Sequence[Token]) -> Build | None:
    words = [token.word for token in tokens]
    if "on" not in words or words.index("on") != 3:
        return None
    rest = tokens[4:]
    name = rest[0].text if rest else ""
    if len(rest) > 2 and rest[1].text == ".":
        name += f".{rest[2].text}"
    return Build(tokens[2].text, name)


def read_existing(connection: psycopg.Connection[Any], files: Sequence[File]) -> Mapping[Step, str]:
    """Return, in a read-only session, `there` or `INVALID` for each statement whose object is there.

    Raises:
        psycopg.Error: the database doesn't answer.
    """
    named = {step: name for file in files for step in file.steps if (name := made_by(step.statement))}
    if not named:
        return {}
    try:
        with connection.transaction():
            rows = connection.execute(_QUERY, {"names": list(named.values())}).fetchall()
    except (psycopg.errors.SyntaxError, psycopg.errors.InvalidName, psycopg.errors.InsufficientPrivilege):
        return {}
    states = {name: ("INVALID" if valid is False else "there") for name, there, valid in rows if there}
    return {step: states[name] for step, name in named.items() if name in states}
