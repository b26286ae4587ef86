"""The audit part: nothing lost, nothing hidden, nothing that a database can smuggle in."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from rollgate.report.checks import load_checks
from rollgate.report.html import css, summary_html
from rollgate.verdict import Outcome, Severity, Verdict
from tests.selfcheck.report import samples

#: Every attribute that the templates write; any other came from data.
ATTRIBUTES = {"aria-label", "class", "colspan", "content", "datetime", "href", "id", "lang", "name"}
ATTRIBUTES |= {"aria-hidden", "open", "role", "scope", "style", "tabindex", "title"}
ATTRIBUTES |= {"preserveaspectratio", "viewbox", "x1", "x2", "y1", "y2"}
TAGS = {"a", "article", "b", "code", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h2", "h3"}
TAGS |= {"h4", "h5", "header", "i", "li", "meta", "nav", "p", "pre", "section", "span", "strong", "summary"}
TAGS |= {"table", "tbody", "td", "th", "thead", "time", "tr", "ul", "svg", "line"}
VOID = {"meta"}


class Outline(HTMLParser):
    """What a browser makes of the page: tags, attributes, ids, links and text; tags must be paired."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.stack: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if "href" in given:
            self.links.append(given["href"] or "")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", samples.ALL)
def test_page_is_well_formed_and_every_link_has_its_target(name: str) -> None:
    page = Outline(summary_html(samples.ALL[name]()))
    assert page.stack == []
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if link.removeprefix("#") not in page.ids} == set()


def test_hostile_values_stay_text() -> None:
    html = summary_html(samples.hostile())
    page = Outline(html)
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    for shown in (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }} {% raw %} {# #}",
    ):
        assert shown in page.text
    assert all(char.isprintable() or char in "\n\t" for char in html)
    assert "prod⟨U+202E⟩gnigats" in page.text
    html.encode()  # a lone surrogate could not be written


def test_long_values_are_cut_and_it_is_said() -> None:
    html = summary_html(samples.hostile())
    assert "… 12,000 more characters" in html
    assert "x" * 8_001 not in html


@pytest.mark.parametrize(
    ("name", "word"), [("go", "GO"), ("no-go", "NO-GO"), ("hold", "HOLD"), ("incomplete", "INCOMPLETE")]
)
def test_verdict_is_a_word_with_its_reasons_first(name: str, word: str) -> None:
    record = samples.ALL[name]()
    html = summary_html(record)
    assert f"<strong>{word}</strong>" in html
    text = Outline(html).text
    positions = [text.index(reason) for reason in record.reasons]
    assert positions == sorted(positions)
    assert all(position < text.index(record.digest) for position in positions)


def test_every_result_is_shown_and_counted() -> None:
    record = samples.no_go()
    html = summary_html(record)
    assert html.count('<section class="result ') == record.recorded == 112
    counts = dict(re.findall(r">(\w+)</(?:span|a)></dt><dd>([\d,]+)</dd>", html))
    assert counts == {"ERROR": "1", "FAIL": "2", "HOLD": "1", "WARN": "1", "WAIVED": "1", "PASS": "106"}
    assert "rely on this record" not in html


def test_mismatch_is_said_loudly() -> None:
    html = summary_html(samples.incomplete())
    assert "Don't rely on this record as it stands." in html
    assert "planned 112 gate results, recorded 89: 23 missing" in html


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"planned": 113}, "planned 113 gate results, recorded 112: 1 missing"),
        ({"planned": 111}, "planned 111 gate results, recorded 112: 1 too many"),
        ({"gates": (*samples.go().gates[:-1], samples.go().gates[0])}, "was recorded 2 times on staging"),
        ({"gates": samples.no_go().gates}, "the record says GO, but NO-GO follows from its gates"),
    ],
    ids=["missing", "too-many", "twice", "contradiction"],
)  # fmt: skip
def test_go_that_does_not_add_up_is_shown_as_incomplete(change: dict, said: str) -> None:
    html = summary_html(replace(samples.go(), **change))
    assert "<strong>INCOMPLETE</strong>" in html
    assert "<strong>GO</strong>" not in html
    assert said in html


def test_run_without_gates_is_shown() -> None:
    html = summary_html(
        replace(samples.go(), gates=(), planned=0, verdict=Verdict.HOLD, targets=(), files=())
    )
    assert "No gate left a result." in html
    assert "<strong>HOLD</strong>" in html


