"""Databases of a cluster: templates that are built once, and clones that cost milliseconds."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql

from rollgate.server.cluster import Cluster

DEPARTURE = 5.0
STEP = 0.001


class Databases:
    """Make, clone and drop the databases of one cluster over one administrative connection.

    pytest-postgresql's DatabaseJanitor connects anew for every action and can't name the copy strategy.
    Measured in one run on memory, for a database of 30 tables: it takes 2.9 times as long to clone (29 ms
    against 10) and 1.4 times as long to drop (9 against 7). Not for several threads at once.
    """

    def __init__(self, cluster: Cluster) -> None:
        """Connect to the maintenance database of `cluster`."""
        self.cluster = cluster
        self._admin = self.connect(cluster.maintenance_dbname, autocommit=True)
        self._built: set[str] = set()

    def __enter__(self) -> Self:
        """Return itself; the connection is open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the administrative connection."""
        self.close()

    def close(self) -> None:
        """Close the administrative connection; the databases stay, for as long as the cluster does."""
        self._admin.close()

    def connect(self, name: str, **kwargs: Any) -> psycopg.Connection[Any]:
        """Connect to a database here; `kwargs` are those of `psycopg.connect`."""
        return psycopg.connect(self.cluster.dsn(name), **kwargs)

    def template(
        self, name: str, build: Callable[[psycopg.Connection[Any]], None], *, base: str | None = None
    ) -> str:
        """Return the name of a template that `build` filled, over an autocommit connection.

        It starts from `base`, another template, or from an empty database. It is built once: a second
        call returns the name and builds nothing. When `build` raises, the database is dropped.
        """
        if name in self._built:
            return name
        self._create(name, base or "template0")
        try:
            with self.connect(name, autocommit=True) as connection:
                build(connection)
            self._run("alter database {} with is_template true allow_connections false", name)
            self._wait_for_departure(name)
        except BaseException:
            with contextlib.suppress(psycopg.Error):  # what `build` raised is what matters
                self.drop(name)
            raise
        self._built.add(name)
        return name

    def clone(self, template: str, name: str | None = None) -> str:
        """Copy a template into a new database and return its name, a fresh one unless it is given."""
        chosen = name or f"{template[:40]}_{secrets.token_hex(4)}"
        self._create(chosen, template)
        return chosen

    def drop(self, name: str) -> None:
        """Drop a database, a template too, whoever is connected to it; fine when there is none."""
        self._built.discard(name)
        found = self._admin.execute("select datistemplate from pg_database where datname = %s", (name,))
        for (is_template,) in found:
            if is_template:
                self._run("alter database {} with is_template false", name)
        self._admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,)
        )
        self._wait_for_departure(name)
        self._run("drop database if exists {} with (force)", name)

    @contextmanager
    def cloned(self, template: str) -> Iterator[str]:
        """Yield the conninfo of a fresh clone and drop it at the end."""
        name = self.clone(template)
        try:
            yield self.cluster.dsn(name)
        finally:
            self.drop(name)

    def _create(self, name: str, template: str) -> None:
        # Copying files beats writing them to the log, the default, while a database is small.
        self._run("create database {} template {} strategy file_copy", name, template)

    def _run(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _wait_for_departure(self, name: str) -> None:
        """Wait until no backend is left in a database.

        A closed connection's backend lives on for a moment. `create database` and `drop database` that
        meet it sleep for 100 ms before they look again (CountOtherDBBackends), so we look first.
        """
        deadline = time.monotonic() + DEPARTURE
        query = "select 1 from pg_stat_activity where datname = %s limit 1"
        while self._admin.execute(query, (name,)).fetchone() and time.monotonic() < deadline:
            time.sleep(STEP)
