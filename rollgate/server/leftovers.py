"""Sweeping up after runs that were killed: their server first, then their folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from rollgate.server.memory import release_memory
from rollgate.server.places import all_parents
from rollgate.server.scratch import leftovers, remove

STOPS = ((signal.SIGQUIT, 6.0), (signal.SIGKILL, 5.0))
STEP = 0.01


def sweep() -> list[Path]:
    """End and remove what killed runs of this user left behind; return the folders.

    A folder whose owner lives is locked and passed over; so is what belongs to another user.
    """
    swept = []
    for parent in all_parents():
        for folder in leftovers(parent):
            _end_server(folder / "run" / "data")
            release_memory(folder / "run" / "data")
            remove(folder)
            swept.append(folder)
    return swept


def _end_server(data: Path) -> None:
    """Stop the postmaster of this data folder, if one lives: elsewhere than on Linux it survives."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    for number, patience in STOPS:
        deadline = time.monotonic() + patience
        if _serves(pid, data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while _serves(pid, data):
            if time.monotonic() > deadline:
                break
            time.sleep(STEP)


def _serves(pid: int, data: Path) -> bool:
    """Tell whether the process is a postgres on exactly this data folder: ids are used again."""
    if pid <= 1:
        return False
    words = command_line(pid)
    return Path(words[0]).name == "postgres" and f"-D {data}" in " ".join(words) if words else False


def command_line(pid: int) -> list[str]:
    """Return a process's words; none when it has ended, or is a zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(word) for word in words.split(b"\0") if word]
    done = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
    )
    return done.stdout.split()
