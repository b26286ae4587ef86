"""The workflows: actions by commit, few rights, and what a run leaves kept whatever happened."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.selfcheck.setup.workflows import program, read, steps_of

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.y*ml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text()


def test_the_workflows_are_these() -> None:
    assert [path.name for path in WORKFLOWS] == [
        "gates.yml",
        "nightly-eval.yml",
        "promotion.yml",
        "suite.yml",
    ]


def test_actions_are_pinned_by_commit_with_their_version_beside(workflow: str) -> None:
    uses = re.findall(r"uses:\s*(.+)", workflow)
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_rights_are_to_read_unless_a_job_has_to_write(workflow: str) -> None:
    whole = YAML(typ="safe").load(workflow)
    assert whole["permissions"] in ({}, {"contents": "read"})
    writers = {name for name, job in whole["jobs"].items() if "write" in str(job.get("permissions"))}
    assert writers <= {"release-log"}
    assert "id-token" not in workflow


def test_credentials_are_not_kept_and_a_proposal_sees_no_secret(workflow: str) -> None:
    assert workflow.count("actions/checkout@") == workflow.count("persist-credentials: false")
    assert "pull_request_target" not in workflow
    assert "secrets." not in workflow or "pull_request" not in workflow


def test_what_others_choose_is_no_part_of_a_script(workflow: str) -> None:
    """An expression in a script is pasted into it; in `env` it is a value."""
    scripts = re.findall(r"run: ?(?:\|\n((?: {10,}.*\n)+)|(.+))", workflow)
    assert scripts
    assert not [
        script for script in scripts if "${{ inputs" in "".join(script) or "${{ secrets" in "".join(script)
    ]


def test_every_job_ends(workflow: str) -> None:
    assert workflow.count("runs-on:") == workflow.count("timeout-minutes:")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("gates.yml", "${{ runner.temp }}/reports/"),
        ("suite.yml", "reports/"),
        ("promotion.yml", "reports/"),
        ("nightly-eval.yml", "artifacts/evals/"),
    ],
)
def test_what_a_run_leaves_is_kept_when_it_fails(name: str, folder: str) -> None:
    upload = (ROOT / ".github/workflows" / name).read_text().split("actions/upload-artifact@", 1)[1]
    assert re.search(rf"if: always\(\)\n(.*\n)+?.*path: {re.escape(folder)}\n", upload)


def tool(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a checker that the environment of the tests has."""
    program = Path(sys.executable).with_name(name)
    return subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_workflow_is_one_by_githubs_schema():
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS))
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_workflow_has_a_hole_that_is_known():
    done = tool("zizmor", "--offline", "--no-progress", ".github/workflows")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("major", "code"), [("17", 0), ("15", 1)])
def test_the_gates_of_a_proposal_ran_on_the_server_that_was_asked_for(tmp_path, major, code):
    """Committed records of a promotion are no proof of it: they are of the targets' servers."""
    (step,) = (each for _, each in steps_of(read("gates.yml")) if each.get("name") == "Gates")
    says = '"server_version": "{}.4"'
    record = tmp_path / "checkout/reports/committed/record.json"
    record.parent.mkdir(parents=True)
    record.write_text(says.format(15))
    program(
        tmp_path / "bin/make",
        'reports=$(printf "%s" "$*" | sed -n "s/.*--reports=\\([^ ]*\\).*/\\1/p")\n'
        'mkdir -p "${reports:=reports}/run"\n'
        f"echo '{says.format(17)}' > \"$reports/run/record.json\"",
    )
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path / "checkout",
        env={
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "MAJOR": major,
            "RUNNER_TEMP": str(tmp_path / "temp"),
        },
        check=False,
    )
    assert done.returncode == code
