"""Templates are built once and stay as they are; clones are independent and cheap to lose."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
import pytest

from rollgate.server.cluster import Cluster
from rollgate.server.databases import Databases

Connection = psycopg.Connection[Any]


@pytest.fixture
def name() -> str:
    """A name that needs quoting."""
    return f'Te"mplate {secrets.token_hex(4)}'


def build(connection: Connection) -> None:
    connection.execute("create table item (id int primary key)")
    connection.execute("insert into item values (1), (2)")


def names(cluster: Cluster) -> set[str]:
    with psycopg.connect(cluster.dsn("postgres")) as connection:
        return {row[0] for row in connection.execute("select datname from pg_database")}


def count(databases: Databases, database: str) -> int:
    with databases.connect(database) as connection:
        row = connection.execute("select count(*) from item").fetchone()
    assert row is not None
    return int(row[0])


def test_a_clone_holds_what_its_template_holds(databases: Databases, name: str) -> None:
    assert count(databases, databases.clone(databases.template(name, build))) == 2


def test_a_clone_is_independent_of_its_template(databases: Databases, name: str) -> None:
    databases.template(name, build)
    first = databases.clone(name)
    with databases.connect(first) as connection:
        connection.execute("delete from item")
    assert count(databases, databases.clone(name)) == 2
    assert count(databases, first) == 0


def test_a_clone_can_be_named(databases: Databases, name: str) -> None:
    assert databases.clone(databases.template(name, build), f"{name} 2") == f"{name} 2"
    assert count(databases, f"{name} 2") == 2


def test_a_template_is_built_once(databases: Databases, name: str) -> None:
    built: list[Connection] = []
    assert databases.template(name, built.append) == name
    assert databases.template(name, built.append) == name
    assert len(built) == 1


def test_the_builder_may_run_what_no_transaction_can(databases: Databases, name: str) -> None:
    def concurrently(connection: Connection) -> None:
        build(connection)
        connection.execute("create index concurrently on item (id)")

    databases.template(name, concurrently)


def test_a_template_can_start_from_another(databases: Databases, name: str) -> None:
    def add(connection: Connection) -> None:
        connection.execute("insert into item values (3)")

    databases.template(name, build)
    more = databases.template(f"{name} more", add, base=name)
    assert count(databases, databases.clone(more)) == 3
    assert count(databases, databases.clone(name)) == 2


def test_nobody_connects_to_a_template(databases: Databases, name: str) -> None:
    databases.template(name, build)
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        databases.connect(name)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_build_that_fails_leaves_no_database(
    databases: Databases, server: Cluster, name: str, error: type[BaseException]
) -> None:
    def fail(connection: Connection) -> None:
        build(connection)
        raise error("half way")

    with pytest.raises(error, match="half way"):
        databases.template(name, fail)
    assert name not in names(server)
    assert count(databases, databases.clone(databases.template(name, build))) == 2


def test_a_borrowed_clone_is_dropped_with_whoever_is_in_it(
    databases: Databases, server: Cluster, name: str
) -> None:
    databases.template(name, build)
    before = names(server)
    with databases.cloned(name) as dsn:
        lingering = psycopg.connect(dsn)
        lingering.execute("select * from item")
    assert names(server) == before
    lingering.close()


def test_a_template_can_be_dropped_and_built_again(databases: Databases, server: Cluster, name: str) -> None:
    databases.template(name, build)
    databases.drop(name)
    assert name not in names(server)
    databases.template(name, build)
    assert name in names(server)


def test_dropping_what_is_not_there_is_fine(databases: Databases) -> None:
    databases.drop("never made")
