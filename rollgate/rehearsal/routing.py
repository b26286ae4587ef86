"""The routing rows of a target as they are: values, versions and the numbers that were given out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from rollgate.target.query import Answer, ask_all

_HERE = Path(__file__).parent
ROWS = (_HERE / "routing_rows.sql").read_text(encoding="utf-8")
_COLUMNS = (_HERE / "routing_columns.sql").read_text(encoding="utf-8")
HOLDERS = (_HERE / "routing_holders.sql").read_text(encoding="utf-8")
RIGHTS = (_HERE / "routing_rights.sql").read_text(encoding="utf-8")
SHOWN = ("id", "provider", "environment", "enabled", "is_default", "weight", "updated_at", "xmin", "ctid")


@dataclass(frozen=True)
class Row:
    """A routing row: its values as JSON text, and the version of it that the server keeps."""

    id: str
    text: str
    xmin: str
    ctid: str

    @property
    def name(self) -> str:
        """`environment/provider`."""
        values = json.loads(self.text)
        return f"{values.get('environment')}/{values.get('provider')}"

    @property
    def written_for(self) -> str:
        """The topology whose overlay wrote it, empty if none did."""
        metadata = json.loads(self.text).get("metadata")
        return str(metadata.get("env") or "") if isinstance(metadata, dict) else ""

    def cells(self) -> tuple[object, ...]:
        """Return what is shown of it, as `SHOWN` names it."""
        values = json.loads(self.text) | {"xmin": self.xmin, "ctid": self.ctid}
        return tuple(values.get(name) for name in SHOWN)


@dataclass(frozen=True)
class Routing:
    """All rows at a moment.

    `sequences` has the last number of each and whether it was given out, None where that can't be read.
    """

    rows: tuple[Row, ...]
    sequences: Mapping[str, tuple[str, str] | None]
    columns: tuple[str, ...]
    settable: tuple[str, ...]

    @property
    def json(self) -> str:
        """The rows as a JSON array, by id."""
        return "[" + ",".join(row.text for row in self.rows) + "]"

    @property
    def values(self) -> tuple[str, ...]:
        """The rows' values, byte for byte."""
        return tuple(row.text for row in self.rows)

    def unlike(self, other: Routing) -> list[str]:
        """Return the names of rows whose values differ, or that only one of the two has."""
        here, there = ({row.id: row.text for row in each.rows} for each in (self, other))
        differ = {id for id in here.keys() | there.keys() if here.get(id) != there.get(id)}
        return sorted({row.name for each in (self, other) for row in each.rows if row.id in differ})

    def moved(self, other: Routing) -> dict[str, tuple[tuple[str, str], tuple[str, str]]]:
        """Return the sequences that are elsewhere in `other`, each with both places."""
        found = {}
        for name, place in self.sequences.items():
            now = other.sequences.get(name)
            if place is not None and now is not None and place != now:
                found[name] = (place, now)
        return found


def questions(known: Routing | None = None) -> list[str]:
    """Return the queries that `as_routing` wants answers to.

    A first look finds out which columns and sequences there are; one that comes after it reads the numbers.
    """
    if known is None:
        return [ROWS, _COLUMNS]
    return [ROWS, *(f"select last_value, is_called from {name}" for name in known.sequences)]  # noqa: S608


def as_routing(answers: Sequence[Answer], known: Routing | None = None) -> Routing:
    """Return what was answered to `questions`; after a first look, the sequences have no numbers yet.

    Raises:
        psycopg.Error: the rows can't be read.
    """
    rows, *rest = answers
    for each in (rows, *(rest if known is None else ())):
        if each.error is not None:
            raise each.error
    facts = rest[0].rows if known is None else ()
    return Routing(
        rows=tuple(Row(*(cell or "" for cell in row)) for row in rows.rows),
        sequences={name or "": None for kind, name, _ in facts if kind == "sequence"}
        if known is None
        else {
            name: None if state.error else (state.rows[0][0] or "", state.rows[0][1] or "")
            for name, state in zip(known.sequences, rest, strict=True)
        },
        columns=known.columns if known else tuple(name or "" for kind, name, _ in facts if kind == "column"),
        settable=known.settable
        if known
        else tuple(name or "" for _, name, may in facts if may == "true" and name != "id"),
    )


def look(connection: psycopg.Connection, known: Routing | None = None) -> Routing:
    """Read the rows in the transaction that `connection` is in, in one round trip.

    Raises:
        psycopg.Error: they can't be read.
    """
    return as_routing(ask_all(connection, questions(known)), known)


def marks(routing: Routing, topologies: Iterable[str]) -> set[str]:
    """Return the topologies whose overlays have written rows."""
    return {row.written_for for row in routing.rows} & set(topologies)
