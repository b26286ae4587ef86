"""A database's objects and rows as comparable text, and what differs between two looks at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

_OBJECTS = Path(__file__).with_name("objects.sql")


@dataclass(frozen=True)
class Snapshot:
    """Objects of schema `public` by (kind, name), and the rows of its tables as JSON text."""

    objects: Mapping[tuple[str, str], str]
    rows: Mapping[str, Counter[str]]


@dataclass(frozen=True)
class Change:
    """One thing that differs; an empty side means that it wasn't there."""

    kind: str
    name: str
    before: str
    after: str


def take_snapshot(connection: psycopg.Connection) -> Snapshot:
    """Read every object and every row of schema `public`. For rehearsal databases: they are small."""
    objects = {(kind, name): text for kind, name, text in connection.execute(_OBJECTS.read_bytes())}
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
