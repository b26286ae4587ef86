"""What CI tries and an everyday run leaves out: whole runs and struck processes, which take seconds each."""

from __future__ import annotations

import os
import signal

import pytest

from tests.selfcheck.project import ROOT, Project

THOROUGH = "thorough"


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker; and hear Ctrl-C, which is ignored by all that a shell starts in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", f"{THOROUGH}: tried where CI is set, and with -m {THOROUGH}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what takes long, unless this is CI or somebody asks for it; pytest counts it at the end."""
    if "CI" in os.environ or THOROUGH in config.option.markexpr:
        return
    left = [item for item in items if item.get_closest_marker(THOROUGH)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker(THOROUGH)]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small release of its own in a folder, for pytest to run in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("STAGING_DATABASE_URL", "GITHUB_STEP_SUMMARY", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return Project(pytester)
