"""The nightly workflow, run step by step with bash as GitHub does, on the emulated project."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.selfcheck.export.conftest import CANARY, ROOT
from tests.selfcheck.export.postgrest import failing

pytestmark = pytest.mark.thorough

WORKFLOW = (ROOT / ".github/workflows/nightly-eval.yml").read_text()
GOOD = """'{"schemaValid": true, "patchApplySuccess": true, "editedAfterGenerate": true,
    "publishedWithin7d": true, "safetyHtmlTailwindCompliant": true}'"""


@dataclass(frozen=True)
class Step:
    """A step of the workflow: what it runs or uses, when, and its variables."""

    text: str

    @property
    def script(self) -> str | None:
        block = re.search(r"^ *run: \|\n((?:(?: {10}.*)?\n)+)", self.text, re.MULTILINE)
        line = re.search(r"run: (?!\|)(.+)", self.text)
        return textwrap.dedent(block[1]) if block else line[1] if line else None

    @property
    def always(self) -> bool:
        return "if: always()" in self.text

    @property
    def env(self) -> dict[str, str]:
        block = re.search(r"^ *env:\n((?: {10}.*\n)+)", self.text, re.MULTILINE)
        return dict(re.findall(r"(\w+): (.+)", block[1])) if block else {}


STEPS = [Step(f"{text}\n") for text in re.split(r"\n(?=      - )", WORKFLOW.partition("    steps:")[2])[1:]]
CALLS = [
    (script, re.findall(r"(?<=\s)(--[a-z-]+)", step.script or ""))
    for step in STEPS
    for script in re.findall(r"scripts/evals/\w+\.py", step.script or "")
]
#: What a night finds of those before.
RESTORED = {
    Path(path).name
    for step in STEPS
    if "actions/cache/restore@" in step.text
    for path in re.findall(r"path: (.+)", step.text)
}


def test_its_secrets_are_the_runbooks_and_one_that_may_be_missing():
    assert set(re.findall(r"secrets\.(\w+)", WORKFLOW)) == {
        "SUPABASE_URL",
        "SUPABASE_SERVICE_ROLE_KEY",
        "EVAL_DATABASE_URL",
    }


def test_each_secret_is_known_to_one_step_alone():
    holders = [sorted(name for name, value in step.env.items() if "secrets." in value) for step in STEPS]
    assert [each for each in holders if each] == [
        ["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_URL"],
        ["EVAL_DATABASE_URL"],
    ]


def test_it_runs_every_day_and_by_hand():
    assert re.search(r'cron: "\d+ \d+ \* \* \*"', WORKFLOW)
    assert "workflow_dispatch:" in WORKFLOW


