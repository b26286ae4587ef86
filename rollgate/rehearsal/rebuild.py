"""Schema `public` made anew in an empty database from its definition, and compared with the target's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from rollgate.catalog.definition import Definition, Statement
from rollgate.catalog.snapshot import OBJECTS, Objects, as_objects, read_catalog
from rollgate.rehearsal.seen import Seen
from rollgate.target.query import describe

LEFT_OUT = "left out:"  # and why
_FOREIGN = "foreign table"
#: PostgreSQL 17 made a right of what only owners could do before: an older server has nothing to grant.
_UNKNOWN_RIGHT = 'unrecognized privilege type "maintain"'


class Uncloneable(Exception):
    """A target that no clone can be made of; the message says why, `remedy` what helps. No secrets."""

    def __init__(self, why: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(why)


@dataclass(frozen=True)
class Difference:
    """Something that the clone has otherwise than the target, or not at all."""

    kind: str
    name: str
    what: str


def rebuild(connection: psycopg.Connection, definition: Definition) -> Iterator[Difference]:
    """Run a definition's statements on an autocommit connection; yield what could not be made, and why.

    Whatever comes too early (a view on a view, a default that calls a function) is tried again once the
    rest is there, until nothing more succeeds. Each statement is whole or not at all.
    """
    for each in definition.beyond:
        yield Difference(each.kind, each.name, "left out")
    for statement in definition.statements:
        if statement.kind == _FOREIGN:
            yield Difference(_FOREIGN, statement.name, "stand-in: a plain table")
    connection.execute("set search_path = ''")
    connection.execute("set check_function_bodies = off")
    for group in (False, True):
        left = [each for each in definition.statements if each.is_last is group]
        for statement, problem in _run(connection, left):
            if _UNKNOWN_RIGHT not in str(problem).lower():
                yield Difference(statement.kind, statement.name, f"{LEFT_OUT} {describe(problem)}")


def _run(
    connection: psycopg.Connection, statements: list[Statement]
) -> list[tuple[Statement, psycopg.Error]]:
    """Run statements until no more succeed; return those that never did."""
    while True:
        failed: list[tuple[Statement, psycopg.Error]] = []
        for statement in statements:
            try:
                connection.execute(statement.text.encode())
            except psycopg.Error as error:
                failed.append((statement, error))
        if not failed or len(failed) == len(statements):
            return failed
        statements = [statement for statement, _ in failed]


def unlike(connection: psycopg.Connection, seen: Seen) -> Iterator[Difference]:
    """Yield each object of the target that the clone has otherwise or not at all, and what it has beside.

    Another major version writes some definitions otherwise: there only kinds and names are compared.
    """
    found = as_objects(read_catalog(connection, OBJECTS)[0])
    same = connection.info.server_version // 10000 == seen.major
    stand_ins = {name for name, text in _relations(seen.objects) if text.startswith(_FOREIGN)}
    for key in sorted(found.keys() | seen.objects.keys()):
        here, there = found.get(key), seen.objects.get(key)
        if key[0] in ("relation", "row security") and key[1] in stand_ins:
            continue
        if here is None or there is None or (same and here != there):
            yield Difference(*key, f"{here or 'nothing'}; on the target {there or 'nothing'}")


def _relations(objects: Objects) -> list[tuple[str, str]]:
    return [(name, text) for (kind, name), text in objects.items() if kind == "relation"]
