"""A copy of what sets the project up, and a machine to run it on: its PATH holds what a test puts there."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOOLS = ("sh", "cat", "dirname", "head", "id", "ln", "ls", "make", "mkdir", "mv", "readlink", "rm", "sleep")

# Stands in for an interpreter: makes environments of copies of itself, writes down what pip is asked for.
PYTHON = """#!/bin/sh
case "$*" in
*"sys.exit(sys.version_info"*) exit {too_old} ;;
*"import ensurepip, venv"*) exit {without_venv} ;;
--version) echo "Python {version}" ;;
*"-m venv"*)
    for folder; do :; done
    mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" && : >"$folder/pyvenv.cfg" ;;
*"-m pip --version"*) ;;
*"-m pip install"*)
    for lock; do :; done
    echo "$lock" >>{log}
    echo half >"${{0%/*}}/half-installed"
    {pip} ;;
*) exec {real} "$@" ;;
esac
"""


@dataclass
class Machine:
    """A project folder, and a PATH of its own."""

    project: Path
    path: Path
    log: Path
    variables: dict[str, str] = field(default_factory=dict)

    def add_python(
        self,
        name: str = "python3",
        version: str = "3.13.1",
        *,
        too_old: bool = False,
        venv: bool = True,
        pip: str = ":",
    ) -> Path:
        text = PYTHON.format(
            version=version,
            too_old=int(too_old),
            without_venv=int(not venv),
            log=shlex.quote(str(self.log)),
            real=shlex.quote(sys.executable),
            pip=pip,
        )
        return self.add_program(name, text)

    def add_program(self, name: str, text: str) -> Path:
        program = self.path / name
        program.write_text(text)
        program.chmod(0o755)
        return program

    def command(self, *locks: str, **variables: str) -> tuple[list[str], dict[str, str]]:
        environment = {"PATH": str(self.path), "HOME": str(self.path.parent), "UV": "", **variables}
        return ["sh", str(self.project / "scripts/setup.sh"), *(locks or ("requirements.lock",))], environment

    def set_up(self, *locks: str, **variables: str) -> subprocess.CompletedProcess[str]:
        arguments, environment = self.command(*locks, **variables)
        return subprocess.run(
            arguments, env=environment, capture_output=True, text=True, timeout=30, check=False
        )

    @property
    def venv(self) -> Path:
        return self.project / ".venv"

    @property
    def installs(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without Python, the project in a folder with a space, a quote and a letter beyond ASCII."""
    project, path = tmp_path / "an operator's földer", tmp_path / "bin"
    (project / "scripts").mkdir(parents=True)
    path.mkdir()
    for file in ("scripts/setup.sh", "Makefile", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / file, project / file)
    for tool in (*TOOLS, "cp"):
        found = shutil.which(tool)
        if found is None:
            pytest.skip(f"needs {tool}")
        os.symlink(found, path / tool)
    return Machine(project, path, tmp_path / "installs")
