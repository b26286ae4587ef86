"""The whole page as pytest-html makes it, with our part, our cells and our style sheet."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rollgate.report.html import CSS_PATH, row_cells, table_header
from tests.selfcheck.report import samples

pytest_plugins = ["pytester"]

THEIRS = [
    '<td class="col-result">Failed</td>',
    '<td class="col-testId">test_x.py::test_gate[<b>]</td>',
    '<td class="col-duration">12 ms</td>',
    '<td class="col-links"><a href="a.txt">log</a></td>',
]

CONFTEST = """
from tests.selfcheck.report import samples
from rollgate.report.html import row_cells, summary_html, table_header

def pytest_html_results_summary(prefix):
    prefix.append(summary_html(samples.no_go()))

def pytest_html_results_table_header(cells):
    cells[:] = table_header()

def pytest_html_results_table_row(report, cells):
    gates = () if "plain" in report.nodeid else samples.no_go().gates[:1]
    cells[:] = row_cells(cells, test=report.nodeid, gates=gates)
"""


@pytest.fixture
def page(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a report that pytest-html wrote."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test_gate(): assert False\ndef test_plain(): pass")
    pytester.runpytest_subprocess("--html=report.html", "--self-contained-html", f"--css={CSS_PATH}")
    return pytester.path / "report.html"


def test_header_and_rows_have_the_same_length() -> None:
    gates = samples.no_go().gates
    assert (
        len(table_header())
        == len(row_cells(THEIRS, test="x"))
        == len(row_cells(THEIRS, test="x", gates=gates))
    )


def test_sortable_columns_have_their_cells() -> None:
    cells = row_cells(THEIRS, test="x", gates=samples.go().gates[:1])
    for header, cell in zip(table_header(), cells, strict=True):
        column = re.search(r'data-column-type="(\w+)"', header)
        if column:
            assert re.search(r"col-(\w+)", cell)[1] == column[1]  # type: ignore[index]
            assert re.search(r"<td.*?>(.*?)</td>", cell)  # as pytest-html reads its sort key


def test_cells_escape_what_they_are_given() -> None:
    hostile = samples.hostile()
    cells = row_cells(THEIRS, test=" ".join(samples.HOSTILE), gates=hostile.gates)
    joined = "".join(cells)
    assert "\n" not in joined
    assert "<script" not in joined
    assert "<img" not in joined
    assert "[<b>]" not in joined


def test_worst_verdict_sorts_first() -> None:
    ranks = [
        int(re.findall(r'data-rank="(\d)"', row_cells(THEIRS, test="x", gates=[gate])[1])[0])
        for gate in sorted(samples.no_go().gates, key=lambda gate: gate.outcome != "ERROR")
    ]
    assert ranks[0] == 0 == min(ranks)


def test_result_and_links_of_pytest_html_stay() -> None:
    cells = row_cells(THEIRS, test="x", gates=samples.go().gates[:1])
    assert cells[0] == THEIRS[0]
    assert cells[-1].endswith('<a href="a.txt">log</a></td>')


def test_page_holds_the_audit_part_and_the_table(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blob = re.search(r'data-jsonblob="(.*?)"', text)
    assert blob
    tests = json.loads(html.unescape(blob[1]))["tests"]
    assert [len(each["resultsTableRow"]) for rows in tests.values() for each in rows] == [7, 7]
    assert {each["result"] for rows in tests.values() for each in rows} == {"Failed", "Passed"}
    assert '<article class="rollgate"' in text
    assert "--hold-paper" in text


def test_page_works_in_a_browser_as_narrow_as_it_gets(page: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("no chromium on this machine: the page was not opened in a browser")
    narrow = "document.documentElement.scrollWidth <= innerWidth"
    rows = "document.querySelectorAll('.collapsible').length"
    probe = f"<script>document.title = [{narrow}, {rows}]</script>"
    page.write_text(page.read_text(encoding="utf-8") + probe, encoding="utf-8")
    options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --window-size=500,900"
    options += " --disable-background-networking --disable-component-update --disable-sync"
    done = subprocess.run(
        [chromium, *options.split(), f"--user-data-dir={tmp_path}", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert '<title id="head-title">true,2</title>' in done.stdout
