"""A live target's schema and routing rows in a database of the ephemeral server."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql

from rollgate.catalog.drift import relation_of
from rollgate.errors import UsageError
from rollgate.rehearsal.dump import Undumpable
from rollgate.rehearsal.lexer import Unreadable, split
from rollgate.rehearsal.rebuild import LEFT_OUT, Difference, Uncloneable, rebuild, unlike
from rollgate.rehearsal.seen import Seen, Stand
from rollgate.server.databases import Databases
from rollgate.target.belonging import ROUTING
from rollgate.target.query import describe

#: psql's own commands, which newer versions of pg_dump put around their text.
_PSQL = re.compile(r"^\\(?:un)?restrict .*$", re.MULTILINE)
#: What a statement of a dump is about, for the list of what was left out.
_ABOUT = re.compile(
    r"^(?P<what>(?:create|alter|comment on|grant|revoke)[^\n]*?)(?:\s*\(|;|\n|$)",
    re.IGNORECASE | re.MULTILINE,
)
_THERE_ALREADY = ("42P06", "42P07", "42710", "42723")  # duplicate schema, table, object, function
_NO_TRANSACTION_TIMEOUT = "transaction_timeout"  # a setting that PostgreSQL 17 added
#: What decides how a release and its rollback run, and what the gates then say.
_MATTERS = (
    *("relation", "table", "column", "constraint", "trigger", "rule"),
    *("policy", "row security", "grant"),
)
_LONGEST_BODY = 50  # statements
_FULL_SIZE = 64 * 1024 * 1024
"""Bytes that a table of the clone takes at most when it is made as large as the target's."""


@dataclass(frozen=True)
class Clone:
    """A database with the target's schema `public`.

    `differences` are known: what was left out, or has a stand-in. `unlike` is what a comparison has found.
    """

    conninfo: str
    differences: tuple[Difference, ...]
    unlike: tuple[Difference, ...]
    whole: bool  # every statement of it has run


@contextmanager
def cloned(
    databases: Databases, name: str, seen: Seen, *, needed: Collection[str], dump: Callable[[], str]
) -> Iterator[Clone]:
    """Make the clone and drop it at the end. Its roles stay for as long as the server does.

    It is made in the catalog's own words; by a `dump` where the schema holds what they can't make and
    others lean on, or where all of them have run and a comparison still finds something else. What the
    server lacks is made up for where it can be; what can't be had is left out and told.

    Raises:
        Uncloneable: there is no dump, or one of the `needed` relations is not as on the target.
    """
    leant_on = any(each.leant_on for each in seen.definition.beyond)
    with ExitStack() as stack:
        clone = stack.enter_context(_made(databases, name, seen, dump() if leant_on else None))
        if not leant_on and clone.whole and clone.unlike:
            with suppress(Undumpable):
                text = dump()
                stack.close()
                clone = stack.enter_context(_made(databases, name, seen, text))
        _require(clone, needed)
        yield clone


def _require(clone: Clone, needed: Collection[str]) -> None:
    """Refuse a clone on which the release would be tried against something else."""
    left_out = [one for one in clone.differences if one.what.startswith(LEFT_OUT)]
    found = sorted((*clone.unlike, *left_out), key=lambda each: each.kind != "relation")
    for each in found:
        matters = each.kind in _MATTERS or "CREATE UNIQUE" in each.what
        if matters and relation_of((each.kind, each.name), each.what) in needed:
            raise Uncloneable(
                f"the clone is not as the target where it matters: {each.kind} {each.name}: {each.what}"
                + "".join(f"; {one.kind} {one.name} {one.what}" for one in left_out[:3]),
                "let the ephemeral server have what is named (an extension?); --pg-bin names another server",
            )


@contextmanager
def _made(databases: Databases, name: str, seen: Seen, dump: str | None) -> Iterator[Clone]:
    database = databases.clone("template0", f"clone_of_{name}")
    try:
        conninfo = databases.cluster.dsn(database)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            differences = list(_stand_in(connection, seen.surroundings))
            if dump is None:
                left = list(rebuild(connection, seen.definition))
            else:
                left = [*_unread(seen), *_restore(connection, dump)]
            connection.execute("reset all")
            otherwise = tuple(unlike(connection, seen))
            _set_path(connection, database, seen.surroundings)
            _copy_routing(connection, seen)
            _number_on(connection)
        _grow(databases, database, {name: table.bytes for name, table in seen.tables.items()})
        whole = not any(each.what.startswith(LEFT_OUT) for each in left)
        # What was left out says it all, where there is something.
        yield Clone(conninfo, (*differences, *left, *(otherwise if whole else ())), otherwise, whole)
    finally:
        databases.drop(database)


def _unread(seen: Seen) -> Iterator[Difference]:
    """Yield the tables that pg_dump may not lock."""
    for name, table in seen.tables.items():
        if not table.readable:
            yield Difference("table", name, f"{LEFT_OUT} the DSN's role may not read it")


