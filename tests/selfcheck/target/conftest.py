"""A server that asks for a password, on this machine only, and small projects that are pointed at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from rollgate.release import Release
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import Cluster, running_cluster
from rollgate.server.databases import Databases
from tests.selfcheck.project import TABLE, Project

#: What must never be seen. The characters after it are what a URL, a shell and SQL each read differently.
CANARY = "canary-K7mQ2x"
PASSWORD = f"{CANARY}/@%:'\\ 9"

ROLES = f"""
create role reader login password '{PASSWORD.replace("'", "''")}';
grant select on public.t to reader;
create table public.secret (n integer);
"""
#: Everything that makes pytest say more than it should.
LOUD = (
    *("-vv", "-l", "--full-trace", "-rA", "--junitxml=junit.xml", "-o", "log_cli=true"),
    *("-o", "junit_logging=all", "--log-level=DEBUG", "--log-file=log.txt"),
)
HBA = """\
local all all               trust
host  all all 127.0.0.1/32  scram-sha-256
"""


@dataclass(frozen=True)
class Door:
    """A database behind a password."""

    cluster: Cluster
    name: str
    encrypts: bool

    @property
    def admin(self) -> str:
        return self.cluster.dsn(self.name)

    def url(
        self, *, password: str = PASSWORD, name: str = "", host: str = "127.0.0.1", query: str = ""
    ) -> str:
        place = f"{host}:{self.cluster.port}/{name or self.name}"
        return f"postgresql://reader:{quote(password, safe='')}@{place}{query}"


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def guarded(release: Release) -> Iterator[Cluster]:
    with guarded_server(release) as cluster:
        yield cluster


@contextmanager
def guarded_server(release: Release) -> Iterator[Cluster]:
    """Run a server that asks for passwords on TCP."""
    port = free_port()
    settings = {"listen_addresses": "127.0.0.1", "port": str(port)}
    with running_cluster(find_binaries(majors=release.postgres), settings=settings) as made:
        cluster = replace(made, port=port)
        (cluster.directory / "data" / "pg_hba.conf").write_text(HBA)
        _offer_tls(cluster)
        yield cluster


def _offer_tls(cluster: Cluster) -> None:
    """Give the server a certificate for 127.0.0.1, if it can encrypt and somebody can make one."""
    openssl = shutil.which("openssl")
    data = cluster.directory / "data"
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as connection:
        if openssl:
            subprocess.run(
                [
                    *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
                    *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext"),
                    *("subjectAltName=IP:127.0.0.1", "-keyout", str(data / "server.key")),
                    *("-out", str(data / "server.crt")),
                ],
                check=True,
                capture_output=True,
            )
            owner = data.stat()
            for name in ("server.key", "server.crt"):
                os.chown(data / name, owner.st_uid, owner.st_gid)
                (data / name).chmod(0o600)
            try:
                connection.execute("alter system set ssl = on")
            except psycopg.Error:  # built without
                connection.execute("alter system reset ssl")
        connection.execute("select pg_reload_conf()")


def make_table(connection: psycopg.Connection) -> None:
    connection.execute(TABLE)


def make_door(databases: Databases, template: str) -> Door:
    name = databases.clone(template)
    with databases.connect(name, autocommit=True) as connection:
        connection.execute(ROLES)
        (encrypts,) = connection.execute("select current_setting('ssl')::boolean").fetchone() or (False,)
    return Door(databases.cluster, name, encrypts)


@pytest.fixture
def door(guarded: Cluster) -> Iterator[Door]:
    with Databases(guarded) as databases:
        template = databases.template("door", make_table)
        made = make_door(databases, template)
        name = made.name
        yield made
        with databases.connect(name, autocommit=True) as connection:
            connection.execute("drop owned by reader")
            connection.execute("drop role reader")
        databases.drop(name)
        databases.drop(template)


@pytest.fixture
def root_certificate(door: Door, tmp_path: Path) -> Path:
    if not door.encrypts:
        pytest.skip("this PostgreSQL was built without TLS, or there is no openssl")
    return Path(shutil.copy(door.cluster.directory / "data" / "server.crt", tmp_path / "root.crt"))


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = Path(__file__).parents[3]
    monkeypatch.setenv("PYTHONPATH", str(root))
    for name in os.environ:
        if name.startswith("PG") or name in ("STAGING_DATABASE_URL", "GITHUB_STEP_SUMMARY", "PYTEST_ADDOPTS"):
            monkeypatch.delenv(name)
    made = Project(pytester)
    shutil.copy(root / "tests" / "gates" / "test_target.py", pytester.path)
    return made


def everything(project: Project, result: pytest.RunResult | None = None) -> str:
    """Return all that a run has shown and left, but for the project that we wrote ourselves."""
    left = [path for path in project.pytester.path.rglob("*") if path.is_file() and path.suffix != ".py"]
    texts = [path.read_text(errors="replace") for path in left if project.sql not in path.parents]
    if result is not None:
        texts += [result.stdout.str(), result.stderr.str()]
    return "\n".join(texts)


def unseen(text: str) -> bool:
    """Tell whether no part of the password is in `text`, however it is spelt."""
    return not any(spelt in text for spelt in (CANARY, PASSWORD[-6:], quote(PASSWORD, safe="")[-9:]))
