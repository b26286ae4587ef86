"""A file of the rollout as it is run: statement by statement, in the transactions that it means.

A file is written to be pasted whole, and then the server makes one transaction of what stands outside
`begin` ... `commit`. So it is here, but for a statement that can't be in one (`create index concurrently`),
which runs alone. What a server can't be sent that way is refused before anything is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rollgate.errors import UsageError
from rollgate.rehearsal.lexer import Statement, Token, Unreadable, split
from rollgate.rehearsal.script import mistake, read_plain
from rollgate.rehearsal.script_rules import BEGIN, COMMIT
from rollgate.release import Release, Topology

#: As the Supabase CLI reads the name of a migration.
_VERSIONED = re.compile(r"(?P<version>[0-9]+)_(?P<name>.*)\.sql")
_UNDO = frozenset({"rollback", "abort"})
_BY_ITSELF = frozenset({"create", "drop", "reindex", "alter"})
_WIDTH = 100


@dataclass(frozen=True)
class Step:
    """A statement of a file: its number from 1, and the line that it begins in."""

    number: int
    line: int
    text: str  # with the comments before it, as it is sent
    bare: str  # without them
    statement: Statement

    @property
    def first_line(self) -> str:
        """What is shown of it."""
        line = " ".join(self.bare.split("\n")[0].split())
        return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."

    @property
    def begins(self) -> bool:
        """Whether it opens a transaction."""
        return self.statement.first in BEGIN

    @property
    def ends(self) -> bool:
        """Whether it commits one."""
        return self.statement.first in COMMIT


@dataclass(frozen=True)
class Unit:
    """What is done whole or not at all: a transaction, or one statement by itself."""

    steps: tuple[Step, ...]
    alone: bool = False  # it can't be in a transaction, and may leave something when it fails

    @property
    def wrapped(self) -> bool:
        """Whether a `begin` and a `commit` that the file doesn't have belong around it."""
        return not self.alone and not any(step.begins for step in self.steps)


@dataclass(frozen=True)
class File:
    """A file of the rollout, read once: what is shown, sent, recorded and hashed is the same text."""

    path: Path
    role: str
    shown: str
    sha256: str
    version: str  # in Supabase's history of migrations; empty if its name has none
    name: str
    statements: tuple[str, ...]  # as the Supabase CLI keeps them
    steps: tuple[Step, ...]
    units: tuple[Unit, ...]

    @property
    def concurrent(self) -> tuple[Step, ...]:
        """What runs outside of any transaction."""
        return tuple(step for unit in self.units if unit.alone for step in unit.steps)


def read_rollout(release: Release, topology: Topology) -> tuple[File, ...]:
    """Read the files that a rollout applies, in order.

    Raises:
        UsageError: one can't be run statement by statement, or is not the one whose digest was taken.
    """
    digests = {file.path: file for file in release.files}
    files = []
    for path in topology.rollout:
        shown = release.shown(path)
        file = read_file(path, shown=shown, role="overlay" if path == topology.overlay else "migration")
        known = digests.get(shown)
        if known is not None and known.sha256 != file.sha256:
            raise UsageError(
                shown,
                found="a file that was changed while it was read",
                needed="the files whose digest was taken",
                fix="run it again when nobody writes to them",
            )
        files.append(file)
    return tuple(files)


def read_file(path: Path, *, shown: str = "", role: str = "migration") -> File:
    """Read one file.

    Raises:
        UsageError: it can't be run statement by statement. It names `path:line`.
    """
    text = read_plain(path)
    try:
        parts = list(split(text))
        steps = tuple(_steps(parts))
        units = tuple(_units(steps))
    except Unreadable as error:
        raise mistake(
            path, text, error.offset, error.found, "SQL that every client sends as it stands",
            "write it as plain SQL",
        ) from None  # fmt: skip
    except _Refused as error:
        raise mistake(path, text, error.place.offset, error.found, error.needed, error.fix) from None
    if not steps:
        raise UsageError(
            str(path),
            found="no statement",
            needed="a file that does something",
            fix="write it, or leave it out",
        )
    versioned = _VERSIONED.fullmatch(path.name)
    return File(
        path=path,
        role=role,
        shown=shown or path.name,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        version=versioned["version"] if versioned else "",
        name=versioned["name"] if versioned else "",
        statements=tuple(kept for part in parts if (kept := part.text.rstrip(";").strip())),
        steps=steps,
        units=units,
    )


class _Refused(Exception):
    def __init__(self, place: Token, found: str, needed: str, fix: str) -> None:
        self.place = place
        self.found = found
        self.needed = needed
        self.fix = fix
        super().__init__(found)


def _steps(parts: Sequence[Statement]) -> Iterator[Step]:
    start = number = 0
    for part in parts:
        if part.tokens:
            number += 1
            bare = part.text[part.tokens[0].offset - start :].strip()
            yield Step(number, part.line, part.text.strip(), bare, part)
        start += len(part.text)


def _units(steps: Sequence[Step]) -> Iterator[Unit]:
    """Put the statements together that are one transaction."""
    held: list[Step] = []
    begun: Token | None = None
    for step in steps:
        start, words = step.statement.tokens[0], step.statement.words
        _check(start, words)
        if step.begins:
            if begun is not None:
                raise _Refused(start, "a begin within a transaction", "one after the other", "commit first")
            if held:
                yield Unit(tuple(held))
                held = []
            begun = start
        if is_alone(step.statement):
            if begun is not None:
                raise _Refused(
                    start,
                    f"`{step.first_line[:40]}`, which can't run in a transaction, within one",
                    "it outside of any",
                    "move it out of `begin;` ... `commit;`, best into a file of its own",
                )
            if held:
                yield Unit(tuple(held))
                held = []
            yield Unit((step,), alone=True)
            continue
        held.append(step)
        if step.ends:
            if begun is None:
                raise _Refused(start, "a commit without a begin", "both or none", "write `begin;`")
            yield Unit(tuple(held))
            held, begun = [], None
    if begun is not None:
        raise _Refused(begun, "a begin that no commit follows: nothing of it would stay", "both",
                       "write `commit;`")  # fmt: skip
    if held:
        yield Unit(tuple(held))


def _check(start: Token, words: Sequence[str]) -> None:
    """Refuse what would end a transaction otherwise than by committing it, and what only psql can send."""
    first = words[0] if words else ""
    if first in _UNDO and "to" not in words:
        raise _Refused(start, f"`{start.text}`, which undoes the file", "a change that stays", "remove it")
    if first in COMMIT and "chain" in words and "no" not in words:
        raise _Refused(start, "`commit and chain`", "a plain commit", "write `commit;` and `begin;`")
    if first == "prepare" and words[1:2] == ("transaction",):
        raise _Refused(start, "`prepare transaction`", "a plain commit", "write `commit;`")
    if first == "copy":
        raise _Refused(start, "`copy`: its data reach a server through psql alone",
                       "SQL that every client sends as it stands", "write an insert")  # fmt: skip


def is_alone(statement: Statement) -> bool:
    """Tell whether PostgreSQL refuses the statement within a transaction."""
    words = statement.words
    if words[:1] in (("vacuum",), ("cluster",), ("call",)):
        return True
    if words[:2] in (("alter", "system"), ("create", "database"), ("drop", "database")):
        return True
    return "concurrently" in words and words[0] in _BY_ITSELF
