"""The terminal in real runs: 80 columns, no colour where none is wanted, and a word when it takes long."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rollgate.plugin.progress import Watch
from rollgate.report.text import text_width
from tests.selfcheck.project import OWN_GATE, Project

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[3]
ESCAPE = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")

#: A gate that ends when its run has told about it: it reads what the run has written so far.
SLOW_GATE = """
import pathlib, time
import pytest

@pytest.mark.gate("slow", title="it takes its time", prevents="nothing")
def test_slow(gate, rehearsed):
    print("captured")
    screen = pathlib.Path(__file__).with_name("screen.txt")
    until = time.monotonic() + 60
    while "so far: staging: slow" not in screen.read_text():
        assert time.monotonic() < until, "nothing was said"
        time.sleep(0.05)
    gate.show("looked-at", "Looked at", ("n",), [(1,)])
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "CI", "NO_COLOR", "FORCE_COLOR", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return Project(pytester)


def command(project: Project, *words: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "rollgate.plugin", f"--release={project.sql}", *words]


def on_a_terminal(project: Project, *words: str, **variables: str) -> str:
    """Run on a terminal of 80 columns, and return what it was sent."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm-256color", **variables}
    environment.pop("PY_COLORS", None)  # pytester's
    with subprocess.Popen(
        command(project, *words), cwd=project.pytester.path, env=environment, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        sent = b""
        try:
            while chunk := os.read(ours, 65536):
                sent += chunk
        except OSError:  # Linux's way to say that the other end is closed
            pass
    os.close(ours)
    return sent.decode().replace("\r\n", "\n")


def test_a_terminal_has_colours_and_who_wants_none_has_none(project):
    assert "\x1b[1;32mGO\x1b[0m" in on_a_terminal(project)
    for words, variables in ((["--no-color"], {}), ([], {"NO_COLOR": "1"})):
        told = on_a_terminal(project, *words, **variables)
        assert "\nGO  things" in told
        assert not re.search(r"\x1b\[[\d;]*m", told)


def test_a_log_of_ci_has_no_escape(project, monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = project.run()
    assert result.ret == 0
    assert "\x1b" not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize("outcome", ["FAIL", "HOLD"])
def test_our_part_keeps_to_80_columns(project, outcome):
    project.write("migration.sql", "create table public.t (n integer); insert into public.t values (1), (2);")
    long = "'" + "a very long remedy, " * 20 + "'"
    project.gate("one-row", more=f", '{outcome}' as outcome")
    project.write(
        "gates/things/one-row.sql",
        (project.sql / "gates/things/one-row.sql").read_text().replace("'insert one'", long),
    )
    told = ESCAPE.sub("", on_a_terminal(project))
    ours = told[told.index("release gates ===") :].partition("- Generated html report")[0]
    assert "a very long remedy" in ours
    wide = [line for line in ours.splitlines()[1:] if text_width(line) > 80]
    assert [line for line in wide if not line.startswith("report: ")] == []


def test_a_gate_that_takes_long_is_named_while_it_runs(project):
    project.pytester.makepyfile(test_slow=SLOW_GATE)
    screen = project.pytester.path / "screen.txt"
    with screen.open("w") as file:
        done = subprocess.run(
            command(project), cwd=project.pytester.path, stdout=file, stderr=file, timeout=120, check=False
        )
    told = screen.read_text()
    assert done.returncode == 0, told
    assert re.search(r"\n  \d+ s so far: staging: slow: it takes its time\n", told)
    assert "captured" not in told
    assert "so far" not in told[told.index("release gates ===") :]


def test_progress_is_not_told_by_workers(project):
    project.pytester.makepyfile(test_own=OWN_GATE)
    result = project.run("-n", "1", "-p", "xdist")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*so far*")


def test_a_watch_tells_once_early_then_again_and_again():
    told: list[str] = []
    thrice = threading.Event()

    def say(what: str, seconds: float) -> None:
        told.append(what)
        if len(told) == 3:
            thrice.set()

    watch = Watch(say, first=0.01, again=0.02)
    with watch.doing("the gate"):
        assert thrice.wait(30)
    watch.stop()
    assert set(told) == {"the gate"}


def test_a_watch_says_nothing_of_what_is_fast_or_over():
    told: list[str] = []
    watch = Watch(lambda what, seconds: told.append(what), first=60, again=60)
    for _ in range(100):
        with watch.doing("fast"):
            pass
    watch.stop()
    with watch.doing("after the end"):
        pass
    assert told == []


def test_a_watch_says_nothing_between_two_things():
    told: list[str] = []
    second = threading.Event()

    def say(what: str, seconds: float) -> None:
        told.append(what)
        if what == "second":
            second.set()

    watch = Watch(say, first=0.01, again=600)
    with watch.doing("first"):
        pass
    with watch.doing("second"):
        assert second.wait(30)
    watch.stop()
    assert told[-1] == "second"
    assert told.count("second") == 1
