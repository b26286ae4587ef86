"""The rollback matrix (contract, section 5): which figures call for which step, and the file to paste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from rollgate.evals.counting import Counts
from rollgate.evals.metrics import P95_SHARE, Metric, exact, keeps, needed
from rollgate.evals.names import P95, RATES
from rollgate.intervals import Evidence, evidence_of, wilson
from rollgate.release import Release, Threshold

ROLL_BACK = "p0-rollback"
TAKE_OUT = "take-custom-out"
LOWER = "lower-custom-weight"


@dataclass(frozen=True)
class Rule:
    """A bound that is worse than a gate's: beyond it, a step is due."""

    metric: str
    threshold: Threshold
    step: str


#: The gravest step first.
RULES = (
    Rule("safety_html_tailwind_compliance", Threshold(0.99, None), ROLL_BACK),
    Rule("schema_valid_rate", Threshold(0.98, None), ROLL_BACK),
    Rule(P95, Threshold(None, 60_000), TAKE_OUT),
    Rule("fallback_rate", Threshold(None, 0.40), LOWER),
)
SAID = {
    ROLL_BACK: "roll back to openai only, at once",
    TAKE_OUT: "take custom out",
    LOWER: "lower custom's weight",
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do now, why, and what to paste, by topology; paths are relative to the manifest."""

    step: str
    action: str
    because: tuple[str, ...]
    files: dict[str, str]


def steps_due(
    counts: Counts, metrics: Sequence[Metric], release: Release, *, enough: bool, dropped: str = ""
) -> tuple[Step, ...]:
    """Return the steps that the figures call for, the gravest first.

    With `enough` samples a figure decides; with fewer, only where its whole interval is beyond the bound:
    nobody rolls back for one sample of one. `dropped` is what the comparison with the baseline found.
    """
    because: dict[str, list[str]] = {}
    for rule in RULES:
        metric = next(each for each in metrics if each.name == rule.metric)
        if _is_broken(counts, metric, rule.threshold, enough=enough):
            found = f"{metric.value:.6g}" if metric.value is not None else "nothing"
            if _measured_breaks(metric, rule.threshold):
                found += f" ({metric.measured_hits / metric.measured:.6g} of those that were measured)"
            because.setdefault(rule.step, []).append(
                f"{rule.metric}: found {found}, needed {needed(rule.threshold, metric.unit)}"
            )
    if dropped:
        because.setdefault(ROLL_BACK, []).append(dropped)
    return tuple(
        Step(step=step, action=action, because=tuple(because[step]), files=dict(_files(release, step)))
        for step, action in SAID.items()
        if step in because
    )


def _is_broken(counts: Counts, metric: Metric, bound: Threshold, *, enough: bool) -> bool:
    if metric.value is None:
        return False
    if enough:
        value = _exact_value(counts, metric)
        return not keeps(value, bound) or _measured_breaks(metric, bound)
    if metric.name == P95:
        latencies = counts.all_latencies()
        low, high = wilson(latencies.within(exact(bound.maximum or 0)), len(latencies))
        return evidence_of(low, high, minimum=float(P95_SHARE)) is Evidence.REFUTED
    said = evidence_of(metric.low, metric.high, minimum=bound.minimum, maximum=bound.maximum)
    return said is Evidence.REFUTED


def _exact_value(counts: Counts, metric: Metric) -> Fraction:
    if metric.name == P95:
        return counts.all_latencies().percentile(P95_SHARE) or Fraction(0)
    return Fraction(*counts.hits(RATES[metric.name]))


def _measured_breaks(metric: Metric, bound: Threshold) -> bool:
    """Tell whether defaults alone keep a rate on the right side of its bound."""
    return (
        metric.unit == "share"
        and metric.defaulted > 0
        and metric.measured > 0
        and not keeps(Fraction(metric.measured_hits, metric.measured), bound)
    )


def _files(release: Release, step: str) -> Mapping[str, str]:
    return {
        name: release.shown(topology.rollbacks[step])
        for name, topology in release.topologies.items()
        if step in topology.rollbacks
    }
