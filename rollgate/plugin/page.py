"""pytest-html's page: our part above its table of tests, our columns in it, and nothing in it but text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import pytest

from rollgate.errors import UsageError
from rollgate.evidence.record import RunRecord
from rollgate.plugin import outcomes
from rollgate.plugin.plan import REDACTION
from rollgate.report.cells import row_cells, table_header
from rollgate.report.html import CSS_PATH, MOST_TESTS, Details, summary_html, warning_html
from rollgate.target.redaction import Redaction
from rollgate.verdict import is_blocking

REPORT_NAME = "report.html"
_LINK = re.compile("https?:", re.IGNORECASE)


def require_page(config: pytest.Config) -> None:
    """Refuse a run that would leave no page.

    Raises:
        UsageError: pytest-html was taken out.
    """
    if not config.pluginmanager.hasplugin("html"):
        raise UsageError(
            "pytest-html",
            found="a run without it, as after -p no:html",
            needed="the page: a verdict without one is no evidence",
            fix="leave -p no:html out",
        )


def write_page_into(config: pytest.Config, folder: Path) -> None:
    """Have pytest-html write the page where the record goes, unless the call says where."""
    if not config.option.htmlpath:
        config.option.htmlpath = str(folder / REPORT_NAME)
        config.option.self_contained_html = True
        config.option.css = [*config.option.css, str(CSS_PATH)]


class Told(Protocol):
    """What the page is told of the run, once it has ended."""

    details: Details | None

    @property
    def result(self) -> RunRecord | None:
        """The record."""


class Page:
    """Fills pytest-html's hooks; `told` has the record by the time that the page is written."""

    def __init__(self, config: pytest.Config, told: Told, *, name: str) -> None:
        self.config = config
        self.told = told
        self.name = name
        self.listed = 0
        self.unlisted = 0
        self.data: Any = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Name the page, and escape its table of the environment: pytest-html inserts it as HTML."""
        report.title = f"{self.name}: release verification"
        self.data = report
        report.set_data("environment", _escaped(report.data["environment"]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Make what a test attached to its report text: names, addresses and HTML go in as they are."""
        attached = getattr(report, "extras", None)
        if attached:
            report.extras = list(_as_text(attached, self.config.stash[REDACTION]))  # type: ignore[attr-defined]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the audit part above pytest-html's table of tests."""
        if self.data is not None:
            self.data.outcomes["passed"]["value"] += self.unlisted
        if self.told.result is not None and self.told.details is None:
            prefix.append(warning_html("it could not be drawn", self.told.result.verdict))
        elif self.told.result is not None:
            prefix.append(summary_html(self.told.result, self.told.details, unlisted=self.unlisted))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Name our columns."""
        cells[:] = table_header()

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """Fill our columns, escaped; no row for a passed gate beyond the first `MOST_TESTS`."""
        found = outcomes.recorded(report)
        if found and report.when == "call" and report.passed and not is_blocking(found[0]):
            if self.listed == MOST_TESTS:
                self.unlisted += 1
                cells.clear()
                return
            self.listed += 1
        test = report.nodeid if report.when == "call" else f"{report.nodeid}::{report.when}"
        cells[:] = row_cells(cells, test=test, gates=[found[0]] if found else [])


def _escaped(environment: dict[str, Any]) -> dict[str, Any]:
    """Return pytest-html's environment with its values, and the values in them, escaped."""
    return {
        html.escape(str(name)): {html.escape(str(key)): html.escape(str(of)) for key, of in value.items()}
        if isinstance(value, dict)
        else html.escape(str(value))
        for name, value in environment.items()
    }


def _as_text(attached: Iterable[dict[str, Any]], redaction: Redaction) -> Iterable[dict[str, Any]]:
    """Give each extra with its name escaped; an address that leads nowhere safe, and HTML, become text."""
    for extra in attached:
        name = html.escape(redaction.text(str(extra.get("name") or extra["format_type"])))
        content = extra["content"]
        if isinstance(content, str):
            content = redaction.text(content)
        kind = extra["format_type"]
        if kind == "url" and not _LINK.match(str(content).strip()):
            kind, content = "html", f"{extra.get('name')}: {content}"
        if kind == "html":
            content = f"<pre>{html.escape(str(content))}</pre>"
        if kind == "url":
            content = html.escape(str(content))
        yield {**extra, "name": name, "format_type": kind, "content": content}
