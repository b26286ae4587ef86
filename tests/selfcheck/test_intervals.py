"""Intervals against published figures, and what they may never do."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollgate.intervals import Evidence, evidence_of, newcombe, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(hits, n, low, high):
    assert list(wilson(hits, n)) == pytest.approx([low, high], abs=5e-5)


def test_newcombe_gives_the_published_interval():
    # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10: 56/70 - 48/80.
    assert list(newcombe(56, 70, 48, 80)) == pytest.approx([0.0524, 0.3339], abs=5e-5)


def test_thirty_of_thirty_do_not_prove_a_rate_of_99_percent():
    low, high = wilson(30, 30)
    assert low == pytest.approx(0.8865, abs=5e-5)
    assert evidence_of(low, high, minimum=0.99) is Evidence.INCONCLUSIVE


def test_no_sample_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)
    assert newcombe(0, 0, 5, 5) == (-1.0, 1.0)
    assert evidence_of(0.0, 1.0, minimum=0.5) is Evidence.INCONCLUSIVE


@pytest.mark.parametrize(
    ("low", "high", "limits", "said"),
    [
        (0.991, 0.999, {"minimum": 0.99}, Evidence.PROVEN),
        (0.98, 0.999, {"minimum": 0.99}, Evidence.INCONCLUSIVE),
        (0.97, 0.989, {"minimum": 0.99}, Evidence.REFUTED),
        (0.1, 0.25, {"maximum": 0.25}, Evidence.PROVEN),
        (0.26, 0.3, {"maximum": 0.25}, Evidence.REFUTED),
    ],
)
def test_evidence_is_what_the_whole_interval_says(low, high, limits, said):
    assert evidence_of(low, high, **limits) is said


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="3 hits of 2"):
        wilson(3, 2)
    with pytest.raises(ValueError, match="no threshold"):
        evidence_of(0.1, 0.2)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_an_interval_holds_its_share(hits, misses):
    n = hits + misses
    low, high = wilson(hits, n)
    assert 0 <= low <= high <= 1
    if n:
        assert low <= hits / n + math.ulp(1)
        assert hits / n <= high + math.ulp(1)
