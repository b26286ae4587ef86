"""A server that logs in every format, a soak on it, and writes that fail in every way."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, Topology
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import Cluster, running_cluster
from rollgate.server.databases import Databases
from rollgate.soak.places import LogPlaces
from rollgate.soak.soak import Identity, Soak
from rollgate.soak.start import Verification
from rollgate.target.query import ask_all
from rollgate.target.session import read_only_session
from rollgate.verdict import Verdict
from tests.gates.soaking import Trial, Trouble

FORMATS = {"jsonlog": ".json", "csvlog": ".csv", "stderr": ".log"}
HOUR = datetime.timedelta(hours=1)
PREFIX = "%m [%p] %q%u@%d/%a "
INSERT = """
insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, output_site_json, selected_provider, latency_ms, created_at)
values ('generation', %s, 'a site', 'openai', '{"pages": 1}', 'openai', %s, now() - %s * interval '1 minute')
"""


@pytest.fixture(scope="session")
def logging_server() -> Iterator[Cluster]:
    """A server with the collector on: jsonlog, csvlog and stderr, each a file of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = int(listener.getsockname()[1])
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "logging_collector": "on",
        "log_destination": "stderr,csvlog,jsonlog",
        "log_directory": "log",
        "log_filename": "postgresql.log",
        "log_line_prefix": PREFIX,
        "log_timezone": "Asia/Kolkata",
        "log_file_mode": "0644",
        "log_checkpoints": "on",
    }
    with running_cluster(find_binaries(majors=(17, 15)), settings=settings) as cluster:
        yield replace(cluster, port=port)


@pytest.fixture(scope="session")
def logged(logging_server: Cluster, release: Release) -> Iterator[Rehearsal]:
    with Databases(logging_server) as databases:
        yield Rehearsal(release, databases)


@dataclass
class Soaked:
    """A database of that server, whose soak began a while ago, and its log."""

    server: Cluster
    conninfo: str
    release: Release
    topology: Topology
    began: datetime.datetime
    folder: Path

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.conninfo, autocommit=True)

    def at(self, port: int) -> str:
        """The DSN by which something on this machine leads here."""
        name = conninfo_to_dict(self.conninfo)["dbname"]
        return make_conninfo("", host="127.0.0.1", port=port, user="postgres", dbname=name, sslmode="disable")

    def ago(self, hours: float) -> str:
        """The time so many hours ago, for an option."""
        return (datetime.datetime.now(datetime.UTC) - hours * HOUR).isoformat()

    def log(self, format: str) -> Path:
        """The server's log in a format, as it is now."""
        return self.server.directory / "data" / "log" / f"postgresql{FORMATS[format]}"

    def copy(self, format: str) -> Path:
        """A copy of the log, to be damaged."""
        path = self.folder / f"copy{FORMATS[format]}"
        shutil.copyfile(self.log(format), path)
        return path

    def errors(self, *statements: str) -> None:
        """Run statements that fail, each on its own."""
        with self.connect() as connection:
            for statement in statements:
                with pytest.raises(psycopg.Error):
                    connection.execute(statement.encode())

    def judged(self, gate: str, *paths: Path, **more: Any) -> dict[str, str]:
        """What a gate says, by object, with these logs."""
        with self.session() as connection:
            soak = self.soak(connection, *paths, **more)
            self.wait_for_probe(soak)
            outcomes: dict[str, str] = getattr(soak, gate).outcomes
            return outcomes

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection[Any]]:
        """The session of a run."""
        with read_only_session(self.conninfo) as connection:
            yield connection

    def wait_for_probe(self, soak: Soak) -> None:
        """Wait until the collector has written what the run made the server log, in every format."""
        probe = soak.facts.probe
        wait_for(lambda: all(probe in text_of(self.log(format)) for format in FORMATS))

    def soak(self, connection: psycopg.Connection[Any], *paths: Path, **more: Any) -> Soak:
        options: dict[str, Any] = {
            "verifications": [
                Verification(self.began, self.release.digest, "here", Verdict.GO, verified=True)
            ],
            "logs": LogPlaces(paths),
            **more,
        }
        return Soak(
            lambda *queries: ask_all(connection, queries),
            self.release,
            self.topology,
            Identity("here"),
            **options,
        )


@pytest.fixture
def soaked_database(logged: Rehearsal, release: Release, tmp_path: Path) -> Iterator[Soaked]:
    """A soak that began a minute ago; nothing is asked of its length, and so its log covers it."""
    topology = release.topologies["staging"]
    with logged.databases.cloned(logged.rolled_out(topology)) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(
                "update public.ai_provider_configs set created_at = now() - interval '3 days', "
                "updated_at = now() - interval '3 days'"
            )
            ((began,),) = connection.execute("select clock_timestamp()")
        yield Soaked(logged.databases.cluster, conninfo, release, topology, began, tmp_path)


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until the log's collector has written."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "the log says nothing of it"
        time.sleep(0.01)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if os.access(path, os.R_OK) else ""


@pytest.fixture(scope="module")
def trial(rehearsal: Rehearsal, release: Release) -> Iterator[Trial]:
    """A quiet soak on staging's rehearsal, whose answers are known."""
    with Trial.begun(rehearsal, release.topologies["staging"]) as trial:
        yield trial


@pytest.fixture
def judged(trial: Trial, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """What the gate on errors says of the files in a folder; what decides, by object."""

    def judged(*paths: Path, gate: str = "errors") -> dict[str, str]:
        soak = trial.soak(Trouble("files", gate), paths or (tmp_path,))
        outcomes: dict[str, str] = getattr(soak, gate).outcomes
        return outcomes

    return judged
