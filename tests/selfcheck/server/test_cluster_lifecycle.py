"""A cluster starts, is private, and is gone afterwards, whatever happened in between."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from rollgate.errors import UsageError
from rollgate.server import cluster as cluster_module
from rollgate.server.account import Account
from rollgate.server.binaries import Binaries
from rollgate.server.cluster import Cluster, running_cluster

Alive = Callable[[int], bool]
FakeServer = Callable[..., Path]


def ask(cluster: Cluster, query: str, dbname: str = "postgres") -> object:
    with psycopg.connect(cluster.dsn(dbname)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_it_serves_and_then_leaves_no_process_and_no_folder(binaries: Binaries, is_alive: Alive) -> None:
    with running_cluster(binaries) as cluster:
        assert ask(cluster, "select 6 * 7") == 42
        assert is_alive(cluster.pid)
    assert not is_alive(cluster.pid)
    assert not cluster.directory.parent.exists()


def test_the_version_is_the_one_that_was_found(server: Cluster, binaries: Binaries) -> None:
    assert str(ask(server, "show server_version")).split()[0] == binaries.version
    assert int(str(ask(server, "show server_version_num"))) // 10000 == binaries.major


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_ends_it_and_passes(
    binaries: Binaries, is_alive: Alive, error: type[BaseException]
) -> None:
    with pytest.raises(error), running_cluster(binaries) as cluster:
        raise error
    assert not is_alive(cluster.pid)
    assert not cluster.directory.parent.exists()


def test_two_run_at_once(binaries: Binaries, server: Cluster) -> None:
    with running_cluster(binaries) as other:
        assert other.directory != server.directory
        assert ask(other, "select pg_postmaster_start_time()") != ask(
            server, "select pg_postmaster_start_time()"
        )
    assert ask(server, "select 1") == 1


def test_its_folder_is_closed_and_belongs_to_its_account(server: Cluster, account: Account | None) -> None:
    status = server.directory.stat()
    assert status.st_mode & 0o777 == 0o700
    assert status.st_uid == (account.uid if account else os.geteuid())
    assert server.host == str(server.directory)


def test_it_does_not_listen_on_tcp(server: Cluster) -> None:
    assert ask(server, "show listen_addresses") == ""
    listen_address = (server.directory / "data" / "postmaster.pid").read_text().splitlines()[5]
    assert listen_address == ""


@pytest.mark.parametrize("variable", ["PGHOSTADDR", "PGOPTIONS", "PGPORT", "PGDATABASE", "PGCHANNELBINDING"])
def test_the_operators_variables_do_not_lead_elsewhere(
    server: Cluster, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    harmful = {"PGHOSTADDR": "127.0.0.1", "PGOPTIONS": "-c nonsense=1", "PGCHANNELBINDING": "require"}
    monkeypatch.setenv(variable, harmful.get(variable, "1"))
    assert ask(server, "show unix_socket_directories") == server.host


def test_settings_of_the_caller_win(binaries: Binaries) -> None:
    with running_cluster(binaries, settings={"max_connections": "17", "wal_level": "logical"}) as cluster:
        assert ask(cluster, "show max_connections") == "17"
        assert ask(cluster, "show wal_level") == "logical"


def test_secrets_of_the_environment_stay_with_the_caller(
    binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGING_DATABASE_URL", "postgresql://u:hunter2@staging.invalid/db")
    with running_cluster(binaries) as cluster:
        seen = Path(f"/proc/{cluster.pid}/environ")
        if not seen.exists():
            pytest.skip("no /proc to look at")
        assert b"hunter2" not in seen.read_bytes()


def test_an_early_death_shows_the_log(binaries: Binaries, open_folder: Path, only_here: None) -> None:
    with (
        pytest.raises(UsageError) as caught,
        running_cluster(binaries, settings={"shared_buffers": "plenty"}),
    ):
        pytest.fail("it started")
    assert 'invalid value for parameter "shared_buffers"' in caught.value.found
    assert os.listdir(open_folder) == []


def test_a_server_that_died_meanwhile_is_no_trouble(binaries: Binaries, is_alive: Alive) -> None:
    with running_cluster(binaries) as cluster:
        os.kill(cluster.pid, signal.SIGKILL)
    assert not is_alive(cluster.pid)
    assert not cluster.directory.parent.exists()


def test_a_failing_initdb_is_quoted_and_leaves_nothing(
    fake_server: FakeServer, open_folder: Path, only_here: None
) -> None:
    bindir = fake_server("broken", initdb="echo 'initdb: error: No space left on device' >&2; exit 1")
    with pytest.raises(UsageError) as caught, running_cluster(Binaries(bindir, "17.4", "a fake")):
        pytest.fail("it started")
    assert "initdb ended with 1" in caught.value.found
    assert "No space left on device" in caught.value.found
    assert os.listdir(open_folder) == ["broken"]


def test_without_a_usable_folder_the_way_out_is_told(
    binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "run_parents", lambda account: [])
    with pytest.raises(UsageError, match="TMPDIR"), running_cluster(binaries):
        pytest.fail("it started")


def test_the_log_can_be_read(server: Cluster) -> None:
    with psycopg.connect(server.dsn("postgres")) as connection, pytest.raises(psycopg.Error):
        connection.execute("select * from no_such_table_anywhere")
    assert "no_such_table_anywhere" in server.log_text()


@pytest.fixture
def only_here(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs go below the open folder, so that what they leave can be seen."""
    monkeypatch.setattr(cluster_module, "run_parents", lambda account: [open_folder])
