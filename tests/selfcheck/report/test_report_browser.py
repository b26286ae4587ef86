"""The whole page in a browser: it runs nothing of others, loads nothing, and every part of it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.selfcheck.report import samples
from tests.selfcheck.report.browser import Browser, browser, find_chromium
from tests.selfcheck.report.pages import draw_page

pytestmark = pytest.mark.thorough

SAMPLES = ["no_go", "hold", "hostile", "soaked", "many-700"]

#: Every element that shows text of its own, with the contrast to what lies behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """
(() => {
  const channels = color => (color.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility({visibilityProperty: true, contentVisibilityAuto: false})) continue;
    const style = getComputedStyle(element);
    const pair = [luminance(channels(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    found.push([`${element.tagName}.${element.className}`, Math.round(100 * contrast) / 100]);
  }
  return found;
})()
"""

#: The colours that pictures are drawn in, with their contrast to the ground (WCAG 2.2, 1.4.11).
GRAPHICS = """
(() => {
  const color = name => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = `var(--${name})`;
    const rgb = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
    probe.remove();
    return rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  };
  const found = {};
  for (const ink of ['link', 'strong', 'quiet', 'pass', 'fail', 'hold', 'ink'])
    for (const ground of ['paper', 'inset']) {
      const pair = [color(ink), color(ground)].sort((a, b) => b - a);
      found[`${ink} on ${ground}`] = (pair[0] + 0.05) / (pair[1] + 0.05);
    }
  return found;
})()
"""
VISIBLE_ROWS = "document.querySelectorAll('#results-table .collapsible').length"
OUT_OF_SIGHT = """
[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
  && e.checkVisibility() && !e.closest('.scroll, pre, #results-table, .logwrapper, .hidden'))
  .map(e => `${e.tagName}.${e.className}`)
"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests of this file."""
    program = find_chromium()
    if program is None:
        pytest.skip("no chromium on this machine: no page was opened in a browser")
    with browser(program, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Draw a sample's page, once."""
    drawn: dict[str, Path] = {}

    def page(sample: str) -> Path:
        if sample not in drawn:
            drawn[sample] = draw_page(sample, tmp_path_factory.mktemp("page"))
        return drawn[sample]

    return page


@pytest.fixture
def opened(chromium: Browser, page_of: Callable[[str], Path]) -> Iterator[Callable[..., Any]]:
    """Open a sample's page, and close it afterwards."""
    pages = []

    def open_page(sample: str, **how: Any) -> Any:
        pages.append(chromium.open(page_of(sample), **how))
        return pages[-1]

    yield open_page
    for each in pages:
        each.close()


@pytest.mark.parametrize("sample", SAMPLES)
def test_page_opens_without_an_error_and_loads_nothing_but_itself(opened, sample):
    page = opened(sample)
    assert page.errors() == []
    assert [address for address in page.requests() if not address.endswith("/report.html")] == []
    assert len(page.requests()) == 1
    assert page.run("document.querySelectorAll('.result').length") == samples.called(sample).recorded


def test_error_on_the_console_is_seen(opened):
    page = opened("no_go")
    page.run("console.error('seen red')")
    assert "seen red" in str(page.errors())


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_sticks_out_at_the_side(opened, sample):
    page = opened(sample, width=390)
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    for width in (390, 820, 1280, 1920):
        page.resize(width, 900)
        page.settle()
        assert page.run("innerWidth") == width
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.run(OUT_OF_SIGHT) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("sample", ["no_go", "soaked"])
def test_text_and_pictures_are_legible(opened, sample, dark):
    page = opened(sample, dark=dark)
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    contrasts = page.run(CONTRASTS)
    assert len(contrasts) > 500
    assert {where: ratio for where, ratio in contrasts if ratio < 4.5} == {}
    assert {where: ratio for where, ratio in page.run(GRAPHICS).items() if ratio < 3} == {}


def test_page_follows_the_colours_of_its_reader(opened):
    paper = "getComputedStyle(document.body).backgroundColor"
    assert opened("no_go").run(paper) != opened("no_go", dark=True).run(paper)
    assert opened("no_go", dark=True, media="print").run(paper) == opened("no_go").run(paper)


def test_filters_take_rows_away_and_bring_them_back(opened):
    page = opened("no_go")
    rows = page.run(VISIBLE_ROWS)
    assert rows == samples.no_go().recorded
    page.run("document.querySelector('[data-test-result=passed]').click()")
    assert page.run(VISIBLE_ROWS) == 4
    assert page.run("document.querySelectorAll('#results-table tbody.passed').length") == 0
    page.run("document.querySelector('[data-test-result=passed]').click()")
    assert page.run(VISIBLE_ROWS) == rows
    assert page.errors() == []


def test_columns_sort(opened):
    page = opened("no_go")
    first = "document.querySelector('#results-table .collapsible .col-target').textContent"
    page.run("document.querySelector('[data-column-type=target]').click()")
    one = page.run(first)
    page.run("document.querySelector('[data-column-type=target]').click()")
    assert {one, page.run(first)} == {"prod", "staging"}


def test_failures_are_open_and_the_others_open_at_a_click(opened):
    page = opened("no_go")
    shown = "[...document.querySelectorAll('details.gate[open]')].map(each => each.classList[1])"
    assert set(page.run(shown)) == {"error", "fail", "hold", "warn", "waived"}
    gate = "document.querySelector('details.gate.pass')"
    body = f"{gate}.querySelector('.body').checkVisibility()"
    assert not page.run(body)
    page.run(f"{gate}.querySelector('summary').click()")
    assert page.run(body)
    page.run(f"{gate}.querySelector('summary').click()")
    assert not page.run(body)


def test_link_to_a_result_opens_what_hides_it(opened):
    page = opened("many-700")
    link = "[...document.querySelectorAll('.matrix a.badge')].at(-1)"
    target = page.run(f"{link}.hash.slice(1)")
    closed = f"document.getElementById({target!r}).closest('details').open"
    assert not page.run(closed)
    page.run(f"{link}.click()")
    page.settle()
    assert page.run(closed)
    top = page.run(f"document.getElementById({target!r}).getBoundingClientRect().top")
    assert -10 <= top < 900


def test_every_link_leads_somewhere(opened):
    page = opened("no_go")
    assert page.run("""[...document.querySelectorAll('a[href^="#"]')]
        .filter(each => !document.getElementById(each.hash.slice(1))).length""") == 0  # fmt: skip


def test_keyboard_reaches_links_details_and_wide_tables(opened):
    page = opened("no_go")
    reached = set()
    for _ in range(60):
        page.press("Tab")
        reached.add(page.run("document.activeElement.tagName + '.' + document.activeElement.className"))
    assert {"A.badge error", "DIV.scroll", "SUMMARY.", "A."} <= reached
    gate = "document.querySelector('details.gate.pass')"
    page.run(f"{gate}.querySelector('summary').focus()")
    page.press("Enter")
    assert page.run(f"{gate}.open")
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_time_line_can_be_read_without_a_mouse(opened):
    page = opened("soaked")
    page.run("document.querySelector('.spans summary').focus()")
    page.press("Enter")
    assert page.run("document.querySelector('.spans').open")
    assert page.run("document.querySelectorAll('.spans tbody tr').length") == 26
    assert "2 errors" in page.run("document.querySelector('.spans').textContent")


@pytest.mark.parametrize("width", [390, 1280])
def test_hours_below_a_time_line_do_not_touch(opened, width):
    page = opened("soaked", width=width)
    edges = page.run("""[...document.querySelectorAll('.ticks span')]
        .filter(each => getComputedStyle(each).visibility === 'visible')
        .map(each => each.getBoundingClientRect()).map(box => [box.left, box.right])""")  # fmt: skip
    assert len(edges) >= 3
    assert all(one[1] < other[0] for one, other in pairwise(edges))
    assert edges[-1][1] <= width


def test_hostile_values_are_text_and_run_nothing(opened):
    page = opened("hostile")
    assert page.run("document.scripts.length") == 1
    assert page.run("document.querySelectorAll('article img, article script, .col-testId *').length") == 0
    text = page.run("document.body.textContent")
    for value in samples.HOSTILE[:4]:
        assert value in text
    assert page.errors() == []


def test_script_that_came_in_all_the_same_would_not_run(chromium, page_of, tmp_path):
    smuggled = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"
    page = tmp_path / "report.html"
    text = page_of("no_go").read_text(encoding="utf-8")
    page.write_text(text.replace('<article class="rollgate"', f'{smuggled}<article class="rollgate"'))
    opened = chromium.open(page)
    assert opened.run("window.ran") is None
    assert opened.run("document.querySelectorAll('#results-table tbody').length") > 100
    assert opened.errors() != []  # the policy says what it has refused
    opened.close()


def test_paper_shows_what_the_screen_folds_away(opened):
    page = opened("no_go", width=700, media="print")
    assert page.run("document.querySelector('details.gate.pass .body').checkVisibility()")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")


def test_passed_tests_beyond_the_first_are_counted_and_said(opened):
    page = opened("many-700")
    assert page.run(VISIBLE_ROWS) == 500
    assert "It lists the first 500 passed gates; 200 more passed" in page.run("document.body.textContent")
    assert page.run("document.querySelector('span.passed').textContent") == "700 Passed,"
