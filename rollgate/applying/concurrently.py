"""Indexes that are built while writers go on: what a failed build left is found, dropped and built anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import psycopg

from rollgate.rehearsal.lexer import Statement, Token

_STATE = (Path(__file__).with_name("index_state.sql")).read_bytes()


@dataclass(frozen=True)
class Build:
    """`create index concurrently NAME on TABLE`: both as the statement spells them, quotes and all."""

    name: str
    table: str


@dataclass(frozen=True)
class State:
    """What is there of an index. `busy` are the sessions that hold the table as a build would."""

    name: str  # qualified and quoted; empty if there is none on that table
    valid: bool
    busy: tuple[int, ...]
    elsewhere: str  # the table that an index of this name is on, where it is another one


class Unsound(Exception):
    """An index that isn't what the statement was to leave; the message says what was found."""


def build_of(statement: Statement) -> Build | None:
    """Return what the statement builds concurrently; None if it builds nothing so, or gives it no name."""
    words = [token.word for token in statement.tokens]
    if words[:1] != ["create"] or "index" not in words[:3] or "concurrently" not in words[:4]:
        return None
    rest = list(statement.tokens[words.index("concurrently") + 1 :])
    if [token.word for token in rest[:3]] == ["if", "not", "exists"]:
        rest = rest[3:]
    before = list(takewhile(lambda token: token.word != "on", rest))
    if len(before) != 1:
        return None
    after = rest[len(before) + 1 :]
    if after[:1] and after[0].word == "only":
        after = after[1:]
    return Build(before[0].text, _qualified(after))


def _qualified(tokens: Sequence[Token]) -> str:
    """Return the name that the tokens begin with, with its schema."""
    name = tokens[0].text if tokens else ""
    for dot, part in zip(tokens[1::2], tokens[2::2], strict=False):
        if dot.text != ".":
            break
        name += f".{part.text}"
    return name


def state_of(connection: psycopg.Connection[Any], build: Build) -> State:
    """Return what is there of the index that is to be built."""
    row = connection.execute(_STATE, {"name": build.name, "table": build.table}).fetchone()
    name, valid, busy, elsewhere = row or ("", False, [], "")
    return State(name or "", bool(valid), tuple(busy or ()), elsewhere or "")


def clear(connection: psycopg.Connection[Any], build: Build) -> str:
    """Drop what a failed build of the index has left, and return what was dropped; empty if nothing was.

    Raises:
        psycopg.errors.LockNotAvailable: somebody else builds on the table, perhaps this very index.
        psycopg.Error: it can't be dropped.
    """
    state = state_of(connection, build)
    if not state.name or state.valid:
        return ""
    if state.busy:
        pids = ", ".join(map(str, state.busy))
        raise psycopg.errors.LockNotAvailable(
            f"{state.name} is not valid, and the table is held as by a build or a vacuum (pid {pids}): "
            "it may be in the making"
        )
    connection.execute(f"drop index concurrently if exists {state.name}".encode())
    return state.name


def require_sound(connection: psycopg.Connection[Any], build: Build) -> None:
    """Check that the index is there, on its table, and valid: `if not exists` looks at the name alone.

    Raises:
        Unsound: it isn't.
    """
    state = state_of(connection, build)
    if not state.name:
        on = f", and one on {state.elsewhere}" if state.elsewhere else ""
        raise Unsound(f"found no index {build.name} on {build.table} after it was built{on}")
    if not state.valid:
        raise Unsound(f"found {state.name} invalid after it was built: it is used for nothing")
