"""The terminal and GitHub: within the width, without escapes, with the verdict last."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rollgate.report.markdown import escape, step_summary
from rollgate.report.terminal import summary_lines
from rollgate.report.text import clip, fit, fold, reveal, text_width
from tests.selfcheck.report import samples

ANSI = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", samples.ALL)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    record = samples.ALL[name]()
    wide = replace(record, gates=tuple(replace(gate, id=f"{gate.id}-検査") for gate in record.gates))
    for shown in (record, wide):
        lines = summary_lines(shown, width=width)
        assert [line for line in lines if text_width(line) > width] == []


@pytest.mark.parametrize("name", samples.ALL)
def test_lines_are_printable_without_colour(name: str) -> None:
    assert all(line.isprintable() for line in summary_lines(samples.ALL[name]()))


@pytest.mark.parametrize("name", samples.ALL)
def test_colour_only_adds_escapes(name: str) -> None:
    record = samples.ALL[name]()
    colored = summary_lines(record, color=True)
    assert any(ANSI.search(line) for line in colored)
    assert [ANSI.sub("", line).rstrip() for line in colored] == summary_lines(record)


def test_every_gate_has_one_line_with_each_target() -> None:
    lines = summary_lines(samples.no_go())
    assert lines[0].split() == ["gate", "staging", "prod", "single-db"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[: lines.index("")] if line.startswith("  ")}
    assert rows["one-default-per-environment"] == ["PASS", "FAIL", "PASS"]
    assert rows["soak-duration"] == ["HOLD", "·", "·"]
    assert rows["locks-are-short"] == ["PASS", "WARN", "PASS"]
    assert len(rows) == 40


def test_violations_follow_with_their_remedy() -> None:
    text = "\n".join(summary_lines(samples.no_go()))
    assert "found 2 default providers (custom, openai), needed 1" in text
    assert "remedy: build it concurrently before the rollout" in text
    assert "error: permission denied for table pg_authid SQLSTATE 42501" in text


def test_verdict_and_reasons_are_last() -> None:
    assert summary_lines(samples.go())[-1] == "GO  phase2 b48ab14c9415, 40 gates on 3 targets: 112 PASS"
    last = summary_lines(samples.hold())[-2:]
    assert last[0].startswith("HOLD  phase2 ")
    assert last[1] == "  - soak-duration on staging is on hold: the soak is not over"


def test_mismatch_is_said() -> None:
    text = "\n".join(summary_lines(samples.incomplete()))
    assert "(89 of 112 planned)" in text
    assert "planned 112 gate results, recorded 89: 23 missing" in text


def test_many_targets_take_several_tables() -> None:
    record = samples.go()
    gates = tuple(
        replace(gate, target=f"{gate.target}-{n}")
        for gate in record.gates
        if gate.target == "staging"
        for n in range(9)
    )
    lines = summary_lines(replace(record, gates=gates, planned=len(gates), targets=()))
    assert sum(line.startswith("gate ") for line in lines) > 1
    assert all(any(f"staging-{n}" in line for line in lines) for n in range(9))


def test_step_summary_escapes_markdown_and_html() -> None:
    text = step_summary(samples.hostile())
    assert not re.search(r"<(?!/?code>)", text)
    assert "[link]" not in text
    assert "@someone" not in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1
    text.encode()


def test_step_summary_shows_verdict_table_and_violations() -> None:
    text = step_summary(samples.no_go())
    assert text.startswith("## NO-GO: phase2\n")
    assert "| routing | <code>one-default-per-environment</code> | PASS | **FAIL** | PASS |" in text
    assert "found 2 default providers &#40;custom, openai&#41;, needed 1" in text


def test_step_summary_fits_what_github_takes() -> None:
    text = step_summary(samples.many(5_000))
    assert len(text.encode()) < 1_000_000
    assert "Showing 1,000 of 5,000 gates." in text


@given(st.text(), st.integers(2, 40))
def test_text_is_folded_and_fitted_to_the_width(text: str, width: int) -> None:
    assert all(text_width(line) <= width for line in fold(text, width))
    assert text_width(fit(reveal(text).replace("\n", "").replace("\t", ""), width)) == width
    assert reveal(text).replace("\n", "").replace("\t", "").isprintable()


@given(st.text())
def test_escaped_text_has_no_mark_of_markdown(text: str) -> None:
    assert not re.search(r"[<>`*_|\[\]\n@$\\]", escape(text))


def test_clip_says_how_much_was_left_out() -> None:
    assert clip("abcdef", 6) == "abcdef"
    assert clip("x" * 1_500, 10) == "x" * 10 + " … 1,490 more characters"
