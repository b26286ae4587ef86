"""Processes that end when they shouldn't, and one that doesn't end when it should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rollgate.server.leftovers import sweep
from tests.selfcheck.faults.conftest import PATIENCE, eventually, everyday
from tests.selfcheck.project import OWN_GATE

pytestmark = pytest.mark.thorough

#: Both go on after the run; the forked one holds every pipe and every lock that the run holds.
FORKED = """
import os, pathlib, time

def test_leaves_a_helper():
    pid = os.fork()
    if pid == 0:
        time.sleep(600)
        os._exit(0)
    pathlib.Path("helper.txt").write_text(str(pid))
"""
SPAWNED = """
import pathlib, subprocess

def test_leaves_a_helper():
    helper = subprocess.Popen(["sleep", "600"])
    pathlib.Path("helper.txt").write_text(str(helper.pid))
    helper.returncode = 0  # it is nobody's any more
"""


@pytest.mark.parametrize("blow", everyday("SIGKILL", ci=["exit"]))
def test_a_worker_that_dies_is_never_go(project, blow):
    result = project.struck(f"judged {blow}", "-n", "1")
    assert result.ret == 1
    record = project.record()
    assert record["verdict"] == "INCOMPLETE"
    assert any("a worker died" in reason for reason in record["reasons"])
    assert not [gate for gate in record["gates"] if gate["outcome"] == "PASS"]
    assert project.ledger == ["INCOMPLETE"]
    assert len(project.servers) >= 2
    assert eventually(lambda: bool(sweep()) or not project.leftovers())


def test_a_test_that_ends_the_process_with_0_is_no_go(project):
    result = project.struck("reported exit")
    assert result.ret == 1
    assert project.record()["verdict"] == "INCOMPLETE"
    assert not project.ledger
    assert eventually(lambda: bool(sweep()) or not project.leftovers())


@pytest.mark.parametrize(("helper", "workers"), everyday((FORKED, ()), ci=[(SPAWNED, ("-n", "1"))]))
def test_a_helper_that_outlives_the_run_does_not_hold_it_up(project, helper, workers):
    project.pytester.makepyfile(test_own=OWN_GATE, test_helper=helper)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "rollgate.plugin",
        "-p",
        "tests.selfcheck.faults.strikes",
    ]
    run = subprocess.Popen(
        [*command, "-W", "ignore::DeprecationWarning", f"--release={project.sql}", *workers],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    left = Path("helper.txt")
    try:
        assert run.wait(2 * PATIENCE) == 0
        assert project.ledger == ["GO"]
        assert not project.leftovers()
        os.kill(int(left.read_text()), 0)  # it is still there
    finally:
        if left.exists():
            os.kill(int(left.read_text()), signal.SIGKILL)
        run.kill()
        run.communicate()
