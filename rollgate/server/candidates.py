"""The places where a PostgreSQL server may be installed, in the order of trying."""

from __future__ import annotations

import glob
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rollgate.server import wheels
from rollgate.server.environment import child_environment

SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the RPMs of postgresql.org
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
PATIENCE = 10.0


class AbsentError(Exception):
    """A place that holds no server; the message says why in a few words."""


@dataclass(frozen=True)
class Candidate:
    """A place to look at. `major` is what its name promises, None when only a probe can tell."""

    origin: str
    locate: Callable[[], Path]
    major: int | None = None


def candidates(environ: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield what the PATH has, then the distributions' folders (newest first), then the wheels."""
    path = environ.get("PATH", "")
    yield Candidate("pg_config", partial(_from_pg_config, path))
    yield Candidate("postgres on PATH", partial(_from_path, path))
    for major, folder in sorted(_system_folders(), reverse=True):
        yield Candidate(str(folder), partial(Path, folder), major)
    yield _wheel(wheels.ARCHIVED, partial(wheels.archived_bindir, environ))
    yield _wheel(wheels.EMBEDDED, wheels.embedded_bindir)


def _from_pg_config(path: str) -> Path:
    program = shutil.which("pg_config", path=path)
    if program is None:
        raise AbsentError("not on PATH")
    done = subprocess.run(  # noqa: S603 - the program that the user's PATH names
        [program, "--bindir"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=child_environment(),
    )
    if done.returncode or not done.stdout.strip():
        raise AbsentError(f"`{program} --bindir` names no folder (exit {done.returncode})")
    return Path(done.stdout.strip())


def _from_path(path: str) -> Path:
    program = shutil.which("postgres", path=path)
    if program is None:
        raise AbsentError("not on PATH")
    return Path(program).resolve().parent


def _system_folders() -> Iterator[tuple[int, Path]]:
    for pattern in SYSTEM_FOLDERS:
        for folder in glob.glob(pattern):
            number = re.search(r"[-@/](\d+)(\.\d+)?/bin$", folder)
            if number:
                yield int(number.group(1)), Path(folder)


def _wheel(distribution: str, locate: Callable[[], Path]) -> Candidate:
    version = wheels.wheel_version(distribution)
    if version is None:
        return Candidate(distribution, _not_installed)
    number = re.match(r"\d+", version)
    return Candidate(f"{distribution} {version}", locate, int(number.group()) if number else None)


def _not_installed() -> Path:
    raise AbsentError("not installed")
