"""The wheel, installed where nothing else of the suite is, and runs in a folder of somebody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


def plain_environment() -> dict[str, str]:
    """Return what every shell has: nothing about this run, and nothing of CI, where more is asked."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Outside:
    """A folder that knows nothing of the suite but the Python that it is installed for."""

    python: Path
    packages: Path
    folder: Path

    def run(
        self, *words: str, folder: Path | None = None, safe: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a module of that Python here, with a plain environment; `safe`: not from the working folder."""
        return subprocess.run(
            [self.python, *(["-P"] if safe else []), "-m", *words],
            cwd=folder or self.folder,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def pytest(self, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("pytest", "-p", "no:cacheprovider", *words, folder=folder)

    def record(self) -> dict[str, Any]:
        (path,) = self.folder.glob("reports/*/record.json")
        record: dict[str, Any] = json.loads(path.read_text())
        return record

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from these sources."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel, and with what it needs by way of this one."""
    home = tmp_path_factory.mktemp("a project") / ".venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    with zipfile.ZipFile(wheel) as files:
        files.extractall(packages)
    needed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "needed.pth").write_text("\n".join(needed))
    return python


@pytest.fixture
def outside(installed: Path, tmp_path: Path) -> Outside:
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(installed.parents[1]), "platbase": ""}))
    folder = tmp_path / "somebody's föld er"
    folder.mkdir()
    return Outside(installed, packages, folder)
