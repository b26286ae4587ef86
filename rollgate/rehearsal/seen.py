"""What is read from a live target once, for a copy of it and for a comparison with a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from rollgate.catalog.snapshot import COLUMNS, OBJECTS, Objects, as_objects, read_catalog
from rollgate.target.query import ask_all

ROUTING = "public.ai_provider_configs"
HISTORY = "supabase_migrations.schema_migrations"

_HERE = Path(__file__).parent
_SURROUNDINGS = (_HERE / "surroundings.sql").read_bytes()
_TABLES = (_HERE / "tables.sql").read_bytes()
_ACCESS = (_HERE / "access.sql").read_bytes()
_HISTORY_ROWS = (_HERE / "history.sql").read_text(encoding="utf-8")
_ROUTING_ROWS = f"select to_jsonb(t)::text from {ROUTING} t"  # noqa: S608 - a name of ours


@dataclass(frozen=True)
class Stand:
    """Something outside schema `public` that it leans on; without a statement, nothing can stand in."""

    kind: str
    name: str
    statement: str


@dataclass(frozen=True)
class Table:
    """A table of the target: `rows` as the server estimates them, sizes in bytes."""

    pattern: str  # as pg_dump's options name it
    readable: bool
    rows: int
    bytes: int
    total_bytes: int


@dataclass(frozen=True)
class Recorded:
    """A line of Supabase's history of migrations."""

    version: str
    name: str
    statements: str


@dataclass(frozen=True)
class Seen:
    """A target as its catalog shows it, and its routing rows as JSON text, None where they can't be read.

    `history` is None where Supabase keeps none; `history_readable` is False where it does and this role
    may not look.
    """

    version: int  # as server_version_num has it
    pooled: bool
    objects: Objects
    columns: Mapping[str, list[str]]
    surroundings: tuple[Stand, ...]
    tables: Mapping[str, Table]
    routing: tuple[str, ...] | None
    history: tuple[Recorded, ...] | None
    history_readable: bool

    @property
    def major(self) -> int:
        """The target's major version."""
        return self.version // 10000


def look(connection: psycopg.Connection) -> Seen:
    """Read it all in a read-only transaction: one round trip for the catalog, one for rows.

    Raises:
        psycopg.Error: something can't be read, for example because somebody holds a table.
    """
    objects, columns, surroundings, tables, access = read_catalog(
        connection, OBJECTS, COLUMNS, _SURROUNDINGS, _TABLES, _ACCESS
    )
    backend, history_readable = access[0]
    found = {name: Table(*facts) for name, *facts in tables}
    readable = ROUTING not in found or found[ROUTING].readable
    asked = {
        **({"routing": _ROUTING_ROWS} if readable and ROUTING in found else {}),
        **({"history": _HISTORY_ROWS} if history_readable else {}),
    }
    answers = dict(zip(asked, ask_all(connection, list(asked.values())), strict=True))
    for answer in answers.values():
        if answer.error is not None:
            raise answer.error
    recorded = answers["history"].rows if history_readable else ()
    return Seen(
        version=connection.info.server_version,
        pooled=backend != connection.info.backend_pid,
        objects=as_objects(objects),
        columns=dict(columns),
        surroundings=tuple(Stand(kind, name, ddl or "") for _, kind, name, ddl in surroundings),
        tables=found,
        routing=tuple(row[0] or "" for row in answers["routing"].rows)
        if "routing" in answers
        else (() if readable else None),
        history=tuple(Recorded(*(cell or "" for cell in row)) for row in recorded)
        if history_readable
        else None,
        history_readable=history_readable is not False,
    )
