"""A disk that is full from some moment on: what could not be written is no GO, and nothing is half there.

The disk is a small one of its own where it can be mounted, else a limit to the size of each file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rollgate.server.databases import Databases
from tests.selfcheck.evidence.runs import Reports
from tests.selfcheck.faults.conftest import PATIENCE, StruckProject, everyday
from tests.selfcheck.project import TABLE

pytestmark = pytest.mark.thorough

PAGE = 4096


@pytest.fixture
def disk(project: StruckProject) -> Iterator[Path]:
    """The reports folder; its ledger is about to need another page of the disk."""
    folder = project.pytester.path / "reports"
    folder.mkdir()
    mount = shutil.which("mount")
    mounted = (
        mount
        and not subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=4m", "none", str(folder)], capture_output=True
        ).returncode
    )
    reports = Reports(folder)
    reports.add()
    for _ in range(200):
        if PAGE - reports.ledger.stat().st_size % PAGE < 300:
            break
        reports.add()
    yield folder
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def fill(connection: psycopg.Connection) -> None:
    connection.execute(TABLE)


@pytest.mark.parametrize(
    ("moment", "code"),
    everyday(("collected", 4), ("drawing", 1), ("entering", 1), ci=[("judged", 1), ("keeping", 1)]),
)
def test_what_can_not_be_written_is_no_go(project, disk, databases: Databases, monkeypatch, moment, code):
    ledger = (disk / "ledger.jsonl").read_bytes()
    before = set(disk.iterdir())
    with databases.cloned(databases.template("on_a_full_disk", fill)) as conninfo:
        monkeypatch.setenv("STAGING_DATABASE_URL", conninfo)
        monkeypatch.setenv("STRIKE", f"{moment} fill-the-disk")
        plugins = ("-p", "rollgate.plugin", "-p", "tests.selfcheck.faults.strikes")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *plugins, f"--release={project.sql}", "--env=staging"],
            capture_output=True,  # by pipes, which no disk limits
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    text = done.stdout + done.stderr
    assert done.returncode == code, text
    assert "No space left on device" in text or "File too large" in text
    assert "Traceback" not in text
    assert not [line for line in text.splitlines() if line.startswith("GO ")]
    assert (disk / "ledger.jsonl").read_bytes() == ledger
    made = [path for path in disk.iterdir() if path not in before and path.is_dir()]
    assert len(made) == (moment != "collected")
    for folder in made:
        assert [path.name for path in folder.iterdir()] == ["record.json"]
        assert json.loads((folder / "record.json").read_text())["verdict"] == "INCOMPLETE"
