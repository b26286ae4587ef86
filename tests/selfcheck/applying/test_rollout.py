"""The shipped release as an operator rolls it out: a real preflight, the application, a real verification."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rollgate.commands import main
from rollgate.evidence.chain import read_chain
from tests.selfcheck.applying.conftest import HISTORY, ROOT, Place

pytestmark = pytest.mark.thorough


def judge(place: Place, env: str, stage: str) -> tuple[int, str]:
    finished = subprocess.run(
        [
            *(sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q"),
            *(f"--env={env}", f"--stage={stage}", f"--reports={place.reports}"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": "", "GITHUB_STEP_SUMMARY": "", **place.environ()},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return finished.returncode, finished.stdout + finished.stderr


@pytest.mark.parametrize("env", ["staging", "single-db"])
def test_preflight_apply_verify(place, env):
    place.release = ROOT / "sql"
    place.sql(HISTORY)
    code, said = judge(place, env, "preflight")
    assert code == 0, said
    dry = place.apply(env=env)
    assert dry.code == 0, dry.text
    assert "locks on tables that are there, as the preflight saw them on a clone" in dry.text
    applied = place.apply("--yes", "--confirm", env, env=env)
    assert applied.code == 0, applied.text
    code, said = judge(place, env, "verify")
    assert code == 0, said
    assert "GO  phase2" in said
    assert read_chain(place.reports).intact
    main(["release-log", "--reports", str(place.reports)])
    text = (place.reports / "release-log.md").read_text()
    assert f"({env}, applied) |" in text
