"""Hears what every test says, and ends the run: record, report, terminal, exit code."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
import pytest

import rollgate
from rollgate.errors import UsageError
from rollgate.evidence.compose import Planned
from rollgate.evidence.keep import RECORD_NAME
from rollgate.evidence.record import RunRecord
from rollgate.evidence.storage import write_record
from rollgate.plugin import outcomes
from rollgate.plugin.ending import Ending
from rollgate.plugin.plan import RUN
from rollgate.plugin.stopping import Stopping, cut_short
from rollgate.report.html import Details, draw_details, summary_html
from rollgate.report.terminal import summary_lines


class Recorder:
    """Hears every report of the run; lives where the run is told, not in the workers."""

    def __init__(self, config: pytest.Config, ending: Ending, stopping: Stopping) -> None:
        self.config = config
        self.ending = ending
        self.stopping = stopping
        self.run = config.stash[RUN]
        self.details: Details | None = None
        self.spread = False  # whether workers ask gates

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
                            fix="make room, or name another folder with --reports=DIR",
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
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Note that workers will ask gates: one that is stopped doesn't tell what it had planned."""
        gates = tuple(f"[{key.target}-{key.gate}]" for key in self.run.expected())
        self.spread = self.spread or any(each.endswith(gates) for each in ids)

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
        """Make the record, whatever happened, for the page to be drawn from."""
        run = self.run
        if run.mistake:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        why = cut_short(exitstatus, self.stopping.heard)
        run.lost_worker = run.lost_worker or (bool(why) and self.spread)
        refused = exitstatus == pytest.ExitCode.USAGE_ERROR and not run.mistake  # in the call: nothing ran
        if not run.records and not run.lost_worker and (refused or not run.planned):
            return
        if why:
            run.broken.append(why)
        record = run.finish(_versions())
        if why:  # who sends SIGTERM sends SIGKILL soon, and what ends now may take its time
            with contextlib.suppress(OSError):
                write_record(record, run.folder / RECORD_NAME)
        if self.config.pluginmanager.hasplugin("html"):
            run.result = self._drawn(record)

    def _drawn(self, record: RunRecord) -> RunRecord:
        """Draw the record, and note how many results are shown; what can't be drawn keeps the run from GO."""
        try:
            self.details = draw_details(record)
            summary_html(record, self.details)  # the rest of the page can be drawn too
        except Exception as error:  # a page is worth less than the record
            self.details = None
            self.run.broken.append(f"the report could not be drawn: {type(error).__name__}: {error}")
            return msgspec.structs.replace(self.run.finish(_versions()), shown=0)
        if self.details.shown != record.recorded:
            self.run.broken.append(f"the report shows {self.details.shown:,} of {record.recorded:,} results")
            record = self.run.finish(_versions())
        return msgspec.structs.replace(record, shown=self.details.shown)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """End with the gates by target, and the verdict."""
        if self.run.result is None:
            return
        terminalreporter.section("release gates")
        writer = terminalreporter._tw
        for line in summary_lines(self.run.result, width=writer.fullwidth, color=writer.hasmarkup):
            writer.line(line)
        end = self.ending.end
        if end is not None and end.kept.problem:
            writer.line(end.kept.problem, red=True)
        if end is not None and end.kept.head is not None:
            signed = ", signed" if end.kept.signed else ""
            writer.line(f"ledger: entry {end.kept.head.sequence}{signed}, and its head is")
            writer.line(f"        {end.kept.head.hash}")
        shown = end.page if end is not None and end.page is not None else self.run.folder / RECORD_NAME
        if shown.exists():
            writer.line(f"report: {os.path.relpath(shown)}")


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
