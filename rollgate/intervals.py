"""What a count proves: confidence intervals of shares, and what one says of a threshold. Pure.

Sources: E. B. Wilson, JASA 22 (1927), for one share; R. G. Newcombe, Statistics in Medicine 17 (1998),
method 10, for the difference of two.
"""

from __future__ import annotations

import math
from enum import StrEnum
from statistics import NormalDist

CONFIDENCE = 0.95


class Evidence(StrEnum):
    """What an interval says of a threshold."""

    PROVEN = "PROVEN"  # all of it keeps the threshold
    REFUTED = "REFUTED"  # none of it does
    INCONCLUSIVE = "INCONCLUSIVE"


def wilson(hits: int, n: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the two-sided Wilson score interval of the share `hits / n`; (0, 1) for n = 0.

    Raises:
        ValueError: `hits` isn't between 0 and `n`.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} hits of {n}")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = hits / n
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    # At the ends the bound is exact; floating point would miss it by an ulp.
    low = 0.0 if hits == 0 else (middle - reach) / whole
    high = 1.0 if hits == n else (middle + reach) / whole
    return max(low, 0.0), min(high, 1.0)


def newcombe(
    hits: int, n: int, other_hits: int, other_n: int, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return the interval of the difference `hits / n - other_hits / other_n`; (-1, 1) if an n is 0.

    Raises:
        ValueError: hits aren't between 0 and their n.
    """
    low, high = wilson(hits, n, confidence=confidence)
    other_low, other_high = wilson(other_hits, other_n, confidence=confidence)
    if n == 0 or other_n == 0:
        return -1.0, 1.0
    share, other = hits / n, other_hits / other_n
    below = math.hypot(share - low, other_high - other)
    above = math.hypot(high - share, other - other_low)
    return max(share - other - below, -1.0), min(share - other + above, 1.0)


def evidence_of(
    low: float, high: float, *, minimum: float | None = None, maximum: float | None = None
) -> Evidence:
    """Return what the interval from `low` to `high` says of a floor and a ceiling.

    Raises:
        ValueError: neither is given.
    """
    if minimum is None and maximum is None:
        raise ValueError("no threshold")
    kept = (minimum is None or low >= minimum) and (maximum is None or high <= maximum)
    broken = (minimum is not None and high < minimum) or (maximum is not None and low > maximum)
    return Evidence.PROVEN if kept else Evidence.REFUTED if broken else Evidence.INCONCLUSIVE
