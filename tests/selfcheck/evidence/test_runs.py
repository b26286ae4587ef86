"""What a run leaves, seen in real runs: killed ones, signed ones, and those that can't be kept."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from rollgate.commands.schema import record_schema
from rollgate.evidence.chain import read_chain
from tests.selfcheck.evidence.test_signature import keys
from tests.selfcheck.project import OWN_GATE, Project

__all__ = ["keys"]
ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.thorough


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "GITHUB_ACTOR", "ROLLGATE_SIGN_KEY", "CI"):
        monkeypatch.delenv(name, raising=False)
    return Project(pytester)


def reports(project: Project) -> Path:
    return project.pytester.path / "reports"


def rollgate(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rollgate", *words], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_a_run_leaves_a_line_that_its_report_and_its_terminal_name(project):
    result = project.run()
    assert result.ret == 0
    chain = read_chain(reports(project))
    assert chain.intact
    (run,) = chain.runs
    assert run.record is not None
    head = chain.head.hash
    result.stdout.fnmatch_lines(["ledger: entry 1, and its head is", f"        {head}"])
    assert f"entry 1, head <code>{head}" in (reports(project) / run.entry.record).with_name(
        "report.html"
    ).read_text(encoding="utf-8")
    project.run()
    assert [run.entry.sequence for run in read_chain(reports(project)).runs] == [1, 2]


def test_the_record_is_what_its_schema_says(project):
    project.run("--operator", "release-bot")
    record = project.record()
    jsonschema.Draft202012Validator(record_schema()).validate(record)
    assert record["origin"]["operator"] == "release-bot"
    assert record["origin"]["operator_source"] == "--operator"
    assert record["shown"] == record["planned"] == len(record["gates"])
    assert {"pytest", "psycopg", "libpq", "rollgate"} <= record["versions"].keys()


def test_the_schema_in_the_docs_is_the_one_of_this_version():
    """To write it anew: python -m rollgate schema > docs/record.schema.json."""
    assert json.loads((ROOT / "docs" / "record.schema.json").read_text()) == json.loads(
        json.dumps(record_schema())
    )


@pytest.mark.parametrize("how", ["os._exit(7)", "os.kill(os.getpid(), 9)"], ids=["exit", "sigkill"])
def test_a_run_that_is_killed_leaves_a_record_that_says_so(project, how):
    dying = project.pytester.makepyfile(
        test_own=OWN_GATE + f"\ndef test_dies():\n    import os\n    {how}\n",
    )
    project.run("test_own.py")
    record = project.record()
    assert record["verdict"] == "INCOMPLETE"
    assert record["reasons"][0] == "the run has not ended: it goes on, or it was killed"
    assert not (reports(project) / "ledger.jsonl").exists()
    assert read_chain(reports(project)).intact
    dying.unlink()
    assert project.run().ret == 0


def test_a_report_that_can_not_be_written_keeps_a_run_from_go(project):
    result = project.run("--html=/dev/full")
    assert result.ret == 1
    record = project.record()
    assert record["verdict"] == "INCOMPLETE"
    assert record["reasons"][0] == "the report could not be written: No space left on device"
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    (run,) = read_chain(reports(project)).runs
    assert run.entry.verdict == "INCOMPLETE"


FULL = """
import errno, os, pathlib
real = os.fsync
def fsync(descriptor):
    if os.readlink(f"/proc/self/fd/{{descriptor}}").endswith("{name}") and {after}:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    real(descriptor)
os.fsync = fsync
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the file behind a descriptor can't be told")
@pytest.mark.parametrize("when", ["from-the-start", "at-the-end"])
def test_a_record_that_can_not_be_written_is_never_go(project, when):
    late = 'any(pathlib.Path("reports").glob("*/report.html"))'
    after = "True" if when == "from-the-start" else late
    code = FULL.format(name="record.json.partial", after=after)
    conftest = project.pytester.path / "conftest.py"
    conftest.write_text((conftest.read_text() if conftest.exists() else "") + code)
    result = project.run()
    text = result.stdout.str() + result.stderr.str()
    assert "No space left on device" in text
    assert "Traceback" not in text
    assert result.ret == (4 if when == "from-the-start" else 1)
    assert not list(reports(project).glob("*/report.html"))
    assert not (reports(project) / "ledger.jsonl").exists()


