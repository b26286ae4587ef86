"""Schema `public` as the statements that make it anew, read from the catalog itself.

What pg_dump would ask over a connection of its own, some seventy times, is asked here in the transaction
that reads everything else: one instant, one round trip, and no setting that a pooler could hand on.
PostgreSQL's own `pg_get_*` functions write the definitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
STATEMENTS = tuple(
    (_HERE / f"ddl_{part}.sql").read_text(encoding="utf-8") for part in ("types", "tables", "code", "access")
)
BEYOND = (_HERE / "ddl_beyond.sql").read_text(encoding="utf-8")
_LAST = 90


@dataclass(frozen=True, order=True)
class Statement:
    """One statement; `place` says which go first, `kind` and `name` what it is about."""

    place: int
    kind: str
    name: str
    text: str

    @property
    def is_last(self) -> bool:
        """Whether it has to wait until nothing is made any more: default privileges would reach that."""
        return self.place >= _LAST

    @property
    def about(self) -> str:
        """What is missing without it."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Beyond:
    """An object that no statement makes; `leant_on` says whether others need it."""

    kind: str
    name: str
    leant_on: bool


@dataclass(frozen=True)
class Definition:
    """All of schema `public`, and what is beyond it."""

    statements: tuple[Statement, ...]
    beyond: tuple[Beyond, ...]


def as_definition(
    parts: Iterable[Iterable[tuple[str | None, ...]]], beyond: Iterable[tuple[str | None, ...]]
) -> Definition:
    """Return the answers to `STATEMENTS` and `BEYOND`, as text, in the order in which they can be run."""
    statements = [
        Statement(int(place or 0), kind or "", name or "", text or "")
        for rows in parts
        for place, kind, name, text in rows
    ]
    return Definition(
        tuple(sorted(statements, key=lambda each: each.place)),
        tuple(Beyond(kind or "", name or "", leant_on == "t") for kind, name, leant_on in beyond),
    )
