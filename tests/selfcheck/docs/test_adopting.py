"""What docs/adopting.md has a stranger write is a release whose gates can fail; so is its next phase."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rollgate.release import load_release
from tests.selfcheck.docs.adopting import EVIDENCE, EVIDENCE_FILE, GATE_FILE, write_release
from tests.selfcheck.docs.commands import ROOT

pytestmark = pytest.mark.thorough

LAYOUT, PHASE3 = ROOT / "examples" / "supabase-layout", ROOT / "examples" / "phase3"


@dataclass(frozen=True)
class Asked:
    """What the SQL gates said of a rehearsal of a release."""

    code: int
    outcomes: dict[str, set[str]]
    said: str


def ask(release: Path, reports: Path) -> Asked:
    """Rehearse a release and ask its SQL gates alone."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/gates/test_gates.py"),
            *(f"--release={release}", f"--reports={reports}"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": "", "GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": ""},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    outcomes: dict[str, set[str]] = {}
    for path in reports.glob("*/record.json"):
        record: dict[str, Any] = json.loads(path.read_text())
        for gate in record["gates"]:
            outcomes.setdefault(gate["id"], set()).add(gate["outcome"])
    return Asked(done.returncode, outcomes, done.stdout + done.stderr)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A repository in Supabase's layout, with the manifest and the gate as the page has them."""
    folder = tmp_path / "repository"
    shutil.copytree(LAYOUT, folder)
    return write_release(folder)


@pytest.fixture
def phase3(tmp_path: Path) -> Path:
    """The example beside the files that it begins from, to be bent."""
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    return Path(shutil.copytree(PHASE3, tmp_path / "examples" / "phase3"))


def bend(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new))


def test_the_manifest_of_the_page_is_the_examples(tmp_path, written):
    """So the page can't fall behind the files."""
    ours, theirs = load_release(written), load_release(LAYOUT)
    assert (ours.name, ours.thresholds) == (theirs.name, theirs.thresholds)
    for name in ("staging", "prod"):
        one, other = ours.topologies[name], theirs.topologies[name]
        assert list(one.parts(ours.shown)) == list(other.parts(theirs.shown))


def test_the_gate_of_the_page_passes_and_fails_where_the_page_says(tmp_path, written):
    id = Path(GATE_FILE).stem
    asked = ask(written, tmp_path / "before")
    assert asked.outcomes[id] == {"PASS"}, asked.said
    assert {outcome for each in asked.outcomes.values() for outcome in each} == {"PASS"}
    (overlay,) = written.parent.glob("db/migrations/releases/phase2/*_staging.sql")
    bend(overlay, "('custom', 'staging', true, false,  20,", "('custom', 'staging', true, false,  30,")
    asked = ask(written, tmp_path / "after")
    assert asked.outcomes[id] == {"FAIL", "PASS"}
    assert "found a weight of 30, needed 25 at most" in asked.said
    assert asked.code == 1


def test_the_next_phase_passes_its_own_gates_and_the_suites(tmp_path):
    asked = ask(PHASE3, tmp_path / "reports")
    assert {"a-share-has-a-limit", "a-limit-is-a-number-of-requests"} <= asked.outcomes.keys()
    assert "overlay-rows-are-in-place" in asked.outcomes, "the suite's own are asked too"
    assert {outcome for each in asked.outcomes.values() for outcome in each} == {"PASS"}, asked.said


def test_the_evidence_of_the_page_is_the_examples():
    assert (PHASE3 / EVIDENCE_FILE).read_text(encoding="utf-8").strip() == EVIDENCE.strip()


BENT = {
    "a-limit-is-a-number-of-requests": ("migrations/*.sql", "(daily_limit > 0)", "(daily_limit >= 0)"),
    "a-share-has-a-limit": ("overlays/*_prod.sql", "60000, 0,  200,", "60000, 0, null::integer,"),
    "overlay-rows-are-in-place": (
        "overlays/*_prod.sql",
        '"phase3", "env": "prod", "role": "secondary"',
        '"phase2", "env": "prod", "role": "secondary"',
    ),
}


@pytest.mark.parametrize("gate", BENT)
def test_the_next_phase_is_red_when_it_is_bent(tmp_path, phase3, gate):
    file, old, new = BENT[gate]
    (path,) = phase3.glob(file)
    bend(path, old, new)
    asked = ask(phase3, tmp_path / "reports")
    assert asked.code == 1
    red = {id for id, outcomes in asked.outcomes.items() if outcomes & {"FAIL", "ERROR"}}
    assert red == {gate}, asked.said
