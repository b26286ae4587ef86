"""The workflow: actions by commit, few rights, and the report kept whatever happened."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.y*ml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text()


def test_there_is_a_workflow() -> None:
    assert [path.name for path in WORKFLOWS] == ["gates.yml"]


def test_actions_are_pinned_by_commit_with_their_version_beside(workflow: str) -> None:
    uses = re.findall(r"uses:\s*(.+)", workflow)
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_rights_are_to_read_and_credentials_are_not_kept(workflow: str) -> None:
    assert re.findall(r"^permissions:\n((?:  .*\n)+)", workflow, re.MULTILINE) == ["  contents: read\n"]
    assert workflow.count("permissions:") == 1
    assert workflow.count("actions/checkout@") == workflow.count("persist-credentials: false")
    assert "secrets." not in workflow
    assert "pull_request_target" not in workflow


def test_every_job_ends(workflow: str) -> None:
    assert workflow.count("runs-on:") == workflow.count("timeout-minutes:")


def test_reports_are_kept_when_the_run_fails(workflow: str) -> None:
    upload = workflow.split("actions/upload-artifact@", 1)[1]
    assert re.search(r"if: always\(\)\n(.*\n)+?.*path: reports/", upload)
