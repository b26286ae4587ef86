"""Where a run may put its folders: memory where there is room, else the disk."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from rollgate.server.account import Account, may_enter

MEMORY = Path("/dev/shm")  # noqa: S108 - the place is meant; folders in it are made by scratch.py
DISKS = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108
ROOM = 512 * 1024 * 1024
"""Bytes that memory must have free: a cluster is 40 MB, a database 8 to 10; Docker gives 64 MB."""

SOCKET_PATH = 107 if sys.platform.startswith("linux") else 103
"""Bytes that a socket's path may have: sockaddr_un.sun_path without its final NUL (unix(7))."""

SOCKET_NAME = "/rollgate-0123456789ab/run/.s.PGSQL.5432"


def all_parents() -> list[Path]:
    """Return every folder that a run of ours may have used, the preferred one first."""
    return list(dict.fromkeys((MEMORY, *_disks())))


def run_parents(account: Account | None) -> list[Path]:
    """Return the folders that can hold a run of `account`, the best one first."""
    memory = [MEMORY] if _has_room(MEMORY) else []
    return [
        parent
        for parent in dict.fromkeys((*memory, *_disks()))
        if _usable(parent, account) and len(os.fsencode(parent)) + len(SOCKET_NAME) <= SOCKET_PATH
    ]


def binary_parents(account: Account | None) -> list[Path]:
    """Return the folders whose programs `account` can start: memory is often mounted noexec."""
    return [parent for parent in _disks() if _usable(parent, account) and not _is_noexec(parent)]


def _disks() -> list[Path]:
    return list(dict.fromkeys((Path(tempfile.gettempdir()), *DISKS)))


def _usable(parent: Path, account: Account | None) -> bool:
    return parent.is_dir() and os.access(parent, os.W_OK | os.X_OK) and may_enter(parent, account)


def _has_room(parent: Path) -> bool:
    try:
        status = os.statvfs(parent)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize >= ROOM


def _is_noexec(parent: Path) -> bool:
    return bool(os.statvfs(parent).f_flag & getattr(os, "ST_NOEXEC", 0))
