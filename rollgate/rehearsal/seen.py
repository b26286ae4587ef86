"""What is read from a live target once, for a copy of it and for a comparison with a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from rollgate.catalog.definition import BEYOND, STATEMENTS, Definition, as_definition
from rollgate.catalog.snapshot import COLUMNS, OBJECTS, Objects, as_columns, as_objects
from rollgate.target.belonging import ROUTING
from rollgate.target.query import Answer, Row, ask_all

HISTORY = "supabase_migrations.schema_migrations"

_HERE = Path(__file__).parent
_SURROUNDINGS = (_HERE / "surroundings.sql").read_text(encoding="utf-8")
_TABLES = (_HERE / "tables.sql").read_text(encoding="utf-8")
_ACCESS = (_HERE / "access.sql").read_text(encoding="utf-8")
HISTORY_ROWS = (_HERE / "history.sql").read_text(encoding="utf-8")
_ROUTING_ROWS = f"select to_jsonb(t)::text from {ROUTING} t"  # noqa: S608 - a name of ours


@dataclass(frozen=True)
class Stand:
    """Something outside schema `public` that it leans on; without a statement, nothing can stand in."""

    kind: str
    name: str
    statement: str


@dataclass(frozen=True)
class Table:
    """A table of the target: `rows` as the server estimates them, sizes in bytes.

    `writes` are rows written in the last `seconds`; in more, where the server never forgot.
    """

    pattern: str  # as pg_dump's options name it
    readable: bool
    rows: int
    bytes: int
    total_bytes: int
    writes: int = 0
    seconds: int = 0

    @property
    def writes_a_second(self) -> float:
        """How often a row is written; rather too often than too rarely."""
        return self.writes / max(self.seconds, 1)


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
    definition: Definition
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
    """Read it all in a read-only transaction, in one round trip; the transaction stays as it was.

    Raises:
        psycopg.Error: something can't be read, for example because somebody holds a table.
    """
    asked = {
        "objects": OBJECTS,
        "columns": COLUMNS,
        "surroundings": _SURROUNDINGS,
        "tables": _TABLES,
        "access": _ACCESS,
        "beyond": BEYOND,
        **{f"definition {number}": query for number, query in enumerate(STATEMENTS)},
    }
    if_there = {"routing": _ROUTING_ROWS, "history": HISTORY_ROWS}
    queries = [*asked.values(), *if_there.values()]
    # Names come out qualified then, whatever the role's own path is.
    answers = ask_all(connection, queries, settings={"search_path": ""})
    said = dict(zip((*asked, *if_there), answers, strict=True))
    rows = {name: _rows(said[name]) for name in asked}
    backend, readable = rows["access"][0]
    found = {
        name or "": Table(pattern or "", may == "t", *(int(size or 0) for size in sizes))
        for name, pattern, may, *sizes in rows["tables"]
    }
    return Seen(
        version=connection.info.server_version,
        pooled=int(backend or 0) != connection.info.backend_pid,
        objects=as_objects(rows["objects"]),
        columns=as_columns(rows["columns"]),
        definition=as_definition(
            [rows[f"definition {number}"] for number, _ in enumerate(STATEMENTS)], rows["beyond"]
        ),
        surroundings=tuple(
            Stand(kind or "", name or "", ddl or "") for _, kind, name, ddl in rows["surroundings"]
        ),
        tables=found,
        routing=_routing(said["routing"], found.get(ROUTING)),
        history=tuple(Recorded(*(cell or "" for cell in row)) for row in _rows(said["history"]))
        if readable == "t"
        else None,
        history_readable=readable != "f",
    )


def _rows(answer: Answer) -> tuple[Row, ...]:
    if answer.error is not None:
        raise answer.error
    return answer.rows


def _routing(answer: Answer, table: Table | None) -> tuple[str, ...] | None:
    """Return the rows: none where there is no table, None where they may not be read."""
    if table is None:
        return ()
    return tuple(row[0] or "" for row in _rows(answer)) if table.readable else None
