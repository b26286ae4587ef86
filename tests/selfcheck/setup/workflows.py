"""A workflow's jobs, run step by step with bash as GitHub does: in order, each in its own shell."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
#: What a checkout needs for gates and commands.
_CHECKED_OUT = ("rollgate", "sql", "tests/gates", "tests/rollback", "tests/evals", "reports")
_FILES = ("conftest.py", "pyproject.toml", ".gitignore", "tests/__init__.py")

Context = Mapping[str, Any]


def read(name: str) -> dict[str, Any]:
    """Return a workflow of this repository."""
    text = (ROOT / ".github/workflows" / name).read_text(encoding="utf-8")
    found: dict[str, Any] = YAML(typ="safe").load(text)
    return found


def value(expression: str, context: Context) -> Any:
    """Return what an expression of these workflows is: `||`, `&&`, `==`, `!=`, literals and names."""
    for operator in ("||", "&&", "!=", "=="):
        left, found, right = expression.rpartition(f" {operator} ")
        if not found:
            continue
        one = value(left, context)
        if operator == "||":
            return one or value(right, context)
        if operator == "&&":
            return one and value(right, context)
        return (one == value(right, context)) is (operator == "==")
    expression = expression.strip()
    if literal := re.fullmatch("'([^']*)'", expression):
        return literal[1]
    there: Any = context
    for name in expression.split("."):
        there = there.get(name, "") if isinstance(there, Mapping) else ""
    return there


def filled(text: str, context: Context) -> str:
    """Return a text with its expressions filled in."""
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: str(value(found[1], context)), text)


@dataclass
class Runner:
    """A machine for jobs: each has a checkout of its own, and what it uploads is there for the next."""

    folder: Path
    secrets: dict[str, str]
    variables: dict[str, str]
    artifacts: dict[str, Path] = field(default_factory=dict)
    summary: str = ""
    said: str = ""
    ran: list[str] = field(default_factory=list)
    committed: Path | None = None  # reports of earlier releases, as the checkout has them

    def dispatch(self, workflow: dict[str, Any], **inputs: object) -> dict[str, bool]:
        """Run the jobs whose needs passed; return which of those that ran passed."""
        passed: dict[str, bool] = {}
        outputs: dict[str, Any] = {}
        for name, job in workflow["jobs"].items():
            github = {"token": "t", "event": {"repository": {"default_branch": "main"}}}
            context = {"inputs": inputs, "needs": outputs, "secrets": self.secrets, "github": github}
            if not passed.get(job.get("needs", ""), "needs" not in job):
                continue
            if "if" in job and not value(job["if"], context):
                continue
            passed[name], told = self._job(job, context)
            outputs[name] = {
                "outputs": {
                    key: filled(text, {"steps": told}) for key, text in job.get("outputs", {}).items()
                }
            }
        return passed

    def _job(self, job: dict[str, Any], context: Context) -> tuple[bool, dict[str, Any]]:
        number = len(list(self.folder.glob("job-*")))
        work = self.folder / f"job-{number}" / "checkout"
        self._check_out(work)
        state, told, passed = {"GITHUB_ENV": work.parent / "env"}, {}, True
        state["RUNNER_TEMP"] = work.parent / "temp"
        context = {**context, "runner": {"temp": state["RUNNER_TEMP"]}}
        state |= {name: work.parent / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for step in job["steps"]:
            if not (passed or step.get("if") == "always()"):
                continue
            if step.get("if", "always()") != "always()" and not value(step["if"], context):
                continue
            if "uses" in step:
                passed &= self._use(step, work, context)
            elif not step["run"].startswith("make setup"):
                passed &= self._run(step, work, state, context)
                if "id" in step:
                    told[step["id"]] = {"outputs": _pairs(state["GITHUB_OUTPUT"])}
        if state["GITHUB_STEP_SUMMARY"].exists():
            self.summary += state["GITHUB_STEP_SUMMARY"].read_text()
        return passed, told

    def _use(self, step: dict[str, Any], work: Path, context: Context) -> bool:
        action = step["uses"].partition("@")[0]
        words = {key: filled(str(text), context) for key, text in step.get("with", {}).items()}
        if action == "actions/upload-artifact":
            kept = work.parent / words["name"]
            shutil.copytree(work / words["path"], kept)
            self.artifacts[words["name"]] = kept
        elif action == "actions/download-artifact":
            if words["name"] not in self.artifacts:
                self.said += f"no artifact {words['name']}\n"
                return False
            shutil.copytree(self.artifacts[words["name"]], work / words["path"], dirs_exist_ok=True)
        return True

    def _run(self, step: dict[str, Any], work: Path, state: dict[str, Path], context: Context) -> bool:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=work,
            env={
                "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                **{name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ},
                **self.variables,
                **{name: str(path) for name, path in state.items()},
                **_pairs(state["GITHUB_ENV"]),
                **{key: filled(str(text), context) for key, text in step.get("env", {}).items()},
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.ran.append(step.get("name", step["run"]))
        self.said += done.stdout + done.stderr
        return done.returncode == 0

    def _check_out(self, work: Path) -> None:
        for name in _CHECKED_OUT:
            ignored = shutil.ignore_patterns("__pycache__", "*Z-*", "ledger.jsonl*", "release-log.md")
            shutil.copytree(ROOT / name, work / name, ignore=ignored)
        for name in _FILES:
            shutil.copy(ROOT / name, work / name)
        if self.committed:
            shutil.copytree(self.committed, work / "reports", dirs_exist_ok=True)
        program(work / ".venv/bin/python", f'exec "{sys.executable}" -B "$@"')
        for words in (
            ("init", "--quiet", "--initial-branch=main"),
            ("add", "."),
            ("add", "--force", "reports"),
            (
                "-c",
                "user.name=bot",
                "-c",
                "user.email=bot@example.test",
                "commit",
                "--quiet",
                "-m",
                "release",
            ),
            ("remote", "add", "origin", str(self.origin)),
        ):
            subprocess.run(["git", *words], cwd=work, check=True)

    @property
    def origin(self) -> Path:
        """The repository that branches are pushed to."""
        path = self.folder / "origin.git"
        if not path.exists():
            subprocess.run(["git", "init", "--quiet", "--bare", path], check=True)
        return path


def program(path: Path, script: str) -> None:
    """Write a program in sh."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _pairs(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines if line)


def steps_of(workflow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every step of a workflow, with its job's name."""
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            yield name, step
