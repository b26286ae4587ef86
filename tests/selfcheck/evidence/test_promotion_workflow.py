"""The promotion workflow, its steps run in order: staging, approval, prod, release log as a pull request."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rollgate.evidence.chain import Chain, read_chain
from rollgate.stage import Stage
from tests.selfcheck.evidence.runs import NOON, Reports
from tests.selfcheck.evidence.test_release_log import on_prod
from tests.selfcheck.evidence.test_runbook import Rollout, rollout  # noqa: F401 - a fixture
from tests.selfcheck.setup.workflows import Runner, program, read, steps_of
from tests.selfcheck.soak.conftest import logged, logging_server  # noqa: F401 - fixtures

pytestmark = pytest.mark.thorough

WORKFLOW = read("promotion.yml")
#: What GitHub says of the run that went to staging, as far as anybody asks.
TO_STAGING = {
    "id": 6,
    "path": ".github/workflows/promotion.yml",
    "head_branch": "main",
    "event": "workflow_dispatch",
}
#: `gh`: notes what it is asked, and answers for one run, as far as `--jq` names its keys.
GH = """\
import json, pathlib, re, sys
here = pathlib.Path(__file__).parent
with (here / "gh.txt").open("a") as file:
    print(*sys.argv[1:], file=file)
if sys.argv[1] == "api":
    run = json.loads((here / "run.json").read_text())
    if not sys.argv[2].endswith(f"repos/team/release/actions/runs/{run['id']}"):
        sys.exit("gh: Not Found (HTTP 404)")
    names = re.fullmatch(r"\\[(.+)\\] \\| @tsv", sys.argv[sys.argv.index("--jq") + 1])[1].split(", ")
    print(*(run[name.removeprefix(".")] for name in names), sep="\\t")
