"""What a child process of ours inherits: an environment by list, and its parent's death."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT")
PR_SET_PDEATHSIG = 1


def child_environment(libraries: Path | None = None) -> dict[str, str]:
    """Return the environment for PostgreSQL's programs, with `libraries` first in the loader's path.

    It is a list of what is let through: the caller's holds the DSNs of live targets, which another
    process of the server's account could read, and PG* variables, which `initdb` obeys. Messages
    are in English, and a named time zone spares `initdb` the search for it (100 ms).
    """
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"LC_ALL": "C", "TZ": "UTC"}
    if libraries is not None:
        others = environment.get("LD_LIBRARY_PATH")
        environment["LD_LIBRARY_PATH"] = f"{libraries}:{others}" if others else str(libraries)
    return environment


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return a `preexec_fn` that has the kernel send `number` when the parent ends, however it ends.

    Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere None, and the next run sweeps up. "The parent"
    is the thread that starts the child, so start a server from a thread that outlives it. It has to
    run after the change of user, which would clear the request: `subprocess` keeps that order.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def request() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it ended before the request was made
            os.kill(os.getpid(), signal.SIGKILL)

    return request
