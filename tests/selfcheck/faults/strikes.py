"""A pytest plugin that strikes a run at moments of its own: `STRIKE='<moment> <blow>, ...'`, each once.

It also writes down which servers the run has started, so that somebody can look for them afterwards.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Generator
from io import RawIOBase
from pathlib import Path
from typing import Any

import pytest

from rollgate.evidence import keep
from rollgate.plugin import ending
from rollgate.server import postmaster

#: A line for each server: its process, its folder and, once it has one, the id of its shared memory.
SERVERS = Path("servers.txt")
REPORTS = Path("reports")

_due = dict(each.split() for each in os.environ.get("STRIKE", "").split(",") if each)
_servers: list[int] = []


def strike(moment: str) -> None:
    """Strike, if it is a moment to."""
    blow = _due.pop(moment, None)
    if blow is not None:
        BLOWS[blow]()


def _signal(number: int) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


def _signal_twice() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)


def _kill_the_server() -> None:
    os.kill(_servers[-1], signal.SIGKILL)


def _kill_both() -> None:
    _kill_the_server()
    os.kill(os.getpid(), signal.SIGKILL)


def _fill_the_server() -> None:
    """Take every connection that is left, and keep them."""
    import psycopg

    folder = SERVERS.read_text().split()[1]
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            _held.append(psycopg.connect(host=folder, user="postgres", dbname="postgres"))


def _fill_the_disk() -> None:
    """Leave no room for what the run writes: none at all on a disk of its own, else a limit to each file."""
    if REPORTS.is_mount():
        with pytest.raises(OSError, match="No space left"), (REPORTS / "ballast").open("wb", 0) as file:
            _fill(file)
        return
    ending = any(REPORTS.glob("*/report.html"))
    size = (REPORTS / "ledger.jsonl").stat().st_size + 100 if ending else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def _fill(file: RawIOBase) -> None:
    while True:
        file.write(bytes(1 << 16))


_held: list[Any] = []
BLOWS: dict[str, Callable[[], None]] = {
    "SIGTERM": _signal(signal.SIGTERM),
    "SIGINT": _signal(signal.SIGINT),
    "SIGKILL": _signal(signal.SIGKILL),
    "twice": _signal_twice,
    "exit": lambda: os._exit(0),
    "kill-the-server": _kill_the_server,
    "kill-both": _kill_both,
    "fill-the-server": _fill_the_server,
    "fill-the-disk": _fill_the_disk,
}


def before(moment: str, module: Any, name: str) -> None:
    """Strike when something is about to be called."""
    real = getattr(module, name)

    def struck(*arguments: Any, **named: Any) -> Any:
        strike(moment)
        return real(*arguments, **named)

    setattr(module, name, struck)


_wait_until_ready = postmaster._wait_until_ready


def _started(process: subprocess.Popen[bytes], run: Path) -> None:
    _servers.append(process.pid)
    _note(process.pid, run, "none")
    strike("starting")
    _wait_until_ready(process, run)
    lines = (run / "data" / "postmaster.pid").read_text().splitlines()
    _note(process.pid, run, lines[6].split()[1])


def _note(*facts: object) -> None:
    with SERVERS.open("a") as file:
        print(*facts, file=file)


def pytest_configure() -> None:
    """Lie in wait."""
    before("stopping", postmaster, "_stop")
    before("keeping", ending, "keep")
    before("entering", keep, "append")
    postmaster._wait_until_ready = _started


def pytest_collectstart() -> None:
    strike("collecting")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems() -> None:
    strike("collected")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef) -> Generator[None, object, object]:
    found = yield
    strike(f"after-{fixturedef.argname}")
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    strike("judging")
    found = yield
    strike("judged")
    return found


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_summary() -> None:
    strike("drawing")


def pytest_sessionfinish() -> None:
    strike("ending")


def pytest_runtest_logfinish() -> None:
    strike("reported")