"""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    folder = tmp_path / "runner"
    program(folder / "bin/gh", f'exec "{sys.executable}" "{folder}/gh.py" "$@"')
    (folder / "gh.py").write_text(GH)
    (folder / "run.json").write_text(json.dumps(TO_STAGING))
    variables = {
        "GITHUB_SERVER_URL": "https://github.example.test",
        "GITHUB_REPOSITORY": "team/release",
        "GITHUB_RUN_ID": "7",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REF_NAME": "main",
        "GITHUB_ACTOR": "release-bot",
        "GITHUB_ACTIONS": "true",
    }
    return Runner(folder, {}, variables)


def pushed(runner: Runner, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", runner.origin, *words], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return done.stdout


def only(name: str) -> dict[str, Any]:
    """Return the workflow with one job, as if those before it had passed."""
    job = {
        key: each for key, each in read("promotion.yml")["jobs"][name].items() if key not in ("needs", "if")
    }
    return {"jobs": {name: job}}


def arriving() -> dict[str, Any]:
    """Return the workflow with the job of staging alone, up to where the evidence has arrived."""
    workflow = only("staging")
    job = workflow["jobs"]["staging"]
    names = [step.get("name") for step in job["steps"]]
    job["steps"] = job["steps"][: names.index("Apply to staging")]
    del job["outputs"]
    return workflow


def secrets_in(step: dict[str, Any]) -> set[str]:
    return {name for text in step.get("env", {}).values() for name in re.findall(r"secrets\.(\w+)", text)}


def test_a_secret_is_known_to_the_steps_that_need_it_and_to_no_job_that_writes():
    for job, step in steps_of(WORKFLOW):
        secrets = secrets_in(step)
        environment = WORKFLOW["jobs"][job].get("environment")
        expected = {"staging": "STAGING_|SUPABASE_", "production": "PROD_", None: "nothing"}[environment]
        assert all(re.match(expected, name) for name in secrets)
        assert not secrets or "Gates" in step["name"] or "Apply" in step["name"]
        assert not any("secrets." in str(text) for text in step.get("with", {}).values())
    assert "secrets." not in str({key: each for key, each in WORKFLOW.items() if key != "jobs"})


def test_each_job_may_do_what_it_has_to_and_no_more():
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()} == {
        "staging": {"contents": "read", "actions": "read"},
        "production": {"contents": "read"},
        "release-log": {"contents": "write", "pull-requests": "write"},
    }


def test_prod_waits_for_staging_and_for_somebody():
    production = WORKFLOW["jobs"]["production"]
    assert (production["needs"], production["environment"]) == ("staging", "production")
    assert WORKFLOW["jobs"]["release-log"]["needs"] == "production"
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is False


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, ""),
        ({"path": ".github/workflows/promotion.yml@main"}, ""),
        ({"path": ".github/workflows/gates.yml"}, ".github/workflows/gates.yml, workflow_dispatch, main"),
        ({"path": "other/repo/.github/workflows/promotion.yml@main"}, "other/repo/.github/workflows/"),
        ({"head_branch": "mine"}, ".github/workflows/promotion.yml, workflow_dispatch, mine"),
        ({"event": "pull_request"}, ".github/workflows/promotion.yml, pull_request, main"),
        ({"id": 7}, "no such run"),
    ],
    ids=["right", "with-its-ref", "workflow", "repository", "branch", "proposal", "gone"],
)
def test_evidence_is_taken_from_a_promotion_of_the_default_branch_alone(runner, tmp_path, said, found):
    """Whoever proposes a change can have a workflow of his upload an artifact of any name."""
    (runner.folder / "run.json").write_text(json.dumps({**TO_STAGING, **said}))
    reports = Reports(tmp_path / "sent")
    reports.add()
    runner.artifacts["reports-staging"] = reports.folder
    passed = runner.dispatch(arriving(), to="prod", apply=False, evidence="6")
    assert passed == {"staging": not found}, runner.said
    checkout = runner.folder / "job-0/checkout"
    assert (checkout / "reports/ledger.jsonl").exists() is not bool(found)
    lines = [line for line in runner.said.splitlines() if line.startswith("::error")]
    assert len(lines) == bool(found)
    assert all(line.startswith(f"::error title=evidence::found {found}") for line in lines)


@pytest.mark.parametrize("number", ["6/../7", "six", "6 --hostname example.test", "-1"])
def test_evidence_that_is_no_number_is_not_asked_for(runner, number):
    assert runner.dispatch(arriving(), to="prod", apply=False, evidence=number) == {"staging": False}
    assert "found no number of a run, needed" in runner.said
    assert not (runner.folder / "gh.txt").exists()


def test_without_evidence_no_run_is_asked_for(runner):
    assert runner.dispatch(arriving(), to="prod", apply=False, evidence="") == {"staging": True}
    assert not (runner.folder / "gh.txt").exists()


@pytest.fixture
def two_ways(runner: Runner, tmp_path: Path) -> tuple[Reports, Reports]:
    """Reports that a run has left, and committed ones: the same two runs up to now."""
    left = Reports(tmp_path / "left")
    left.add(at=NOON)
    left.add(at=NOON + datetime.timedelta(hours=1))
    committed = Reports(Path(shutil.copytree(left.folder, tmp_path / "committed")), runs=left.runs)
    runner.artifacts["reports-staging"], runner.committed = left.folder, committed.folder
    return left, committed


def arrived(runner: Runner) -> Chain | None:
    """Return what staging's gates find, None if it has stopped before."""
    if not runner.dispatch(arriving(), to="prod", apply=False, evidence="6")["staging"]:
        return None
    return read_chain(runner.folder / "job-0/checkout/reports")


@pytest.mark.parametrize(
    ("more", "committed_later"), [(0, 0), (1, 0), (0, 1)], ids=["same", "left", "committed"]
)
def test_the_longer_of_two_ledgers_is_gone_on_from(runner, two_ways, more, committed_later):
    """Committed since, by the same promotion: an older ledger must not take its lines away."""
    left, committed = two_ways
    for reports, number in ((left, more), (committed, committed_later)):
        for _ in range(number):
            reports.add(at=NOON + datetime.timedelta(hours=2))
    chain = arrived(runner)
    assert chain is not None, runner.said
    assert chain.length == 2 + more + committed_later
    assert not chain.problems


@pytest.mark.parametrize("reverse", [False, True], ids=["nothing-left", "nothing-committed"])
def test_one_ledger_alone_is_gone_on_from(runner, two_ways, reverse):
    gone = two_ways[reverse].folder
    shutil.rmtree(gone)
    gone.mkdir()
    (gone / "README.md").write_text("")
    chain = arrived(runner)
    assert chain is not None, runner.said
    assert (chain.length, chain.problems) == (2, ())


def test_ledgers_that_went_two_ways_are_one_message(runner, two_ways):
    """No line can be in both chains, and each way leaves something out."""
    left, committed = two_ways
    left.add(at=NOON + datetime.timedelta(hours=2))
    committed.add(on_prod(), name="prod", at=NOON + datetime.timedelta(hours=2))
    assert arrived(runner) is None
    (line,) = (line for line in runner.said.splitlines() if line.startswith("::error"))
    assert line == (
        "::error title=evidence::found that reports/ledger.jsonl has got other lines since run 6, needed one "
        "that goes on from the other; start again with a run to staging"
    )


