"""Hears what every test says, and ends the run: record, report, terminal, exit code."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

import rollgate
from rollgate.errors import UsageError
from rollgate.evidence.compose import Planned
from rollgate.evidence.keep import RECORD_NAME, Kept, keep
from rollgate.evidence.storage import write_record
from rollgate.plugin import outcomes
from rollgate.plugin.plan import RUN, SIGNER
from rollgate.report.annotations import workflow_commands
from rollgate.report.cells import row_cells, table_header
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

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the record, whatever happened, and let the exit code say the verdict."""
        run = self.run
        if run.mistake:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        if not run.planned and not run.records and not run.lost_worker:
            return
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            run.broken.append(f"the run was cut short ({pytest.ExitCode(exitstatus).name.lower()})")
        record = run.finish(_versions())
        if self.config.pluginmanager.hasplugin("html"):
            self.details = draw_details(record)
            record = msgspec.structs.replace(record, shown=self.details.shown)
        self.kept = keep(record, run.folder, signer=self.config.stash[SIGNER])
        run.result = record = self.kept.record
        _tell_github(self.kept)
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = EXIT_CODES[record.verdict] or int(bool(self.kept.problem))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Name the page."""
        report.title = f"{self.run.release.name}: release verification"

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the audit part above pytest-html's table of tests."""
        if self.run.result is not None:
            prefix.append(
                summary_html(
                    self.run.result, self.details, head=self.kept.head if self.kept is not None else None
                )
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Name our columns."""
        cells[:] = table_header()

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """Fill our columns, escaped."""
        found = outcomes.recorded(report)
        test = report.nodeid if report.when == "call" else f"{report.nodeid}::{report.when}"
        cells[:] = row_cells(cells, test=test, gates=[found[0]] if found else [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """End with the gates by target, and the verdict."""
        if self.run.result is None:
            return
        terminalreporter.section("release gates")
        writer = terminalreporter._tw
        for line in summary_lines(self.run.result, width=writer.fullwidth, color=writer.hasmarkup):
            writer.line(line)
        if self.kept is not None and self.kept.problem:
            writer.line(self.kept.problem, red=True)
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