@pytest.mark.parametrize(
    ("script", "flags"),
    CALLS,
    ids=[Path(call[0]).stem for call in CALLS],
)
def test_its_commands_exist_and_know_its_flags(script, flags):
    told = subprocess.run(
        [sys.executable, str(ROOT / script), "--help"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0
    assert flags
    assert not [flag for flag in flags if not re.search(rf"{flag}\b", told.stdout)]


@dataclass(frozen=True)
class Night:
    """What a run of the workflow left."""

    passed: bool
    ran: list[str]
    kept: dict[str, str]
    summary: str


@pytest.fixture
def night(tmp_path: Path, project):
    """Run the workflow's steps in order, each in a shell of its own."""
    work = tmp_path / "checkout"
    (work / ".venv/bin").mkdir(parents=True)
    (work / "scripts").symlink_to(ROOT / "scripts")
    python = work / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -B "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    summary = tmp_path / "summary.md"
    secrets: dict[str, str] = {
        "SUPABASE_URL": project.url,
        "SUPABASE_SERVICE_ROLE_KEY": project.key,
        "EVAL_DATABASE_URL": "",
    }

    def value(text: str) -> str:
        """Return what an expression is on a schedule, with no variable set."""
        if secret := re.fullmatch(r"\$\{\{ secrets\.(\w+) \}\}", text):
            return secrets[str(secret[1])]
        default = re.fullmatch(r"\$\{\{ (?:inputs|vars)\.\w+ \|\| '(.*)' \}\}", text)
        assert default is not None, text
        return str(default[1])

    def run(**changed: str) -> Night:
        secrets.update(changed)
        _clear(work / "artifacts/evals")
        passed, ran, kept = True, [], {}
        for step in STEPS:
            if "actions/upload-artifact@" in step.text:
                assert step.always
                folder = work / "artifacts/evals"
                kept = {path.name: path.read_text() for path in folder.glob("*")}
            if step.script is None or step.script.startswith("make setup") or not (passed or step.always):
                continue
            finished = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script],
                cwd=work,
                env={
                    "PATH": os.environ["PATH"],
                    "NO_PROXY": "*",
                    "GITHUB_SHA": "0" * 40,
                    "GITHUB_STEP_SUMMARY": str(summary),
                    **{name: value(text) for name, text in step.env.items()},
                },
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            ran.append((re.search(r"name: (.+)", step.text) or ["", "?"])[1])
            passed &= finished.returncode == 0
            assert CANARY not in finished.stdout + finished.stderr
        return Night(passed, ran, kept, summary.read_text())

    return run


def _clear(folder: Path) -> None:
    """Leave what the cache brings to the next night."""
    for path in folder.glob("*"):
        if path.name not in RESTORED:
            path.unlink()


def add(database: Any, count: int, metadata: str = GOOD) -> None:
    if count:
        database.add(count, metadata=metadata)


def test_a_server_that_is_down_fails_the_night_and_says_why(night):
    done = night(SUPABASE_URL="ftp://127.0.0.1")
    assert not done.passed
    assert done.ran == ["Export recent records", "Summary"]
    assert set(done.kept) == {"export.txt"}
    assert "SUPABASE_URL" in done.summary


def test_a_refused_key_fails_the_night(night, project):
    project.fail(failing(401, None, "Invalid API key"))
    done = night()
    assert not done.passed
    assert "Invalid API key" in done.summary
    assert set(done.kept) == {"export.txt"}


def test_what_is_not_exported_is_not_judged(night, database):
    """A value of a wrong type is no night without findings."""
    add(database, 40)
    add(database, 1, """'{"schemaValid": "false"}'""")
    done = night()
    assert not done.passed
    assert "Report, ingest SQL and gates" not in done.ran


@pytest.mark.parametrize("count", [0, 29])
def test_below_30_samples_there_is_a_report_and_no_gate(count, night, database):
    add(database, count, """'{"schemaValid": false}'""")
    done = night()
    assert done.passed
    assert {"recent_eval_records.jsonl", "eval_run_report.json", "eval_run_ingest.sql"} <= set(done.kept)
    assert done.kept["recent_eval_records.jsonl"].count("\n") == count
    assert f"exported {count} records" in done.summary
    assert "skipped" in done.summary.lower()


def test_30_samples_that_pass_pass(night, database):
    add(database, 30)
    done = night()
    assert done.passed
    assert {"recent_eval_records.jsonl", "eval_run_report.json", "eval_run_ingest.sql"} <= set(done.kept)


def test_30_samples_that_fail_fail_and_their_report_is_kept(night, database):
    add(database, 30, """'{"schemaValid": false}'""")
    done = night()
    assert not done.passed
    assert done.ran[-1] == "Summary"
    assert {"recent_eval_records.jsonl", "eval_run_report.json", "eval_run_ingest.sql"} <= set(done.kept)
    assert "schema_valid_rate" in done.summary


def test_the_summary_shows_the_trend_of_the_nights(night, database):
    add(database, 30)
    assert "| `schema_valid_rate` | `█` |" in night().summary
    add(database, 30, """'{"schemaValid": false}'""")
    assert not night().passed
    done = night(SUPABASE_URL="ftp://127.0.0.1")
    assert "**No report tonight**" in done.summary
    assert "| `schema_valid_rate` | `▁` | 0.5 | >= 0.99 | 60 | **FAIL** | 1 of 1 |" in done.summary
    assert done.kept["history.jsonl"].count("\n") == 2


def test_the_history_is_kept_whatever_became_of_the_night():
    (restored,) = [step for step in STEPS if "actions/cache/restore@" in step.text]
    (saved,) = [step for step in STEPS if "actions/cache/save@" in step.text]
    assert saved.always
    assert STEPS.index(restored) < STEPS.index(saved)
    keys = [re.findall(r" key: (.+)", step.text) for step in (restored, saved)]
    assert keys == [["eval-history-${{ github.run_id }}-${{ github.run_attempt }}"]] * 2
    assert "restore-keys: eval-history-\n" in restored.text
    assert {"history.jsonl"} == RESTORED
    assert re.findall(r"path: (.+)", saved.text) == re.findall(r"path: (.+)", restored.text)


@pytest.mark.parametrize("database", ["sitecraft"], indirect=True)
def test_with_a_dsn_the_night_is_ingested(night, database):
    add(database, 30)
    done = night(EVAL_DATABASE_URL=database.dsn)
    assert done.passed
    runs = database.admin.execute(
        "select total_records, schema_valid_rate from public.ai_eval_run_summary_v1"
        " order by run_id desc limit 1"
    ).fetchall()
    assert [(total, float(rate)) for total, rate in runs] == [(30, 1.0)]
