"""Runs that are struck at a moment of their own, and a look at what they leave."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rollgate.evidence.chain import read_chain
from rollgate.server.leftovers import command_line
from tests.selfcheck.faults.strikes import SERVERS
from tests.selfcheck.project import Project

ROOT = Path(__file__).parents[3]
MEMORY = Path("/proc/sysvipc/shm")
PATIENCE = 120.0

FULL = "CI" in os.environ


def everyday(*usual: Any, ci: Sequence[Any] = ()) -> list[Any]:
    """Return what is tried every day, and in CI more: a run takes seconds."""
    return [*usual, *(ci if FULL else ())]


class StruckProject(Project):
    """A small release whose runs are struck."""

    def struck(self, strikes: str, *arguments: str) -> pytest.RunResult:
        """Run it, and have these blows fall at those moments; see `strikes`."""
        self.pytester._monkeypatch.setenv("STRIKE", strikes)
        return self.run("-p", "tests.selfcheck.faults.strikes", *arguments)

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run it; what hangs is a failure."""
        return self.pytester.runpytest_subprocess(
            "-p", "rollgate.plugin", f"--release={self.sql}", *arguments, timeout=PATIENCE
        )

    @property
    def servers(self) -> list[tuple[int, Path, str]]:
        """The servers that the runs have started: process, folder, shared memory."""
        path = self.pytester.path / SERVERS
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(pid), Path(folder), memory) for pid, folder, memory in map(str.split, lines)]

    def leftovers(self, *, folders: bool = True) -> list[object]:
        """What the servers have left that somebody would have to clear away."""
        found: list[object] = []
        for pid, folder, memory in self.servers:
            found += [f"process {pid}"] if command_line(pid) else []
            found += [folder] if folders and folder.parent.exists() else []
            found += [f"shared memory {memory}"] if memory in shared_memory() else []
        return found

    @property
    def ledger(self) -> list[str]:
        """The verdicts of the runs in the ledger, which is as it should be."""
        reports = self.pytester.path / "reports"
        if not (reports / "ledger.jsonl").exists():
            return []
        chain = read_chain(reports)
        assert chain.intact
        return [run.entry.verdict.value for run in chain.runs]


def shared_memory() -> set[str]:
    """Return the ids of the machine's System V segments; of none where it doesn't tell."""
    lines = MEMORY.read_text().splitlines()[1:] if MEMORY.exists() else []
    return {line.split()[1] for line in lines}


def eventually(happened: Callable[[], bool]) -> bool:
    """Wait for something that another process does, for as long as a slow machine may need."""
    deadline = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> StruckProject:
    for name in os.environ:
        if name.startswith(("PG", "GITHUB_")) or name in ("STAGING_DATABASE_URL", "PYTEST_ADDOPTS", "CI"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    made = StruckProject(pytester)
    made.gate("another-row")
    return made
