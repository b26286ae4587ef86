"""A server to reach over TCP that writes down every statement, and PgBouncer in front of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release
from rollgate.server.account import server_account, spawn_as
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import Cluster, running_cluster
from rollgate.server.databases import Databases
from rollgate.server.environment import child_environment, die_with_parent

ROOT = Path(__file__).parents[3]
#: What asks a live target through its one session; others have connections of their own.
LOOKING = ("tests/gates/test_gates.py", "tests/gates/test_read_only.py", "tests/evals/test_eval_view.py")
POOLER = """\
[databases]
* = host={socket} port={port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
"""
#: What a whole run needs at once: for its session, and for the rehearsal in place or its witness.
ROOM_FOR_A_RUN = 2


@dataclass(frozen=True)
class Statement:
    """A statement as the server's log has it, and the backend that was asked."""

    application: str
    backend: str
    text: str


@dataclass(frozen=True)
class Database:
    """A database that the release was rolled out on, and the three ways to it."""

    server: Cluster
    name: str
    own: set[str] = field(default_factory=set)  # the backends that `sql` was run by

    def sql(self, statements: str) -> list[tuple]:
        """Run something as the server's owner."""
        with psycopg.connect(self.direct, autocommit=True) as connection:
            self.own.add(str(connection.info.backend_pid))
            cursor = connection.execute(statements.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def direct(self) -> str:
        """The socket."""
        return self.server.dsn(self.name)

    def at(self, port: int | None = None, **more: str) -> str:
        """TCP on this machine: the server, or what listens on `port`."""
        return make_conninfo(
            "",
            host="127.0.0.1",
            port=port or self.server.port,
            user="postgres",
            dbname=self.name,
            sslmode="disable",
            **more,
        )


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def settings(port: int) -> Mapping[str, str]:
    return {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "log_statement": "all",
        "log_line_prefix": "@@%a@%p@@",
        "idle_in_transaction_session_timeout": "0",
    }


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    port = free_port()
    with running_cluster(find_binaries(), settings=settings(port)) as cluster:
        yield replace(cluster, port=port)


@pytest.fixture(scope="session")
def served(server: Cluster, release: Release) -> Iterator[Rehearsal]:
    with Databases(server) as databases:
        yield Rehearsal(release, databases)


@pytest.fixture
def prod(served: Rehearsal, release: Release) -> Iterator[Database]:
    """The release on prod, with traffic."""
    name = served.databases.clone(served.with_traffic(release.topologies["prod"]))
    yield Database(served.databases.cluster, name)
    served.databases.drop(name)


@pytest.fixture
def staging(served: Rehearsal, release: Release) -> Iterator[Database]:
    """The release on staging, with traffic."""
    name = served.databases.clone(served.with_traffic(release.topologies["staging"]))
    yield Database(served.databases.cluster, name)
    served.databases.drop(name)


@pytest.fixture
def statements(server: Cluster) -> Callable[[], list[Statement]]:
    """Return what the server was asked since the test began."""
    log = server.directory / "server.log"
    start = log.stat().st_size

    def read() -> list[Statement]:
        with log.open("rb") as file:
            file.seek(start)
            text = file.read().decode()
        entries = re.findall(
            r"^@@([^@\n]*)@(\d+)@@LOG:  (?:statement|execute [^:]*): (.*?)(?=^@@|\Z)",
            text,
            re.DOTALL | re.MULTILINE,
        )
        return [Statement(application, backend, said.strip()) for application, backend, said in entries]

    return read


@pytest.fixture(scope="session")
def pooler(server: Cluster) -> Iterator[int]:
    """The port of a PgBouncer in transaction mode that has one connection to hand round."""
    with running_pooler(server, size=1) as port:
        yield port


@pytest.fixture(scope="session")
def roomy_pooler(server: Cluster) -> Iterator[int]:
    """The port of another one, with just as many as a whole run needs at once."""
    with running_pooler(server, size=ROOM_FOR_A_RUN) as port:
        yield port


@contextmanager
def running_pooler(server: Cluster, *, size: int) -> Iterator[int]:
    """Run PgBouncer for as long as the block lasts; yield its port."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("pgbouncer is missing: apt-get install pgbouncer")
        pytest.skip("pgbouncer is not installed here")
    account = server_account()
    folder = server.directory / f"pooler-{size}"
    folder.mkdir(mode=0o700)
    listen = free_port()
    configuration = POOLER.format(socket=server.host, port=server.port, listen=listen, size=size)
    (folder / "pgbouncer.ini").write_text(configuration)
    if account:
        for path in (folder, folder / "pgbouncer.ini"):
            os.chown(path, account.uid, account.gid)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, str(folder / "pgbouncer.ini")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=child_environment(),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
            **spawn_as(account),
        )
    try:
        _wait_for(listen, process, log)
        yield listen
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    pytest.fail(f"pgbouncer did not start: {log.read_text()}")


@dataclass(frozen=True)
class Verified:
    """A run of the suite against one live target: its exit code, what it printed and its record."""

    exit_code: int
    output: str
    record: dict[str, Any]

    def gate(self, name: str) -> dict[str, Any]:
        (found,) = [gate for gate in self.record["gates"] if gate["id"] == name]
        return dict(found)

    @property
    def blocking(self) -> dict[str, str]:
        """What each gate that blocks says."""
        return {
            gate["id"]: gate["error"] or str(gate["violations"])
            for gate in self.record["gates"]
            if gate["severity"] == "error" and gate["outcome"] not in ("PASS", "WAIVED")
        }


@pytest.fixture
def verify(tmp_path: Path) -> Callable[..., Verified]:
    """Run the suite as an operator does, in a process of its own, on the files that only look; or on all."""

    def run(
        dsn: str, *arguments: str, files: tuple[str, ...] = LOOKING, env: str = "prod", **more: str
    ) -> Verified:
        reports = tmp_path / f"reports-{len(list(tmp_path.iterdir()))}"
        finished = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--env={env}"),
                *(f"--reports={reports}", *arguments, *files),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                **{f"{env.upper()}_DATABASE_URL": dsn, "PYTEST_ADDOPTS": "", "GITHUB_STEP_SUMMARY": ""},
                **more,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        output = finished.stdout + finished.stderr
        found = list(reports.glob("*/record.json"))
        assert len(found) == 1, output
        return Verified(finished.returncode, output, json.loads(found[0].read_text()))

    return run
