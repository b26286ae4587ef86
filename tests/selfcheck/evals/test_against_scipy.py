"""The statistics beside scipy's and numpy's: intervals of one share and of two, and the percentile."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from rollgate.evals.counting import Latencies
from rollgate.evals.metrics import P95_SHARE
from rollgate.intervals import newcombe, wilson

CONFIDENCES = (0.8, 0.9, 0.95, 0.99)
#: Hits and how many there were.
COUNTS = st.integers(1, 2_000_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def scipy_wilson(hits: int, n: int, *, confidence: float) -> tuple[float, float]:
    found = binomtest(hits, n).proportion_ci(confidence_level=confidence, method="wilson")
    return float(found.low), float(found.high)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("n", [1, 2, 29, 30, 412, 5000])
def test_the_interval_of_a_share_at_the_ends_and_between_is_scipys(n, confidence):
    for hits in {0, 1, n // 2, n - 1, n}:
        assert wilson(hits, n, confidence=confidence) == pytest.approx(
            scipy_wilson(hits, n, confidence=confidence), abs=1e-12
        )


@given(COUNTS, st.sampled_from(CONFIDENCES))
def test_the_interval_of_any_share_is_scipys(counts, confidence):
    assert wilson(*counts, confidence=confidence) == pytest.approx(
        scipy_wilson(*counts, confidence=confidence), abs=1e-9
    )


@given(COUNTS, COUNTS, st.sampled_from(CONFIDENCES))
def test_the_interval_of_a_difference_is_newcombes_of_two_from_scipy(counts, others, confidence):
    """Method 10: from each share to the ends of its interval, the two added as lengths at a right angle."""
    low, high = scipy_wilson(*counts, confidence=confidence)
    other_low, other_high = scipy_wilson(*others, confidence=confidence)
    share, other = counts[0] / counts[1], others[0] / others[1]
    expected = (
        share - other - math.sqrt((share - low) ** 2 + (other_high - other) ** 2),
        share - other + math.sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )
    assert newcombe(*counts, *others, confidence=confidence) == pytest.approx(expected, abs=1e-7)


@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=300), st.sampled_from([0, 25, 50, 95, 99, 100]))
def test_a_percentile_is_numpys_linear_one(values, percent):
    latencies = Latencies()
    latencies.add(values)
    found = latencies.percentile(Fraction(percent, 100))
    assert found is not None
    assert float(found) == pytest.approx(float(numpy.percentile(values, percent, method="linear")), rel=1e-12)


def test_the_p95_is_the_95th_percentile():
    assert float(P95_SHARE) * 100 == 95
