"""The pictures: shares, figures and hours stand where they belong, and nothing is drawn that isn't known."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from rollgate.evidence.record import Metric, RunRecord, Span, Table, Timeline, Track
from rollgate.report.html import summary_html
from rollgate.report.pictures import Routings, figure, gauge, routings_of
from rollgate.report.timeline import Drawing, drawing
from tests.selfcheck.report import samples


def routed(
    *rows: tuple[str | None, ...], routes: tuple[str, ...] = ("staging",), **change: object
) -> Routings:
    """Return the picture of one target with these routing rows."""
    table = Table(
        name="routing-rows",
        title="Routing rows",
        query="",
        columns=("provider", "environment", "enabled", "is_default", "weight"),
        rows=rows,
        total=len(rows),
    )
    record = samples.go()
    gate = replace(record.gates[0], evidence=(replace(table, **change),))
    (found,) = routings_of(
        replace(record, targets=(replace(record.targets[0], routes=routes),), gates=(gate,), planned=1)
    )
    return found


def shares(routings: Routings) -> dict[str, float]:
    return {lane.provider: round(lane.share, 3) for each in routings.routed for lane in each.lanes}


def test_share_is_the_weight_among_those_that_are_on():
    found = routed(
        ("custom", "staging", "t", "f", "20"),
        ("openai", "staging", "true", "t", "60"),
        ("off", "staging", "f", "f", "900"),
    )
    assert shares(found) == {"openai": 0.75, "custom": 0.25, "off": 0.0}
    assert found.routed[0].trouble == ""


def test_rows_that_the_target_does_not_route_stand_apart():
    found = routed(("openai", "staging", "t", "t", "1"), ("openai", "prod", "t", "t", "1"))
    assert [each.environment for each in found.routed] == ["staging"]
    assert [each.environment for each in found.beside] == ["prod"]


def test_environment_without_a_row_is_not_passed_over():
    found = routed(("openai", "prod", "t", "t", "1"))
    assert [(each.environment, each.trouble) for each in found.routed] == [
        ("staging", "no rows: nobody serves it")
    ]


@pytest.mark.parametrize(
    ("rows", "trouble"),
    [
        ([("openai", "staging", "f", "t", "1")], "no provider is on with a weight: nobody serves it"),
        ([("openai", "staging", "t", "t", "0")], "no provider is on with a weight: nobody serves it"),
        ([("openai", "staging", "t", "f", "1")], "no default provider"),
        ([("a", "staging", "t", "t", "1"), ("b", "staging", "t", "t", "1")], "2 default providers"),
        ([("a", "staging", "t", "t", "²")], "no provider is on with a weight: nobody serves it"),
        ([("a", "staging", "t", "t", "9" * 5000)], "no provider is on with a weight: nobody serves it"),
        ([(None, "staging", None, None, None)], "no provider is on with a weight: nobody serves it"),
    ],
    ids=["off", "no-weight", "no-default", "two-defaults", "no-number", "too-long", "null"],
)  # fmt: skip
def test_trouble_is_said_in_words(rows, trouble):
    assert routed(*rows).routed[0].trouble == trouble


@pytest.mark.parametrize(
    "change",
    [{"total": 7}, {"error": "permission denied", "rows": (), "total": 0}, {"columns": ("provider",)}],
    ids=["cut-off", "unread", "other-columns"],
)
def test_rows_that_tell_no_shares_are_not_drawn(change):
    found = routed(("openai", "staging", "t", "t", "1"), **change)
    assert found.untold
    assert found.routed == found.beside == ()


def test_target_without_rows_is_said_where_others_have_them():
    record = samples.go()
    gates = tuple(replace(gate, evidence=()) if gate.target == "prod" else gate for gate in record.gates)
    found = {each.target: each.untold for each in routings_of(replace(record, gates=gates))}
    assert found == {"staging": "", "prod": "no gate has kept its routing rows", "single-db": ""}
    assert "No picture: no gate has kept its routing rows" in summary_html(replace(record, gates=gates))


def test_record_that_does_not_say_what_is_routed_shows_all():
    found = routed(("openai", "staging", "t", "t", "1"), ("openai", "prod", "t", "t", "1"), routes=())
    assert [each.environment for each in found.routed] == ["staging", "prod"]


@pytest.mark.parametrize("value", [0.5, 0.0, -3.0, 1e300, math.inf, math.nan, None])
def test_marks_stay_on_their_scale(value):
    placed = gauge(Metric(name="m", value=value, unit="share", n=1, minimum=0.99, low=0.1, high=0.9))
    marks = (placed.value, placed.low, placed.high, placed.minimum, placed.maximum)
    assert all(mark is None or 0 <= mark <= 100 for mark in marks)
    assert placed.maximum is None


def test_figure_is_said_as_its_reader_says_it():
    assert [figure(0.992, "share"), figure(44120, "ms"), figure(1204, "count"), figure(None, "ms")] == [
        "99.20 %", "44,120 ms", "1,204", "none",
    ]  # fmt: skip


def drawn(*spans: Span, start: str = "2026-02-15T20:51:00Z", end: str = "2026-02-16T20:51:00Z") -> Drawing:
    found = drawing(Timeline(title="t", start=start, end=end, tracks=(Track(name="one", spans=spans),)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("end", "labels"),
    [
        ("2026-02-15T20:56:00Z", ["15 Feb 20:51", "20:52", "20:53", "20:54", "20:55", "20:56"]),
        ("2026-02-16T00:51:00Z", ["15 Feb 21:00", "22:00", "23:00", "16 Feb 00:00"]),
        (
            "2026-02-16T20:51:00Z",
            ["16 Feb 00:00", "04:00", "08:00", "12:00", "16:00", "20:00"],
        ),
        ("2026-02-18T20:51:00Z", ["16 Feb", "17 Feb", "18 Feb"]),
        ("2026-06-15T20:51:00Z", None),
    ],
    ids=["minutes", "hours", "day", "days", "months"],
)
def test_ticks_are_whole_and_few(end, labels):
    found = drawn(end=end)
    if labels is not None and labels[0] != "16 Feb":
        assert [tick.label for tick in found.ticks] == labels
    assert 2 <= len(found.ticks) <= 8
    assert all(0 <= tick.x <= 100 for tick in found.ticks)


def test_span_is_cut_where_the_time_line_ends_and_what_is_missing_is_as_high_as_its_track():
    spans = (
        Span(start="2026-02-14T00:00:00Z", end="2026-02-15T21:51:00Z", state="ok", value=10),
        Span(start="2026-02-16T20:00:00Z", end="2026-02-17T00:00:00Z", state="gap", value=0),
        Span(start="2026-02-19T00:00:00Z", end="2026-02-20T00:00:00Z", state="bad"),
        Span(start="2026-02-16T00:00:00Z", end="2026-02-16T01:00:00Z", state="<b>", label="<b>"),
    )
    first, second, strange = drawn(*spans).tracks[0][1]
    assert (first.x, first.width) == (0, 4.167)
    assert second.height == 100
    assert second.x + second.width == pytest.approx(100)
    assert (strange.kind, strange.meaning) == ("other", "<b>")


def test_time_line_without_times_is_said_and_not_drawn():
    record: RunRecord = samples.soaked()
    line = record.gates[0].timeline
    assert line is not None
    for change in ({"start": "no time"}, {"end": line.start}, {"start": "2026-02-15T00:00:00"}):
        gate = replace(record.gates[0], timeline=replace(line, **change))
        html = summary_html(replace(record, gates=(gate, *record.gates[1:])))
        assert "could not be drawn: its times are none" in html