def test_evidence_that_was_cut_off_on_the_way_stops_prod(runner, tmp_path):
    reports = Reports(tmp_path / "sent")
    first, last = (reports.add(at=NOON + hour * datetime.timedelta(hours=1)).head for hour in (0, 1))
    runner.artifacts["reports-staging"] = reports.folder
    workflow = only("production")
    job = workflow["jobs"]["production"]
    job["steps"] = [step for step in job["steps"] if "Gates" not in step.get("name", "")]
    (arriving,) = (step for step in job["steps"] if step.get("name") == "Evidence of staging")

    def arrives(head: str) -> bool:
        arriving["env"] = {"HEAD": head}
        return all(runner.dispatch(workflow, apply=False).values())

    assert first is not None
    assert last is not None
    assert arrives(last.hash)
    assert arrives(first.hash), "a run that came later is no harm"
    reports.write(reports.lines()[:1])
    shutil.rmtree(reports.record(2).parent)
    assert not arrives(last.hash)
    assert f"no line has the hash {last.hash}" in runner.said
    assert not arrives("")
    assert "staging told no head" in runner.said


@pytest.mark.parametrize("complete", [True, False])
def test_the_release_log_is_proposed_with_its_evidence(runner, tmp_path, complete):
    reports = Reports(tmp_path / "sent")
    reports.add()
    stage = Stage.RELEASE if complete else Stage.PREFLIGHT
    reports.add(on_prod(), name="prod", stage=stage, at=NOON + datetime.timedelta(hours=1))
    runner.artifacts["reports-prod"] = reports.folder
    assert runner.dispatch(only("release-log")) == {"release-log": complete}
    branch = "release-log/7-1"
    files = pushed(runner, "ls-tree", "-r", "--name-only", branch, "reports/").splitlines()
    assert {"reports/ledger.jsonl", "reports/release-log.md", "reports/run-1/record.json"} <= set(files)
    message = pushed(runner, "log", "-1", "--format=%an%n%B", branch)
    assert "https://github.example.test/team/release/actions/runs/7" in message
    calls = (runner.folder / "gh.txt").read_text()
    assert calls.startswith("auth setup-git\npr create --base main --head release-log/7-1 --title")
    assert "| Status |" in runner.summary


def test_staging_that_is_not_go_goes_nowhere(runner):
    runner.secrets["STAGING_DATABASE_URL"] = "postgresql://127.0.0.1:1/nothing"
    assert runner.dispatch(WORKFLOW, to="prod", apply=False, evidence="") == {"staging": False}
    assert runner.ran == ["Gates of staging"]
    assert "reports-staging" in runner.artifacts


@pytest.mark.parametrize("apply", [False, True], ids=["pasted", "applied"])
def test_from_staging_to_prod_and_into_the_release_log(runner, rollout: Rollout, apply):  # noqa: F811
    runner.secrets |= {"STAGING_DATABASE_URL": rollout.staging, "PROD_DATABASE_URL": rollout.prod}
    logs = (rollout.folder / "earlier.json", rollout.log)
    runner.variables["ROLLGATE_SOAK_LOG"] = os.pathsep.join(map(str, logs))
    if not apply:
        rollout.apply(rollout.staging, "staging")
    assert runner.dispatch(WORKFLOW, to="staging", apply=apply, evidence="") == {"staging": True}, runner.said

    assert runner.dispatch(WORKFLOW, to="prod", apply=apply, evidence="6") == {"staging": False}
    assert "it is over on" in runner.said, "the soak goes on"

    shutil.copytree(runner.artifacts["reports-staging"], rollout.reports)
    rollout.let_a_day_pass()
    runner.artifacts["reports-staging"] = rollout.reports
    if not apply:
        rollout.apply(rollout.prod, "prod")
    passed = runner.dispatch(WORKFLOW, to="prod", apply=apply, evidence="6")
    assert passed == {"staging": True, "production": True, "release-log": True}, runner.said[-5000:]
    log = pushed(runner, "show", "release-log/7-1:reports/release-log.md")
    assert "| Status | complete |" in log
    assert "GO" in runner.summary
    for secret in runner.secrets.values():
        assert secret not in runner.said
