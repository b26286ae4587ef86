"""The last runs as a time line: what each bar stands for, and what is never drawn as kept."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from rollgate.evals.recent import trend
from rollgate.evidence.record import Span
from rollgate.release import Threshold
from rollgate.report.timeline import drawing
from rollgate.target.query import Answer

RATE = "schema_valid_rate"
COLUMNS = ("run_id", "at", "gates", "total_records", RATE)
FLOOR = {RATE: Threshold(0.99, None)}


def run(day: str, value: str | None = "1", *, records: int = 40, said: str = "") -> tuple[str | None, ...]:
    """Return a row of the query: a run that ended at 03:00 on a day of February, or at a given hour."""
    at = day if "T" in day else f"{day}T03:00:00.000Z"
    return f"run-{day}", f"2026-02-{at}", json.dumps({RATE: said}) if said else None, str(records), value


@pytest.fixture
def spans() -> Callable[..., tuple[Span, ...]]:
    def of(*rows: tuple[str | None, ...]) -> tuple[Span, ...]:
        line = trend(Answer(COLUMNS, rows), FLOOR, 30)
        assert line is not None
        (track,) = line.tracks
        drawn = drawing(line)
        assert drawn is not None
        assert [block.span for _, block in drawn.spans] == list(track.spans), "each is drawn"
        return track.spans

    return of


def test_one_run_is_no_trend():
    assert trend(Answer(COLUMNS, (run("01"),)), FLOOR, 30) is None


def test_every_run_is_drawn_the_newest_too(spans):
    found = spans(run("01"), run("02"), run("03", "0.9"))
    assert [(each.start[8:10], each.end[8:10], each.state) for each in found] == [
        ("01", "02", "ok"), ("02", "03", "ok"), ("03", "04", "bad"),
    ]  # fmt: skip


def test_a_bar_says_its_value_its_samples_the_threshold_and_the_run(spans):
    _, newest = spans(run("01"), run("02", "0.975"))
    assert newest.value == 0.975
    assert newest.label == "found 0.975 in 40 records, needed >= 0.99; run run-02"


def test_a_nightly_that_did_not_run_is_a_gap(spans):
    found = spans(run("01"), run("05"), run("06T09:00:00.000Z"))
    assert [(each.start[8:10], each.end[8:10], each.state) for each in found] == [
        ("01", "02", "ok"), ("02", "05", "gap"), ("05", "06", "ok"), ("06", "07", "ok"),
    ]  # fmt: skip


def test_runs_of_one_instant_are_drawn_both(spans):
    assert [each.state for each in spans(run("01"), run("01", "0.5"))] == ["ok", "bad"]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (run("02", None), "gap"),
        (run("02", "1", said="HOLD"), "gap"),
        (run("02", "0", records=29), "few"),
        (run("02", "1", records=29, said="SKIPPED"), "few"),
        (run("02", "1", said="FAIL"), "note"),
        (run("02", "0.98999", said="PASS"), "bad"),
        (run("02", "0.99", said="PASS"), "ok"),
    ],
    ids=["no-value", "defaults-alone", "few", "skipped", "judged-otherwise", "missed", "kept"],
)
def test_only_what_was_measured_and_kept_is_as_it_should_be(row, state, spans):
    _, newest = spans(run("01"), row)
    assert newest.state == state
