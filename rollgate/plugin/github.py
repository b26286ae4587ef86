"""GitHub's log of a run: no text of ours or of a database is a command there, but our annotations are.

Source: GitHub's workflow commands; a line is one wherever it begins with `::` after blanks, and none
between `::stop-commands::TOKEN` and `::TOKEN::`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from rollgate.plugin.plan import RUN
from rollgate.report.annotations import workflow_commands


class GitHub:
    """Has GitHub take the run's output for text, and marks the failed gates when it is over."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.token = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self) -> Generator[None, None, None]:
        """Stop commands, by a word that no database can know, before anything is said."""
        self.token = secrets.token_hex(16)
        self._write(f"::stop-commands::{self.token}")
        yield

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Let commands be commands again, and give ours."""
        if not self.token:
            return
        self._write(f"::{self.token}::")
        run = self.config.stash[RUN]
        repository = os.environ.get("GITHUB_WORKSPACE")
        if run.result is not None:
            for line in workflow_commands(
                run.result,
                root=run.release.root,
                tests=self.config.rootpath,
                workspace=Path(repository) if repository else None,
            ):
                self._write(line)

    def _write(self, line: str) -> None:
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter._tw.line(line)
