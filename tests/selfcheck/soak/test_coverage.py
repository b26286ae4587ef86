"""What evidence covers, against a reference that looks at every minute."""

from __future__ import annotations

import datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rollgate.soak.coverage import Span, cover

BEGAN = datetime.datetime(2026, 2, 16, tzinfo=datetime.UTC)
LONG = 60


def at(minute: int) -> datetime.datetime:
    return BEGAN + datetime.timedelta(minutes=minute)


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[int, int]]:
    found = draw(st.lists(st.tuples(st.integers(-20, 80), st.integers(0, 30)), max_size=6))
    return [(begins, begins + length) for begins, length in found]


def covered_minutes(given_spans: list[tuple[int, int]], bridge: int) -> set[int]:
    """Each minute of the window that lies in a span, or in a hole that is bridged; minute m is m to m + 1."""
    inside = {minute for begins, ends in given_spans for minute in range(begins, ends)}
    edges = sorted({edge for span in given_spans for edge in span})
    for ends in edges:
        for begins in edges:
            hole = set(range(ends, begins))
            if 0 < len(hole) <= bridge and not hole & inside:
                inside |= hole
    return inside & set(range(LONG))


@given(spans(), st.integers(0, 10))
def test_it_agrees_with_a_look_at_every_minute(given_spans, bridge):
    window = Span(at(0), at(LONG))
    found = cover(
        window,
        [Span(at(begins), at(ends)) for begins, ends in given_spans],
        bridge=datetime.timedelta(minutes=bridge),
    )
    minutes = {
        minute
        for minute in range(LONG)
        if any(span.begins <= at(minute) and at(minute + 1) <= span.ends for span in found.covered)
    }
    assert minutes == covered_minutes(given_spans, bridge)
    gaps = sum((gap.length for gap in found.gaps), datetime.timedelta(0))
    assert gaps + sum((span.length for span in found.covered), datetime.timedelta(0)) == window.length


@given(spans(), st.integers(0, 10))
def test_its_stretches_are_apart_and_in_order(given_spans, bridge):
    reach = datetime.timedelta(minutes=bridge)
    found = cover(
        Span(at(0), at(LONG)), [Span(at(begins), at(ends)) for begins, ends in given_spans], bridge=reach
    ).covered
    assert all(later.begins - earlier.ends > reach for earlier, later in pairwise(found))
