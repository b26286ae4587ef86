"""The end of a run: the page is written, then the record, then its line in the ledger, then the exit code.

In this order, because a run without a report is no evidence: then the record says INCOMPLETE.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rollgate.errors import UsageError
from rollgate.evidence.keep import Kept, incomplete, keep
from rollgate.evidence.record import RunRecord
from rollgate.plugin.options import is_asked_for
from rollgate.plugin.plan import RUN, SIGNER
from rollgate.plugin.stopping import Stopping, cut_short
from rollgate.report.html import fill_in_ledger, results_in, warning_html
from rollgate.report.markdown import step_summary
from rollgate.verdict import EXIT_CODES

#: A run that was asked for a verdict and passes without one must not be taken for a GO.
NO_GATE = str(
    UsageError(
        "no verdict",
        found="a run of tests that holds no gate",
        needed="the gates of the release",
        fix="leave the paths out of the command: then all gates are asked",
    )
)


@dataclass(frozen=True)
class End:
    """How a run ended: what was kept, and where its page is, if it has one."""

    kept: Kept
    page: Path | None


class Ending:
    """Wraps what the plugins do at the end, pytest-html's page among it."""

    def __init__(self, config: pytest.Config, stopping: Stopping) -> None:
        self.config = config
        self.stopping = stopping
        self.run = config.stash[RUN]
        self.end: End | None = None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Let the page be written, then keep the run."""
        problem = ""
        try:
            yield
        except OSError as error:
            problem = f"the report could not be written: {error.strerror}"
        record = self.run.result
        if record is None:
            if problem:
                raise pytest.UsageError(problem)
            if exitstatus == pytest.ExitCode.OK and is_asked_for(self.config):
                raise pytest.UsageError(NO_GATE)
            return
        page = self._page()
        if record.shown is not None and not problem:
            problem = _lost(page, record.shown)
        with self.stopping.undisturbed():
            if self.stopping.heard and not cut_short(exitstatus, ""):  # since the last gate was judged
                session.exitstatus = exitstatus = pytest.ExitCode.INTERRUPTED
                problem = problem or cut_short(exitstatus, self.stopping.heard)
            if problem:
                record = incomplete(record, problem)
            self.end = End(
                self._keep(record, page, problem), page if page is not None and page.is_file() else None
            )
        self.run.result = record = self.end.kept.record
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = EXIT_CODES[record.verdict] or int(bool(self.end.kept.problem))

    def _page(self) -> Path | None:
        named = self.config.getoption("htmlpath", None)
        return Path(os.path.expandvars(named)).expanduser() if named else None

    def _keep(self, record: RunRecord, page: Path | None, problem: str) -> Kept:
        kept = keep(record, self.run.folder, signer=self.config.stash[SIGNER])
        if page is not None and page.is_file():
            if kept.head is None:  # nobody shall find a page that says more than is kept
                page.unlink(missing_ok=True)
            else:
                with contextlib.suppress(OSError):  # then it says that it isn't entered
                    fill_in_ledger(
                        page, kept.head, warning_html(problem, kept.record.verdict) if problem else ""
                    )
        if kept.head is None:
            with contextlib.suppress(OSError):  # it holds a record, most often
                self.run.folder.rmdir()
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:  # a run is not worse for a summary that can't be written
            with contextlib.suppress(OSError), Path(summary).open("a", encoding="utf-8") as file:
                file.write(step_summary(kept.record, head=kept.head))
        return kept


def _lost(page: Path | None, shown: int) -> str:
    """Say what the page that was written lacks; empty if nothing."""
    try:
        found = results_in(page.read_text(encoding="utf-8")) if page is not None else 0
    except OSError as error:
        return f"the report could not be read again: {error.strerror}"
    return "" if found == shown else f"the report shows {found:,} results, needed {shown:,}"
