"""The server runs for root and for an ordinary user, and with programs below a closed folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import rollgate
from rollgate.errors import UsageError
from rollgate.server import account as account_module
from rollgate.server import wheels
from rollgate.server.account import Account, may_enter, server_account
from rollgate.server.binaries import Binaries, find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.reach import within_reach

ROOT = str(Path(rollgate.__file__).parents[1])
AS_ORDINARY_USER = """
import os, sys
import psycopg, rollgate.server.databases
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases
# Imported first: the interpreter itself may lie where the user can't read.
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[1]))
binaries = find_binaries(pg_bin=sys.argv[3])
with running_cluster(binaries) as cluster, Databases(cluster) as databases:
    name = databases.clone(databases.template("t", lambda c: c.execute("create table t()")))
    with databases.connect(name) as connection:
        connection.execute("select * from t")
    assert cluster.directory.stat().st_uid == os.getuid() == int(sys.argv[1])
assert not cluster.directory.parent.exists()
print("done")
"""

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@only_root
def test_an_ordinary_user_can_run_it(binaries: Binaries) -> None:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("there is no account `nobody` here")
    nobody = Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([ROOT, *sys.path])}
    with within_reach(binaries, nobody) as programs:
        if programs.libraries:
            environ["LD_LIBRARY_PATH"] = str(programs.libraries)
        command = [sys.executable, "-c", AS_ORDINARY_USER, str(nobody.uid), str(nobody.gid)]
        done = subprocess.run(
            [*command, str(programs.bindir)], env=environ, cwd="/", capture_output=True, text=True
        )
    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.fixture
def closed_bindir() -> Iterator[Path]:
    """An installation below a folder that only root enters, as a virtual environment in its home is."""
    source = _self_contained()
    closed = Path(tempfile.mkdtemp())
    package = closed / "site-packages" / source.parent.name
    shutil.copytree(source, package / source.name, ignore=shutil.ignore_patterns("include", "*.a"))
    bundled = Path(f"{source.parent}.libs")
    if bundled.is_dir():
        shutil.copytree(bundled, closed / "site-packages" / bundled.name)
    yield package / source.name / "bin"
    shutil.rmtree(closed)


def _self_contained() -> Path:
    """Return an installation that works from anywhere: bin, lib and share in one folder."""
    if wheels.wheel_version(wheels.EMBEDDED):
        return wheels.embedded_bindir().parent
    if wheels.wheel_version(wheels.ARCHIVED):
        return wheels.archived_bindir().parent
    pytest.skip("no wheel with PostgreSQL is installed: a system's can't be moved")


@only_root
def test_programs_below_a_closed_folder_work_for_root(closed_bindir: Path, account: Account) -> None:
    assert not may_enter(closed_bindir, account)
    binaries = find_binaries(pg_bin=str(closed_bindir))
    with running_cluster(binaries) as cluster:
        with psycopg.connect(cluster.dsn("postgres")) as connection:
            connection.execute("create extension hstore")
        copy = Path(os.readlink(f"/proc/{cluster.pid}/exe"))
        assert copy.exists()
        assert closed_bindir not in copy.parents
    assert not copy.exists()
    assert not may_enter(closed_bindir, account)


@only_root
def test_a_closed_folder_that_can_not_be_copied_is_refused(fake_closed: Path, account: Account) -> None:
    with pytest.raises(UsageError, match=f"{account.name}: Permission denied"):
        find_binaries(pg_bin=str(fake_closed))


@pytest.fixture
def fake_closed(tmp_path: Path) -> Path:
    for program in ("initdb", "postgres"):
        (tmp_path / program).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.4'\n")
        (tmp_path / program).chmod(0o755)
    tmp_path.chmod(0o700)
    return tmp_path


def test_an_ordinary_user_runs_it_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert server_account() is None


def test_root_without_an_account_to_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(account_module, "CANDIDATES", ("no-such-account",))
    with pytest.raises(UsageError, match="run as an ordinary user"):
        server_account()


def test_the_bits_of_every_parent_count(open_folder: Path) -> None:
    stranger = Account("stranger", 4_000_000, 4_000_000)
    (open_folder / "a" / "b").mkdir(parents=True)
    assert may_enter(open_folder / "a" / "b", stranger)
    (open_folder / "a").chmod(0o700)
    assert not may_enter(open_folder / "a" / "b", stranger)
    assert not may_enter(open_folder / "missing", stranger)