def test_failures_are_open_and_passes_closed() -> None:
    html = summary_html(samples.no_go())
    assert len(re.findall(r'<details class="gate (?:fail|error|hold|warn|waived)" open>', html)) == 6
    assert len(re.findall(r'<details class="gate pass">', html)) == 34
    order = re.findall(r'<details class="gate (\w+)"', html)
    assert order == sorted(order, key=["error", "fail", "hold", "warn", "waived", "pass"].index)


def test_violation_is_shown_with_object_detail_and_remedy() -> None:
    text = Outline(summary_html(samples.no_go())).text
    for said in (
        "found 3.4 s under ShareLock, needed 2 s",
        "set timeout_ms to 60000 or less",
        "until 2026-03-31",
    ):
        assert said in text
    assert "FAIL, severity warning: shown, doesn't decide" in text


def test_evidence_shows_null_empty_and_what_was_left_out() -> None:
    html = summary_html(samples.no_go())
    assert '<i class="null">null</i>' in html
    assert '<i class="null">empty</i>' in html
    assert "showing 50 of 1,234 rows" in html
    assert '<td class="num">12000</td>' in html


def test_every_line_of_the_runbook_is_traced() -> None:
    html = summary_html(samples.go())
    lines = [check.id for check in load_checks()]
    assert len(lines) == len(set(lines)) == 37
    assert [line for line in lines if f'id="line-{line}"' not in html] == []


def test_line_without_a_gate_is_not_covered() -> None:
    record = samples.go()
    alone = replace(record, gates=record.gates[:3], planned=3)  # AS-1 and PF-1
    html = summary_html(alone)
    assert html.count("no gate in this run") == 35
    assert "35 have none" in html


def test_covered_line_shows_the_worst_of_its_gates() -> None:
    row = re.search(r'id="line-RG-2".*?</tr>', summary_html(samples.no_go()), re.DOTALL)
    assert row
    assert ">FAIL</a>" in row[0]
    assert "on prod" in row[0]


def test_gate_that_names_an_unknown_line_is_told() -> None:
    record = samples.go()
    stray = replace(record.gates[0], checks=("XX-9",))
    assert "no line of the runbook has this id" in summary_html(
        replace(record, gates=(stray, *record.gates[1:]))
    )


def test_rehearsal_says_that_no_live_database_was_looked_at() -> None:
    assert "No live database was looked at." in summary_html(samples.go())
    assert "Judged live: prod." in summary_html(samples.no_go())


def test_warning_does_not_look_like_a_failure() -> None:
    record = samples.go()
    warned = replace(record.gates[0], severity=Severity.WARNING, outcome=Outcome.FAIL)
    html = summary_html(replace(record, gates=(warned, *record.gates[1:])))
    assert "<strong>GO</strong>" in html
    assert '<a class="badge warn"' in html
    assert '<a class="badge fail"' not in html


@pytest.mark.parametrize("name", samples.ALL)
def test_same_record_gives_the_same_page_whatever_order_gates_ran_in(name: str) -> None:
    record = samples.ALL[name]()
    assert summary_html(record) == summary_html(record)
    if name == "no-go":
        assert summary_html(replace(record, gates=record.gates[::-1])) == summary_html(record)


def test_five_thousand_gates_stay_readable_in_size() -> None:
    html = summary_html(samples.many(5_000))
    assert html.count('<section class="result ') == 5_000
    assert len(html) < 16_000_000


def test_page_loads_nothing() -> None:
    assert not re.search(r"https?:|url\(|@import|src=", summary_html(samples.no_go()) + css())


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_are_legible(theme: int) -> None:
    block = re.findall(r":root \{(.*?)\}", css(), re.DOTALL)[theme]
    color = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    inks = ("ink", "quiet", "link", "pass", "waived", "warn", "hold", "fail", "error")
    pairs = [(ink, paper) for ink in inks for paper in ("paper", "inset")]
    pairs += [("on", tone) for tone in ("pass", "fail", "error", "hold")] + [
        ("hold", "hold-paper"),
        ("paper", "ink"),
    ]
    assert [pair for pair in pairs if contrast(color[pair[0]], color[pair[1]]) < 4.5] == []


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
