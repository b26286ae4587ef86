"""The newest finished run of a database, judged: what its figures say of the release's thresholds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rollgate.evals.metrics import Metric, Tallied, needed, p95_of, rate_of
from rollgate.evals.names import P95, RATES
from rollgate.evidence import record
from rollgate.release import Threshold
from rollgate.target.query import Answer
from rollgate.verdict import Outcome, Severity

#: A run a day, and half a day for one that is late.
FRESH_HOURS = 36

_HERE = Path(__file__).parent
_RUN = "run the daily eval ingestion (runbook, section 5), then verify again"


@dataclass(frozen=True)
class Finding:
    """What is wrong with the run, or missing."""

    object: str
    detail: str
    remedy: str
    outcome: Outcome
    severity: Severity


@dataclass(frozen=True)
class LatestRun:
    """The newest finished run, and its metrics."""

    run_id: str
    run_type: str
    status: str
    finished_at: str
    why: str
    hours_old: float
    records: int
    metrics: tuple[Metric, ...]
    stuck: int  # runs that began more than a day ago and never ended


def queries(thresholds: Mapping[str, Threshold]) -> tuple[str, str]:
    """Return the questions: the newest finished run, and the last runs."""
    ceiling = thresholds[P95].maximum if P95 in thresholds else None
    newest = (_HERE / "latest_run.sql").read_text(encoding="utf-8")
    trend = (_HERE / "recent_runs.sql").read_text(encoding="utf-8")
    return newest.replace("{ceiling}", f"{float(ceiling or 0)!r}"), trend


def read_run(answer: Answer, thresholds: Mapping[str, Threshold]) -> LatestRun | None:
    """Return the run that a database told of, with the metrics that have thresholds; None for none."""
    if not answer.rows:
        return None
    cells = dict(zip(answer.columns, answer.rows[0], strict=True))
    n, latencies = int(cells["n"] or 0), int(cells["latencies"] or 0)
    outcomes: dict[str, tuple[int, int, int]] = json.loads(cells["outcomes"] or "{}")
    metrics = []
    for name, outcome in RATES.items():
        if name in thresholds:
            hits, measured_hits, measured = outcomes[outcome]
            metrics.append(rate_of(name, Tallied(hits, n, measured_hits, measured), thresholds[name]))
    if P95 in thresholds:
        value = cells["p95_latency_ms"]
        metrics.append(
            p95_of(
                None if value is None else Fraction(value),
                n=latencies,
                within=int(cells["within"] or 0),
                missing=n - latencies,
                threshold=thresholds[P95],
            )
        )
    return LatestRun(
        run_id=cells["run_id"] or "",
        run_type=cells["run_type"] or "",
        status=cells["status"] or "",
        finished_at=cells["finished_at"] or "",
        why=cells["why"] or "",
        hours_old=float(cells["hours_old"] or "inf"),
        records=n,
        metrics=tuple(metrics),
        stuck=int(cells["stuck"] or 0),
    )


def judge_figures(run: LatestRun | None, min_samples: int) -> Iterator[Finding]:
    """Yield what keeps the run from passing.

    A figure that misses its threshold fails, as the contract has it. What only lacks evidence is held,
    as a warning: a target that was rolled out an hour ago has no run yet, and 30 perfect samples prove no
    rate of 0.99.
    """
    hold = (Outcome.HOLD, Severity.WARNING)
    if run is None:
        yield _no_run()
        return
    name = f"run {run.run_id}"
    if run.records < min_samples:
        detail = f"found {run.records} samples, needed {min_samples}: its metrics are not judged"
        yield Finding(name, detail, _RUN, *hold)
        return
    for metric in run.metrics:
        if metric.gate == "FAIL":
            yield Finding(
                f"{name} {metric.name}",
                f"{metric.why}; n = {metric.measured}, {metric.evidence}",
                "look at its samples and at the rollback matrix (docs/evals.md)",
                Outcome.FAIL,
                Severity.ERROR,
            )
        elif metric.gate == "HOLD":
            yield Finding(f"{name} {metric.name}", metric.why, "let the runtime write it", *hold)
        elif metric.evidence == "INCONCLUSIVE":
            yield Finding(f"{name} {metric.name}", _unproven(metric), "ingest more samples", *hold)
    failed = any(metric.gate == "FAIL" for metric in run.metrics)
    if run.status == "failed" and not failed:
        yield Finding(
            name,
            "found status failed, though the thresholds of this release are kept: "
            f"{run.why or 'no reason is kept'}",
            "see which thresholds it was judged by (sql/evidence/failed-eval-gates.sql)",
            Outcome.FAIL,
            Severity.WARNING,
        )


def judge_age(run: LatestRun | None) -> Iterator[Finding]:
    """Yield what says that the daily run doesn't run."""
    if run is None:
        yield Finding(
            "public.ai_eval_runs",
            "found no finished eval run, needed one",
            _RUN,
            Outcome.HOLD,
            Severity.WARNING,
        )
        return
    if run.hours_old > FRESH_HOURS:
        yield Finding(
            f"run {run.run_id}",
            f"found the newest run {run.hours_old:.0f} hours old, needed one of the last {FRESH_HOURS}",
            "see why the nightly did not run, or did not ingest",
            Outcome.FAIL,
            Severity.WARNING,
        )
    if run.stuck:
        yield Finding(
            "public.ai_eval_runs",
            f"found {run.stuck} runs that began more than a day ago and never ended, needed none",
            "set their status to what became of them",
            Outcome.FAIL,
            Severity.WARNING,
        )


def shown(metrics: Sequence[Metric]) -> Iterator[record.Metric]:
    """Yield the metrics as a record keeps them; the p95's interval is one of a share, and stands apart."""
    for metric in metrics:
        is_share = metric.unit == "share"
        yield record.Metric(
            name=metric.name,
            value=metric.value,
            unit=metric.unit,
            n=metric.n,
            minimum=metric.minimum,
            maximum=metric.maximum,
            low=metric.low if is_share else None,
            high=metric.high if is_share else None,
            evidence=metric.evidence,
        )


def _no_run() -> Finding:
    found = "found no finished eval run, needed one"
    return Finding("public.ai_eval_runs", found, _RUN, Outcome.HOLD, Severity.WARNING)


def _unproven(metric: Metric) -> str:
    if metric.unit == "ms":
        what, wanted = "a share within the threshold", ">= 0.95"
    else:
        what, wanted = "a rate", needed(Threshold(metric.minimum, metric.maximum), metric.unit)
    return (
        f"found {what} of {metric.measured_hits} in {metric.measured}, which proves {metric.low:.4f} to "
        f"{metric.high:.4f}; needed all of that {wanted}"
    )