def _set_path(connection: psycopg.Connection, database: str, surroundings: Iterable[Stand]) -> None:
    """Let names be found where Supabase's SQL Editor finds them."""
    if any(each.kind == "schema" and each.name == "extensions" for each in surroundings):
        statement = sql.SQL('alter database {} set search_path = "$user", public, extensions')
        connection.execute(statement.format(sql.Identifier(database)))


def _stand_in(connection: psycopg.Connection, surroundings: Iterable[Stand]) -> Iterator[Difference]:
    """Make what public leans on; what the server has already is better than a stand-in."""
    roles = {row[0] for row in connection.execute("select rolname from pg_roles")}
    for stand in surroundings:
        if not stand.statement:
            yield Difference(stand.kind, stand.name, "left out")
        elif stand.kind == "role" and stand.name in roles:
            continue
        else:
            problem = _try(connection, stand.statement)
            if problem is None:
                if stand.kind not in ("schema", "extension"):
                    yield Difference(
                        stand.kind,
                        stand.name,
                        "stand-in without login" if stand.kind == "role" else "stand-in",
                    )
            elif problem.sqlstate not in _THERE_ALREADY:
                yield Difference(stand.kind, stand.name, f"{LEFT_OUT} {describe(problem)}")


def _restore(connection: psycopg.Connection, dump: str) -> Iterator[Difference]:
    """Run a dump's statements one by one; what one needs and the server lacks stops none of the others."""
    try:
        statements = [each.text.strip() for each in split(_PSQL.sub("", dump)) if each.tokens]
    except Unreadable as error:
        raise UsageError(
            "the clone", found=f"a dump that can't be read: {error}", needed="SQL", fix="report it"
        ) from None
    while statements:
        statement = statements.pop(0)
        problem = _try(connection, statement)
        if problem is not None and problem.sqlstate == "42601":
            # The body of a function or a rule may hold semicolons: it goes on after one.
            for more in range(1, min(len(statements), _LONGEST_BODY) + 1):
                if _try(connection, "\n".join((statement, *statements[:more]))) is None:
                    del statements[:more]
                    problem = None
                    break
        if problem is not None and not _is_harmless(problem):
            about = _ABOUT.search(statement)
            name = about["what"].strip() if about else statement[:80]
            yield Difference("statement", name, f"{LEFT_OUT} {describe(problem)}")


def _try(connection: psycopg.Connection, statement: str) -> psycopg.Error | None:
    try:
        connection.execute(statement.encode())
    except psycopg.Error as error:
        return error
    return None


def _is_harmless(problem: psycopg.Error) -> bool:
    message = problem.diag.message_primary or ""
    return problem.sqlstate == "42P06" or (problem.sqlstate == "42704" and _NO_TRANSACTION_TIMEOUT in message)


def _copy_routing(connection: psycopg.Connection, seen: Seen) -> None:
    """Write the target's routing rows into the clone, triggers and foreign keys apart."""
    if not seen.routing:
        return
    columns = [
        sql.Identifier(row[0])
        for row in connection.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
            "and not attisdropped and attgenerated = '' order by attnum",
            (ROUTING,),
        )
    ]
    names, table = sql.SQL(", ").join(columns), sql.SQL(ROUTING)
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            sql.SQL(
                "insert into {table} ({names}) overriding system value "
                "select {names} from unnest(%s::text[]) line, "
                "jsonb_populate_record(null::{table}, line::jsonb)"
            ).format(table=table, names=names),
            (list(seen.routing),),
        )


def _number_on(connection: psycopg.Connection) -> None:
    """Let sequences go on after the rows that were copied: a dump of the schema alone has no numbers."""
    owned = connection.execute(
        "select d.objid::regclass::text, a.attname from pg_depend d "
        "join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid "
        "where d.refobjid = to_regclass(%s) and d.deptype in ('a', 'i') and d.classid = 'pg_class'::regclass "
        "and exists (select from pg_class c where c.oid = d.objid and c.relkind = 'S')",
        (ROUTING,),
    ).fetchall()
    for sequence, column in owned:
        query = sql.SQL("select setval(%s, greatest(max({}), 1), max({}) is not null) from {}")
        connection.execute(
            query.format(sql.Identifier(column), sql.Identifier(column), sql.SQL(ROUTING)), (sequence,)
        )


def _grow(databases: Databases, database: str, sizes: Mapping[str, int]) -> None:
    """Make empty tables look as large as the target's, up to a limit.

    A file that asks for a table's size, to keep writers from waiting, goes the same way then. The pages
    are a hole in the table's file: PostgreSQL reads them as new and empty, and they take no room.
    """
    with databases.connect(database) as connection:
        for name, size in sizes.items():
            found = connection.execute(
                "select pg_relation_filepath(to_regclass(%s)), pg_relation_size(to_regclass(%s))",
                (name, name),
            ).fetchone()
            if found and found[0] and found[1] == 0 < size:
                path = databases.cluster.directory / "data" / found[0]
                os.truncate(path, min(size, _FULL_SIZE))
