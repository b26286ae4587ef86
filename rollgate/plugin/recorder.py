"""Hears what every test says, and ends the run: record, report, terminal, exit code."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

import rollgate
from rollgate.errors import UsageError
from rollgate.evidence.compose import Planned
from rollgate.evidence.keep import RECORD_NAME, Kept, keep
from rollgate.evidence.record import RunRecord
from rollgate.evidence.storage import write_record
from rollgate.plugin import outcomes
from rollgate.plugin.page import seal
from rollgate.plugin.plan import RUN, SIGNER
from rollgate.report.annotations import workflow_commands
from rollgate.report.html import Details, draw_details, summary_html
from rollgate.report.markdown import step_summary
from rollgate.report.terminal import summary_lines
from rollgate.verdict import EXIT_CODES


class Recorder:
    """Hears every report of the run; lives where the run is told, not in the workers."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.run = config.stash[RUN]
        self.kept: Kept | None = None
        self.details: Details | None = None
        self.problem = ""  # of the page

    @property
    def result(self) -> RunRecord | None:
        """The record of the run, once it has ended."""
        return self.run.result

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the session, to stop it at a mistake that the user has to mend."""
        self.session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Leave a record that says INCOMPLETE, for the case that nobody comes to write a better one."""
        if self.run.planned or self.config.pluginmanager.hasplugin("dsession"):
            try:
                write_record(self.run.draft(_versions()), self.run.folder / RECORD_NAME)
            except OSError as error:
                raise pytest.UsageError(
                    str(
                        UsageError(
                            str(self.run.folder),
                            found=f"a folder that can't be written to: {error.strerror}",
                            needed="room for the record and the report",
                            fix="make room, or name another folder with --reports DIR",
                        )
                    )
                ) from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a gate said; a failure that is no gate's keeps the run from GO."""
        if outcomes.mistake(report):
            self.run.mistake = outcomes.mistake(report)
            self.session.shouldstop = "a mistake that has to be mended first"
        found = outcomes.recorded(report)
        if found is not None:
            self.run.take(*found)
        elif report.failed:
            self.run.broken.append(f"failed, and is no gate: {report.nodeid} ({report.when})")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker had planned, or that it died."""
        if error:
            self.run.lost_worker = True
            self.run.broken.append(f"a worker died: {str(error).splitlines()[0]}")
        told = getattr(node, "workeroutput", {}).get("rollgate")
        if told is not None:
            self.run.planned.update({Planned(*key): None for key in told["planned"]})
            self.run.unselected = max(self.run.unselected, told["unselected"])

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Write the record, whatever happened, let the exit code say the verdict, and look at the page."""
        whole = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if self.run.mistake:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        if self.run.planned or self.run.records or self.run.lost_worker:
            if not whole:
                self.run.broken.append(f"the run was cut short ({pytest.ExitCode(exitstatus).name.lower()})")
            self.kept = self._keep()
            self.run.result = self.kept.record
            _tell_github(self.kept)
            if whole:
                session.exitstatus = EXIT_CODES[self.kept.record.verdict] or int(bool(self.kept.problem))
        try:
            yield
        except OSError as error:  # pytest-html writes its page in place
            self.problem = f"the report could not be written: {error.strerror}"
        if self.details is not None and self.kept is not None and self.config.option.self_contained_html:
            self.problem = self.problem or seal(Path(self.config.option.htmlpath), self.kept.record)
        if self.problem and not session.exitstatus:
            session.exitstatus = 1

    def _keep(self) -> Kept:
        """Draw what the record holds, count what is drawn, and keep both; what can't be drawn is told."""
        record = self.run.finish(_versions())
        if self.config.pluginmanager.hasplugin("html"):
            shown = 0
            try:
                self.details = draw_details(record)
                summary_html(record, self.details)  # the rest of the page can be drawn too
                shown = self.details.shown
            except Exception as error:  # a page is worth less than the record
                self.details = None
                self.run.broken.append(f"the report could not be drawn: {type(error).__name__}: {error}")
            else:
                if shown != record.recorded:
                    self.run.broken.append(f"the report shows {shown:,} of {record.recorded:,} results")
            record = msgspec.structs.replace(self.run.finish(_versions()), shown=shown)
        return keep(record, self.run.folder, signer=self.config.stash[SIGNER])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """End with the gates by target, and the verdict."""
        if self.run.result is None:
            return
        terminalreporter.section("release gates")
        writer = terminalreporter._tw
        for line in summary_lines(self.run.result, width=writer.fullwidth, color=writer.hasmarkup):
            writer.line(line)
        for problem in (self.kept.problem if self.kept is not None else "", self.problem):
            if problem:
                writer.line(problem, red=True)
        if self.kept is not None and self.kept.head is not None:
            signed = ", signed" if self.kept.signed else ""
            writer.line(f"ledger: entry {self.kept.head.sequence}{signed}, head {self.kept.head.hash}")
        shown = Path(self.config.option.htmlpath or self.run.folder / RECORD_NAME)
        if shown.exists():
            writer.line(f"report: {os.path.relpath(shown)}")
        if os.environ.get("GITHUB_ACTIONS"):
            for line in workflow_commands(self.run.result, root=self.run.release.root):
                writer.line(line)


def _versions() -> dict[str, str]:
    libpq = psycopg.pq.version()
    return {
        "rollgate": rollgate.__version__,
        "python": platform.python_version(),
        "pytest": pytest.__version__,
        "pytest-html": importlib.metadata.version("pytest-html"),
        "psycopg": psycopg.__version__,
        "libpq": f"{libpq // 10000}.{libpq % 10000}",
    }


def _tell_github(kept: Kept) -> None:
    """Write the step summary, where a job has one; a run is not worse for one that can't be written."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with contextlib.suppress(OSError), Path(summary).open("a", encoding="utf-8") as file:
            file.write(step_summary(kept.record, head=kept.head))
