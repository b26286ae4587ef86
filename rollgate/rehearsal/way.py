"""The way through a rollout on one target: what to paste, in which order, how long it takes, who waits.

Sizes and write rates are the target's own; what a file does, and its locks, were seen on the clone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rollgate.rehearsal.lexer import Statement, Unreadable, split, tokens
from rollgate.rehearsal.locks import Held
from rollgate.rehearsal.preview import Step
from rollgate.rehearsal.seen import Table

#: What a small server does a second, so that "about" is rather too long than too short.
BYTES_READ = 100 * 1024 * 1024
ROWS_SORTED = 200_000
#: And from memory: what is read while others wait is small, or is a finding anyhow.
BYTES_LOOKED_AT = 640 * 1024 * 1024
#: Milliseconds that nobody of the runtime may wait for a statement of the release.
LONGEST_STALL = 100
#: Seconds after which the SQL Editor gives up (Supabase, "Timeouts"); the role's own limit is 120.
EDITOR_GIVES_UP = 60
_IN_USE = 1.0  # rows written a second
_UNITS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True)
class Stall:
    """A lock that the runtime may have to wait for: `milliseconds` at most, None for no limit."""

    held: Held
    milliseconds: float | None

    @property
    def is_long(self) -> bool:
        """Whether it is longer than anybody may wait."""
        return self.milliseconds is None or self.milliseconds > LONGEST_STALL


@dataclass(frozen=True)
class Paste:
    """A file of the rollout on this target. `alone` where it can't share a paste; `seconds` are about."""

    path: Path
    changes: int
    alone: bool
    seconds: float
    stalls: tuple[Stall, ...]

    @property
    def worst(self) -> Stall | None:
        """What keeps the runtime waiting the longest."""
        return max(
            self.stalls,
            key=lambda each: float("inf") if each.milliseconds is None else each.milliseconds,
            default=None,
        )


def way_through(steps: Sequence[Step], held: Sequence[Held], tables: Mapping[str, Table]) -> Iterator[Paste]:
    """Yield each file of a rollout, in order."""
    for step in steps:
        path = step.applied.path
        own = [each for each in held if each.path == path and each.table in tables]
        statements = _statements(path)
        seconds = step.applied.seconds
        seconds += sum(
            tables[each.table].bytes / BYTES_READ for each in own if each.reads_all or each.rewrites
        )
        seconds += sum(
            _building(tables[name]) for name in _built_on(statements) if name in tables and step.changes
        )
        stalls = tuple(_stall(each, tables[each.table]) for each in own if _matters(each, tables[each.table]))
        yield Paste(path, len(step.changes), _is_alone(statements), seconds, stalls)


def _matters(held: Held, table: Table) -> bool:
    """Tell whether the runtime would meet the lock: readers of any table, writers of one in use."""
    return "readers" in held.stops or (
        "writers" in held.stops and (table.writes_a_second >= _IN_USE or table.bytes >= BYTES_READ)
    )


def _stall(held: Held, table: Table) -> Stall:
    """How long others wait: while it waits itself, and while it reads. A moment more is not counted."""
    patience = _milliseconds(held.patience)
    reading = table.bytes / BYTES_LOOKED_AT if held.reads_all or held.rewrites else 0.0
    return Stall(held, None if not patience else patience + reading * 1000)


def _milliseconds(setting: str) -> float:
    """Return a lock_timeout as PostgreSQL shows it (`40ms`, `3s`, `0`) in milliseconds."""
    found = re.fullmatch(r"(\d+)(ms|s|min|h|d)?", setting)
    return int(found[1]) * _UNITS[found[2] or "ms"] if found else 0.0


def _building(table: Table) -> float:
    """Seconds of a concurrent build: two passes and a sort."""
    return 2 * table.bytes / BYTES_READ + table.rows / ROWS_SORTED


def _statements(path: Path) -> list[Statement]:
    try:
        return [each for each in split(path.read_text(encoding="utf-8")) if each.tokens]
    except Unreadable:
        return []


def _is_alone(statements: Sequence[Statement]) -> bool:
    """Tell whether the file is one statement that can't be in a transaction."""
    if len(statements) != 1:
        return False
    statement = statements[0]
    if "concurrently" in statement.words:
        return True
    bodies = [each.text for each in statement.tokens if each.kind == "dollar"]
    return statement.first == "do" and any("commit" in _words(body) for body in bodies)


def _words(body: str) -> set[str]:
    """Return the words of a body between dollars."""
    end = body.index("$", 1) + 1
    try:
        return {token.word for token in tokens(body[end:-end])}
    except Unreadable:
        return set()


def _built_on(statements: Sequence[Statement]) -> Iterator[str]:
    """Yield the table of each index that is built concurrently."""
    for statement in statements:
        if {"create", "index", "concurrently"} <= set(statement.words):
            name = [each.text for each in statement.tokens]
            after = next(at for at, each in enumerate(name) if each.lower() == "on") + 1
            schema, dot, table = (*name[after:], "", "", "")[:3]
            yield f"{schema}.{table}" if dot == "." else f"public.{schema}"
