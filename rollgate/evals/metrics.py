"""The seven metrics of the eval contract (section 5): values, what they prove, and their gates. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from rollgate.errors import UsageError
from rollgate.evals.counting import Counts
from rollgate.evals.names import CEILINGS, METRICS, P95, RATES
from rollgate.intervals import evidence_of, wilson
from rollgate.release import Threshold

P95_SHARE = Fraction(95, 100)

GateWord = Literal["PASS", "FAIL", "HOLD"]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A metric beside its threshold.

    `value` is what the summary view says, defaults and all. `low`, `high` and `evidence` rest on what was
    measured: of a rate, the records in which it isn't a default; of the p95, the share of the latencies
    that are within the threshold, which has to be 0.95.
    """

    name: str
    unit: Literal["share", "ms"]
    value: float | None  # None: there is nothing to compute it from
    n: int  # values that it is computed from
    measured: int  # those of them that are no default
    measured_hits: int  # of the measured ones: true, or within the threshold
    defaulted: int  # values that somebody put in where there was none
    missing: int  # records that have none
    minimum: float | None
    maximum: float | None
    low: float  # of the Wilson 95 % interval, a share for each metric
    high: float
    evidence: Literal["PROVEN", "REFUTED", "INCONCLUSIVE"]
    gate: GateWord
    why: str  # found and needed; empty for PASS

    @property
    def defaulted_share(self) -> float:
        """The share of the values that are defaults."""
        return self.defaulted / self.n if self.n else 0.0


def exact(number: float) -> Fraction:
    """Return the number that was written: 0.99 is 99/100."""
    return Fraction(Decimal(repr(number)))


def complete(thresholds: Mapping[str, Threshold], where: str) -> dict[str, Threshold]:
    """Return the thresholds of the metrics.

    Raises:
        UsageError: a metric has none, and would pass without being judged; or the p95 has no ceiling.
    """
    missing = [name for name in METRICS if name not in thresholds]
    if missing:
        raise UsageError(
            f"{where}: thresholds.{missing[0]}",
            found="no such key",
            needed=f"a floor or a ceiling for each of {', '.join(METRICS)}",
            fix=f"add it to [thresholds], or give {option_of(missing[0])}",
        )
    if thresholds[P95].maximum is None:
        raise UsageError(
            f"{where}: thresholds.{P95}",
            found="a floor",
            needed="a ceiling: a latency is judged by how long it may be",
            fix="write max in place of min",
        )
    return {name: thresholds[name] for name in METRICS}


def option_of(name: str) -> str:
    """Return the option that sets a metric's threshold: a ceiling for what must not grow."""
    return f"--{'max' if name in CEILINGS else 'min'}-{name.replace('_', '-')}"


@dataclass(frozen=True)
class Tallied:
    """An outcome counted: true ones of all values, and of those that are no default."""

    hits: int
    n: int
    measured_hits: int
    measured: int


def measure(counts: Counts, thresholds: Mapping[str, Threshold]) -> tuple[Metric, ...]:
    """Return the seven metrics of what was counted, each judged by its threshold."""
    latencies = counts.all_latencies()
    ceiling = thresholds[P95].maximum
    return (
        *(
            rate_of(
                name,
                Tallied(*counts.hits(outcome), *counts.hits(outcome, measured=True)),
                thresholds[name],
            )
            for name, outcome in RATES.items()
        ),
        p95_of(
            latencies.percentile(P95_SHARE),
            n=len(latencies),
            within=0 if ceiling is None else latencies.within(exact(ceiling)),
            missing=latencies.missing,
            threshold=thresholds[P95],
        ),
    )


def keeps(value: Fraction, threshold: Threshold) -> bool:
    """Tell whether a value keeps a threshold, exactly."""
    return (threshold.minimum is None or value >= exact(threshold.minimum)) and (
        threshold.maximum is None or value <= exact(threshold.maximum)
    )


def needed(threshold: Threshold, unit: str) -> str:
    """Return a threshold in words: `>= 0.99`, `<= 45000 ms`."""
    sign, bound = (">=", threshold.minimum) if threshold.minimum is not None else ("<=", threshold.maximum)
    return f"{sign} {bound:.12g}{' ms' if unit == 'ms' else ''}"


def rate_of(name: str, counted: Tallied, threshold: Threshold) -> Metric:
    """Return a rate as a metric, judged: by its value, and by what was measured of it."""
    hits, n, measured_hits, measured = astuple(counted)
    low, high = wilson(measured_hits, measured)
    gate: GateWord = "PASS"
    why = ""
    if not measured:
        gate = "HOLD"
        why = f"found no measured value, {n} defaults; a default is no evidence" if n else "found no record"
    elif not keeps(Fraction(hits, n), threshold):
        gate = "FAIL"
        why = f"found {hits / n:.6g}, needed {needed(threshold, 'share')}"
    elif not keeps(Fraction(measured_hits, measured), threshold):
        gate = "FAIL"
        why = (
            f"found {measured_hits / measured:.6g} of the {measured} that were measured, "
            f"needed {needed(threshold, 'share')}"
        )
    return Metric(
        name=name,
        unit="share",
        value=hits / n if n else None,
        n=n,
        measured=measured,
        measured_hits=measured_hits,
        defaulted=n - measured,
        missing=0,
        minimum=threshold.minimum,
        maximum=threshold.maximum,
        low=low,
        high=high,
        evidence=evidence_of(low, high, minimum=threshold.minimum, maximum=threshold.maximum).value,
        gate=gate,
        why=why,
    )


def p95_of(value: Fraction | None, *, n: int, within: int, missing: int, threshold: Threshold) -> Metric:
    """Return the p95 of `n` latencies as a metric, judged; `within` of them are within the threshold."""
    low, high = wilson(within, n)
    gate: GateWord = "PASS"
    why = ""
    if value is None:
        gate, why = "HOLD", f"found no latency in {missing} records"
    elif not keeps(value, threshold):
        gate, why = "FAIL", f"found {float(value):.6g} ms, needed {needed(threshold, 'ms')}"
    return Metric(
        name=P95,
        unit="ms",
        value=None if value is None else float(value),
        n=n,
        measured=n,
        measured_hits=within,
        defaulted=0,
        missing=missing,
        minimum=threshold.minimum,
        maximum=threshold.maximum,
        low=low,
        high=high,
        evidence=evidence_of(low, high, minimum=float(P95_SHARE)).value,
        gate=gate,
        why=why,
    )
