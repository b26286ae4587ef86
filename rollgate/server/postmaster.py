"""The server process: started, waited for, stopped, and never outliving its parent."""

from __future__ import annotations

import signal
import subprocess
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rollgate.errors import UsageError
from rollgate.server.account import Account, spawn_as
from rollgate.server.environment import child_environment, die_with_parent
from rollgate.server.memory import release_memory
from rollgate.server.reach import Reachable

START_DEADLINE = 30.0
STOPS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 5.0))
"""Fast, immediate, last resort, each with the seconds that it is given (postgres(1))."""

STEP = 0.002
PORT = 5432
LOG_TAIL = 20_000

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",  # no TCP: the folder's mode is the only door
    "unix_socket_permissions": "0700",
    "fsync": "off",  # what it holds dies with the run
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",  # in the data folder: a killed server leaves nothing elsewhere
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Workers would change statistics and plans at their own time, and hold a template while it is cloned.
    "autovacuum": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}


def initialise(programs: Reachable, data: Path, account: Account | None) -> None:
    """Make the data folder with initdb. Its superuser is `postgres`; UsageError holds its complaint.

    `trust` is safe here: the socket lies in a folder that only the server's account (and root) enters.
    """
    command = [
        *(str(programs.bindir / "initdb"), "--pgdata", str(data), "--username", "postgres"),
        *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
    ]
    with _spawning():
        process = subprocess.Popen(  # noqa: S603 - programs that find_binaries believed
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=child_environment(programs.libraries),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
            **spawn_as(account),
        )
    try:
        words, _ = process.communicate()
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        raise UsageError(
            "the ephemeral server",
            found=f"initdb ended with {process.returncode}: {_indented(words)}",
            needed="a new cluster in a temporary folder",
            fix="mend what initdb says, or point TMPDIR at a folder with room for it",
        )


@contextmanager
def running_postmaster(
    programs: Reachable, run: Path, settings: Mapping[str, str], account: Account | None
) -> Iterator[int]:
    """Start `postgres` on the data folder in `run` and yield its process id once it is ready."""
    chosen = {**SETTINGS, "unix_socket_directories": str(run), "port": str(PORT), **settings}
    command = [str(programs.bindir / "postgres"), "-D", str(run / "data")]
    for name, value in chosen.items():
        command += ["-c", f"{name}={value}"]
    with (run / "server.log").open("ab") as log, _spawning():
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,  # a file: a pipe would be inherited by every backend
            stderr=subprocess.STDOUT,
            cwd="/",
            env=child_environment(programs.libraries),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGQUIT),
            **spawn_as(account),
        )
    try:
        _wait_until_ready(process, run)
        yield process.pid
    finally:
        _stop(process)
        release_memory(run / "data")


def log_tail(run: Path) -> str:
    """Return the last 20 kB of the server's log, whole lines; empty when there is none."""
    try:
        with (run / "server.log").open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - LOG_TAIL))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return text if size <= LOG_TAIL else text.partition("\n")[2]


def _wait_until_ready(process: subprocess.Popen[bytes], run: Path) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while not _is_ready(run / "data" / "postmaster.pid", process.pid):
        if process.poll() is not None:
            raise _not_started(f"postgres ended with {process.returncode}", run)
        if time.monotonic() > deadline:
            raise _not_started(f"postgres was not ready after {START_DEADLINE:.0f} s", run)
        time.sleep(STEP)


def _is_ready(file: Path, pid: int) -> bool:
    """Read what the postmaster says of itself, as pg_ctl does: its id first, its status eighth."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, dead already or not."""
    for number, patience in STOPS:
        deadline = time.monotonic() + patience
        if process.poll() is None:
            process.send_signal(number)
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(STEP)
        if process.returncode is not None:
            return


@contextmanager
def _spawning() -> Iterator[None]:
    """Silence the warning about forking beside threads: between fork and exec we make two calls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _not_started(what: str, run: Path) -> UsageError:
    lines = log_tail(run).splitlines()[-15:]
    return UsageError(
        "the ephemeral server",
        found=f"{what}; the end of its log:{_indented(chr(10).join(lines).encode())}",
        needed="a server that starts",
        fix="mend what the log says, or name another PostgreSQL with --pg-bin",
    )


def _indented(words: bytes) -> str:
    lines = words.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
    return "".join(f"\n    {line}" for line in lines)