def test_a_run_behind_a_cut_line_can_be_entered_later(project):
    project.run()
    ledger = reports(project) / "ledger.jsonl"
    with ledger.open("ab") as file:
        file.write(b'{"cut')
    result = project.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*the run is not in the ledger: its line 2 is cut off in the middle*"])
    assert not (project.left()[1] / "report.html").exists()
    assert project.run().ret == 1
    assert rollgate("verify", cwd=project.pytester.path).returncode == 1
    done = rollgate("enter", str(project.left()[1]), cwd=project.pytester.path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "moved what was left of a cut line to" in done.stdout
    assert "INCOMPLETE, entry 2" in done.stdout
    assert (
        "in the ledger already" in rollgate("enter", str(project.left()[1]), cwd=project.pytester.path).stdout
    )
    assert project.run().ret == 0
    done = rollgate("verify", cwd=project.pytester.path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "intact")


def test_verify_names_the_line_whose_record_was_changed_by_one_byte(project):
    project.run()
    project.run()
    content = bytearray((project.left()[0] / "record.json").read_bytes())
    content[len(content) // 2] ^= 1
    (project.left()[0] / "record.json").write_bytes(content)
    done = rollgate("verify", cwd=project.pytester.path)
    assert done.returncode == 1
    name = project.left()[0].name
    assert f"WRONG: line 1: its record {name}/record.json was changed after it was written" in done.stdout
    assert done.stdout.splitlines()[-1] == "NOT INTACT: 1 thing is wrong"


def test_verify_holds_a_ledger_to_a_head(project):
    project.run()
    head = read_chain(reports(project)).head.hash
    assert rollgate("verify", "--head", head, cwd=project.pytester.path).returncode == 0
    done = rollgate("verify", "--head", "0" * 63 + "1", cwd=project.pytester.path)
    assert done.returncode == 1
    assert "what was the head once is changed or cut off" in done.stdout


def test_verify_of_nothing_is_not_intact(tmp_path):
    done = rollgate("verify", "--reports", str(tmp_path), cwd=ROOT)
    assert done.returncode == 1
    assert "EMPTY: there is no run to verify" in done.stdout


@pytest.mark.parametrize("command", ["verify", "release-log"])
def test_a_folder_of_reports_that_is_not_there_is_a_mistake_in_the_call(command, tmp_path):
    done = rollgate(command, "--reports", str(tmp_path / "reprots"), cwd=ROOT)
    assert done.returncode == 4
    assert "reprots\n  found:  no such folder" in done.stderr


def test_a_run_is_signed_by_the_key_that_is_named(project, keys):
    assert project.run(f"--sign-key={keys[0]}").ret == 0
    (folder,) = project.left()
    envelope = json.loads((folder / "attestation.dsse.json").read_text())
    assert len(envelope["signatures"]) == 1
    result = project.run(f"--sign-key={keys[1]}")
    assert result.ret == 4
    assert len(project.left()) == 1


def test_a_stage_is_for_live_targets(project):
    result = project.run("--stage=preflight")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--stage=preflight*"])


def test_two_runs_at_once_both_land(project):
    command = [sys.executable, "-m", "pytest", "-p", "rollgate.plugin", f"--release={project.sql}"]
    runs = [
        subprocess.Popen(command, cwd=project.pytester.path, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [each.communicate()[0] and each.returncode for each in runs] == [0, 0]
    chain = read_chain(reports(project))
    assert chain.intact
    assert len(chain.runs) == 2


def test_the_commands_say_what_is_wrong_with_a_call(tmp_path):
    done = rollgate(cwd=ROOT)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    done = rollgate("enter", str(tmp_path), cwd=ROOT)
    assert done.returncode == 4
    assert re.search(r"found: +No such file or directory", done.stderr)
    done = rollgate("release-log", "--reports", str(tmp_path), cwd=ROOT)
    assert done.returncode == 4
    assert "no live run of the release" in done.stderr
    (tmp_path / "ledger.jsonl").mkdir()
    for command in ("verify", "release-log"):
        done = rollgate(command, "--reports", str(tmp_path), cwd=ROOT)
        assert done.returncode == 1
        assert "Is a directory" in done.stderr


def test_color_is_left_out_on_request(project):
    for arguments in (("--no-color",), ("--color=no",)):
        result = project.run(*arguments)
        assert "\x1b[" not in result.stdout.str()
    assert "\x1b[" in project.run("--color=yes").stdout.str()
