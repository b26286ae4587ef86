"""Targets that play live ones: databases of the rehearsal's own server, and of another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from rollgate.rehearsal.preview import Preview, Previews
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.run import Run
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases
from rollgate.target.session import read_only_session
from rollgate.target.target import Target

Previewed = Callable[[str], Preview]


@pytest.fixture
def staging(run: Run) -> Target:
    return Target(run.release.topologies["staging"], live=True)


@pytest.fixture
def previews_of(run: Run, rehearsal: Rehearsal) -> Callable[[str], Previews]:
    """Return what previews the database at a conninfo, as a live target's."""

    def of(conninfo: str) -> Previews:
        @contextmanager
        def session(target: Target) -> Iterator[psycopg.Connection]:
            with read_only_session(conninfo) as connection:
                yield connection

        return Previews(session, lambda: rehearsal, gates=run.gates, evidence=run.evidence)

    return of


@pytest.fixture
def preview(previews_of: Callable[[str], Previews], staging: Target) -> Previewed:
    return lambda conninfo: previews_of(conninfo).of(staging)


@pytest.fixture(scope="session")
def elsewhere(run: Run) -> Iterator[Rehearsal]:
    """The release on a second server, whose roles and extensions are not the rehearsal's."""
    with (
        running_cluster(find_binaries(majors=run.release.postgres)) as cluster,
        Databases(cluster) as databases,
    ):
        yield Rehearsal(run.release, databases)


@pytest.fixture
def supabase(elsewhere: Rehearsal) -> Iterator[str]:
    """A Phase 1 database with Supabase's furniture; its roles stay on that server."""
    furniture = (Path(__file__).parent / "supabase.sql").read_bytes()
    phase1 = elsewhere.release.baselines["clean"]

    def build(connection: psycopg.Connection) -> None:
        for path in phase1:
            connection.execute(path.read_bytes())
        connection.execute(furniture)

    with elsewhere.databases.cloned(elsewhere.databases.template("supabase", build)) as conninfo:
        yield conninfo
