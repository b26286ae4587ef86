"""A database's objects and rows as comparable text, and what differs between two looks at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

Objects = Mapping[tuple[str, str], str]
"""The definition of each object of schema `public`, by kind and name."""

OBJECTS = Path(__file__).with_name("objects.sql").read_text(encoding="utf-8")
COLUMNS = Path(__file__).with_name("columns.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Snapshot:
    """Objects of schema `public` by (kind, name), and the rows of its tables as JSON text."""

    objects: Objects
    rows: Mapping[str, Counter[str]]


@dataclass(frozen=True)
class Change:
    """One thing that differs; an empty side means that it wasn't there."""

    kind: str
    name: str
    before: str
    after: str


def read_catalog(connection: psycopg.Connection, *queries: str) -> list[list[tuple[Any, ...]]]:
    """Return the rows of each query, asked in one go with an empty search_path.

    Names come out qualified then, whatever the role's own path is. The transaction that the connection
    is in goes on as it was before; without one, it is a transaction of its own.
    """
    with connection.pipeline(), connection.transaction(force_rollback=True):
        connection.execute("set local search_path = ''")
        cursors = [connection.cursor().execute(query.encode()) for query in queries]
        return [cursor.fetchall() for cursor in cursors]


def as_objects(rows: Iterable[tuple[Any, ...]]) -> Objects:
    """Return the rows of `objects.sql` by kind and name."""
    return {(kind, name): text for kind, name, text in rows}


def as_columns(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[str]]:
    """Return the rows of `columns.sql` by relation."""
    columns: dict[str, list[str]] = {}
    for relation, column in rows:
        columns.setdefault(relation, []).append(column)
    return columns


def take_snapshot(connection: psycopg.Connection) -> Snapshot:
    """Read every object and every row of schema `public`. For rehearsal databases: they are small."""
    objects = as_objects(read_catalog(connection, OBJECTS)[0])
    tables = [
        name for kind, name in objects if kind == "relation" and objects[kind, name].startswith("table")
    ]
    rows = {}
    for name in tables:
        # The name comes quoted from regclass.
        query = sql.SQL("select to_jsonb(t)::text from {} t").format(sql.SQL(name))
        rows[name] = Counter(row[0] for row in connection.execute(query))
    return Snapshot(objects, rows)


def difference(before: Snapshot, after: Snapshot) -> list[Change]:
    """Return what changed, objects first, then rows; empty if nothing did."""
    changes = [
        Change(*key, before.objects.get(key, ""), after.objects.get(key, ""))
        for key in sorted(before.objects.keys() | after.objects.keys())
        if before.objects.get(key) != after.objects.get(key)
    ]
    for table in sorted(before.rows.keys() | after.rows.keys()):
        old, new = before.rows.get(table, Counter()), after.rows.get(table, Counter())
        changes += [Change("row", table, row, "") for row in sorted((old - new).elements())]
        changes += [Change("row", table, "", row) for row in sorted((new - old).elements())]
    return changes
