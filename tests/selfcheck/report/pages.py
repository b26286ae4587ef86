"""Pages of the samples, whole, as pytest-html writes them with our part in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rollgate.report.html import CSS_PATH, results_in
from rollgate.report.policy import with_policy
from tests.selfcheck.report import samples

ROOT = Path(__file__).parents[3]

CONFTEST = """
from types import SimpleNamespace

import msgspec
import pytest

from rollgate.plugin.page import Page
from rollgate.plugin.plan import REDACTION
from rollgate.report.html import draw_details
from rollgate.target.redaction import Redaction
from rollgate.verdict import is_blocking
from tests.selfcheck.report import samples

RECORD = samples.called({sample!r})


def pytest_configure(config):
    config.stash[REDACTION] = Redaction()
    told = SimpleNamespace(result=RECORD, details=draw_details(RECORD))
    config.pluginmanager.register(Page(config, told, name=RECORD.release))


def pytest_generate_tests(metafunc):
    metafunc.parametrize("gate", RECORD.gates, ids=[f"{{gate.target}}-{{gate.id}}" for gate in RECORD.gates])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        report.rollgate = {{"gate": msgspec.to_builtins(item.callspec.params["gate"]), "target": None}}
        report.outcome = "failed" if is_blocking(item.callspec.params["gate"]) else "passed"
    return report
"""


def draw_page(sample: str, folder: Path) -> Path:
    """Return the page of one of the samples, by what it is called: `no_go`, `many-5000`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conftest.py").write_text(CONFTEST.format(sample=sample))
    (folder / "test_gates.py").write_text("def test_gate(gate): pass")
    (folder / "pytest.ini").write_text("[pytest]")
    page = folder / "report.html"
    words = ["-q", "-p", "no:cacheprovider", f"--html={page}", "--self-contained-html", f"--css={CSS_PATH}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert page.exists(), done.stdout + done.stderr
    text = page.read_text(encoding="utf-8")
    assert results_in(text) == samples.called(sample).recorded
    page.write_text(with_policy(text), encoding="utf-8")
    return page
