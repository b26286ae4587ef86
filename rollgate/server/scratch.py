"""Folders that live as long as the process that made them, and are known for dead when it has gone.

The owner holds a lock (flock) on the folder itself. The kernel drops it with the process, so a folder
of ours whose lock can be taken is a leftover. Two processes never disagree about that: a maker trusts
its folder only when the locked one is still the one at that path, and a sweeper removes only what it
has locked. The folder belongs to the caller, not to the server's account, so nobody else can open it
to hold the lock, and names of the same form that belong to others are never touched.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = re.compile(r"rollgate-[0-9a-f]{12}")
CONTENTS = frozenset({"run", "binaries", "unpacked"})
ATTEMPTS = 20


@contextmanager
def scratch_folder(parent: Path, *, mode: int) -> Iterator[Path]:
    """Make a locked folder below `parent` and remove it at the end."""
    folder, lock = _make(parent)
    maker = os.getpid()
    try:
        os.fchmod(lock, mode)
        yield folder
    finally:
        if os.getpid() == maker:  # not in a child that was forked meanwhile
            remove(folder)
        os.close(lock)


def leftovers(parent: Path) -> Iterator[Path]:
    """Yield the caller's folders below `parent` that nobody holds; each is locked while it is out."""
    try:
        entries = [entry for entry in os.scandir(parent) if NAME.fullmatch(entry.name)]
    except OSError:
        return
    for entry in entries:
        folder = Path(entry.path)
        with contextlib.suppress(OSError), _locked(folder) as lock:
            ours = os.fstat(lock).st_uid == os.geteuid()
            if ours and _is_at(lock, folder) and CONTENTS.issuperset(os.listdir(lock)):
                yield folder


def remove(folder: Path) -> None:
    """Remove a folder that a dying process may still be writing to; give up after a second."""
    for _ in range(ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.05)


def _make(parent: Path) -> tuple[Path, int]:
    """Return a new folder and the descriptor that holds its lock."""
    for _ in range(ATTEMPTS):
        folder = parent / f"rollgate-{secrets.token_hex(6)}"
        folder.mkdir(mode=0o700)
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:  # swept before it could be locked
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_at(lock, folder):
                return folder, lock
        except BaseException:
            os.close(lock)
            remove(folder)
            raise
        os.close(lock)
    raise FileExistsError(f"every new folder in {parent} was removed at once")


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Open a folder, not through a link, and lock it; OSError when that is not possible at once."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock
    finally:
        os.close(lock)


def _is_at(lock: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), os.lstat(folder))
    except FileNotFoundError:
        return False
