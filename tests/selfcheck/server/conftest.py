"""One server for the tests that only need any server, and folders that the server's account can enter."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_postgresql import factories

from rollgate.server.account import Account, server_account
from rollgate.server.binaries import Binaries, find_binaries
from rollgate.server.cluster import Cluster, running_cluster
from rollgate.server.databases import Databases
from rollgate.server.leftovers import command_line
from rollgate.server.places import binary_parents

FakeServer = Callable[..., Path]
Eventually = Callable[[Callable[[], bool]], bool]


@pytest.fixture(scope="session")
def account() -> Account | None:
    return server_account()


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    return find_binaries()


@pytest.fixture(scope="session")
def server(binaries: Binaries) -> Iterator[Cluster]:
    with running_cluster(binaries) as cluster:
        yield cluster


@pytest.fixture
def databases(server: Cluster) -> Iterator[Databases]:
    with Databases(server) as databases:
        yield databases


@pytest.fixture
def open_folder(account: Account | None) -> Iterator[Path]:
    """A folder that the server's account can enter, unlike root's `tmp_path`."""
    folder = Path(tempfile.mkdtemp(dir=binary_parents(account)[0]))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def fake_server(open_folder: Path) -> FakeServer:
    """Make a folder with an `initdb` and a `postgres` that only say things."""

    def make(name: str, version: str = "17.4", *, script: str | None = None, initdb: str | None = "") -> Path:
        bindir = open_folder / name
        bindir.mkdir(parents=True)
        _program(bindir / "postgres", script or f'echo "postgres (PostgreSQL) {version}"')
        if initdb is not None:
            _program(bindir / "initdb", initdb)
        return bindir

    return make


@pytest.fixture
def eventually() -> Eventually:
    """Wait for something that another process does, for as long as a slow machine may need."""

    def wait(happened: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + 30
        while not happened() and time.monotonic() < deadline:
            time.sleep(0.02)
        return happened()

    return wait


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    return lambda pid: bool(command_line(pid))


def _load(host: str, port: int, user: str, dbname: str, password: str | None, **_: object) -> None:
    import psycopg

    with psycopg.connect(host=host, port=port, user=user, dbname=dbname, password=password) as connection:
        connection.execute("create table loaded (id int)")
        connection.execute("insert into loaded values (1)")


server_with_template = factories.postgresql_noproc(depends_on="server", load=[_load])
postgresql_on_top = factories.postgresql("server_with_template")
postgresql_directly = factories.postgresql("server")


def _program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
