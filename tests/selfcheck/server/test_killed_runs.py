"""What a killed run leaves is cleared away, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

import rollgate
from rollgate.server import leftovers as leftovers_module
from rollgate.server.account import Account
from rollgate.server.binaries import Binaries
from rollgate.server.cluster import Cluster
from rollgate.server.leftovers import sweep
from rollgate.server.scratch import scratch_folder

Alive = Callable[[int], bool]
Eventually = Callable[[Callable[[], bool]], bool]

ROOT = str(Path(rollgate.__file__).parents[1])
RUN = """
import sys
import rollgate.server.postmaster as postmaster
from pathlib import Path
from rollgate.server.binaries import Binaries
from rollgate.server.cluster import running_cluster
if sys.argv[2] == "orphan":
    postmaster.die_with_parent = lambda number: None
with running_cluster(Binaries(Path(sys.argv[1]), "17.0", "a test")) as cluster:
    print(cluster.pid, cluster.directory, flush=True)
    sys.stdin.read()
"""


def start_and_kill(binaries: Binaries, mode: str) -> tuple[int, Path]:
    """Start a run in a process of its own, kill that, and return the server's id and folder."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([ROOT, *sys.path])}
    command = [sys.executable, "-c", RUN, str(binaries.bindir), mode]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
    ) as run:
        assert run.stdout is not None
        pid, directory = run.stdout.readline().split()
        run.kill()
    return int(pid), Path(directory)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel tells children on Linux only")
def test_the_server_of_a_killed_run_ends_by_itself(
    binaries: Binaries, is_alive: Alive, eventually: Eventually
) -> None:
    pid, directory = start_and_kill(binaries, "usual")
    assert eventually(lambda: not is_alive(pid))
    assert eventually(lambda: bool(sweep()) or not directory.parent.exists())
    assert eventually(lambda: not directory.parent.exists())


def test_a_server_that_survived_is_ended_by_the_next_run(
    binaries: Binaries, is_alive: Alive, eventually: Eventually
) -> None:
    pid, directory = start_and_kill(binaries, "orphan")
    sweep()
    assert eventually(lambda: not is_alive(pid))
    assert eventually(lambda: not directory.parent.exists())


def test_a_living_run_is_not_swept(server: Cluster, is_alive: Alive) -> None:
    assert server.directory.parent not in sweep()
    assert is_alive(server.pid)
    with psycopg.connect(server.dsn("postgres")) as connection:
        connection.execute("select 1")


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that is swept."""
    monkeypatch.setattr(leftovers_module, "all_parents", lambda: [tmp_path])
    return tmp_path


def test_a_folder_of_another_name_is_not_ours(parent: Path) -> None:
    (parent / "rollgate-report").mkdir()
    assert sweep() == []
    assert (parent / "rollgate-report").exists()


def test_a_folder_of_other_contents_is_not_ours(parent: Path) -> None:
    (parent / "rollgate-0123456789ab" / "thesis").mkdir(parents=True)
    assert sweep() == []
    assert (parent / "rollgate-0123456789ab" / "thesis").exists()


def test_links_are_not_followed(parent: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "run").mkdir()
    (elsewhere / "run" / "precious").touch()
    (parent / "rollgate-0123456789ab").symlink_to(elsewhere)
    (parent / "rollgate-ba9876543210").mkdir()
    (parent / "rollgate-ba9876543210" / "run").symlink_to(elsewhere / "run")
    assert sweep() == [parent / "rollgate-ba9876543210"]
    assert (elsewhere / "run" / "precious").exists()


def test_the_folder_of_another_user_is_not_ours(parent: Path, account: Account | None) -> None:
    if account is None:
        pytest.skip("only root can make a folder of another user")
    theirs = parent / "rollgate-0123456789ab"
    (theirs / "run").mkdir(parents=True)
    os.chown(theirs, account.uid, account.gid)
    assert sweep() == []
    assert theirs.exists()


def test_a_process_that_only_has_the_same_number_lives_on(parent: Path, is_alive: Alive) -> None:
    data = parent / "rollgate-0123456789ab" / "run" / "data"
    data.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"]) as bystander:
        (data / "postmaster.pid").write_text(f"{bystander.pid}\n{data}\n")
        assert sweep() == [parent / "rollgate-0123456789ab"]
        assert is_alive(bystander.pid)
        bystander.kill()


def test_a_folder_in_the_making_is_never_lost_to_a_sweep(parent: Path) -> None:
    finished = threading.Event()

    def keep_sweeping() -> None:
        while not finished.is_set():
            sweep()

    sweeper = threading.Thread(target=keep_sweeping)
    sweeper.start()
    try:
        for _ in range(200):
            with scratch_folder(parent, mode=0o700) as folder:
                (folder / "run").mkdir()
                assert (folder / "run").exists()
    finally:
        finished.set()
        sweeper.join()
    assert os.listdir(parent) == []
