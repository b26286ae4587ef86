"""The report of an eval run: typed, versioned, and what it says of the run as a whole."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from rollgate.evals.baseline import Comparison
from rollgate.evals.counting import Counts
from rollgate.evals.matrix import Step
from rollgate.evals.metrics import Metric, measure
from rollgate.release import Threshold

FORMAT = 1

RunType = Literal["offline", "shadow", "canary"]
Variant = Literal["v2", "sitecraft"]
#: SKIPPED: too few samples, nothing was judged. HOLD: none failed, and one could not be judged.
RunGate = Literal["PASS", "FAIL", "HOLD", "SKIPPED"]


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """What was read."""

    name: str  # without its folder
    bytes: int
    lines: int
    records: int
    bad: int  # lines put aside
    quarantine: str  # the file beside the report that has them; empty for none
    unknown_keys: dict[str, int]  # left out, and in how many lines


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The records that one provider answered; its gates decide nothing."""

    provider: str | None  # None: the records say nothing of it
    records: int
    metrics: tuple[Metric, ...]


class EvalReport(msgspec.Struct, frozen=True, kw_only=True):
    """One eval run: what was judged, by what, with which result."""

    format: int
    run_id: str  # UUIDv8: sorts by `finished_at`
    run_type: RunType
    schema_variant: Variant
    status: str  # as it is stored: passed, failed, aborted (v2); completed, failed (sitecraft)
    gate: RunGate
    why: str  # of a gate that isn't PASS
    failed_gates: tuple[str, ...]  # metrics whose gate is FAIL or HOLD
    min_samples: int
    records: int
    metrics: tuple[Metric, ...]
    providers: tuple[Part, ...]
    comparison: Comparison | None
    rollback: tuple[Step, ...]  # what the rollback matrix calls for
    triggered_by: str
    commit_sha: str | None
    dataset_ref: str | None
    started_at: datetime.datetime
    finished_at: datetime.datetime
    content_digest: str  # SHA-256 of the records and of how they were judged
    input: Input
    rollgate: str  # version


def judge(metrics: Sequence[Metric], records: int, min_samples: int) -> tuple[RunGate, str]:
    """Return what the gates amount to, and why where that isn't PASS."""
    if records < min_samples:
        return "SKIPPED", f"found {records} samples, needed {min_samples}: nothing was judged"
    failed = [each for each in metrics if each.gate == "FAIL"]
    held = [each for each in metrics if each.gate == "HOLD"]
    why = "; ".join(f"{each.name}: {each.why}" for each in failed + held)
    return ("FAIL" if failed else "HOLD" if held else "PASS"), why


#: The word of each layout that tells the truth. `aborted`: the run is over and was not judged. Nobody may
#: count it as passed, and nobody is to be woken by it. sitecraft's `completed` says that it is over; what
#: was said of it stands in its metadata.
STATUS: Mapping[Variant, Mapping[RunGate, str]] = {
    "v2": {"PASS": "passed", "FAIL": "failed", "HOLD": "aborted", "SKIPPED": "aborted"},
    "sitecraft": {"PASS": "completed", "FAIL": "failed", "HOLD": "completed", "SKIPPED": "completed"},
}


def parts_of(counts: Counts, thresholds: Mapping[str, Threshold]) -> tuple[Part, ...]:
    """Return the metrics of each provider's records, the most records first."""
    parts = [(provider, counts.of_provider(provider)) for provider in counts.latencies]
    parts.sort(key=lambda each: (-each[1].records, each[0] or "~"))
    return tuple(
        Part(provider=provider, records=part.records, metrics=measure(part, thresholds))
        for provider, part in parts
    )


def encode(report: EvalReport) -> bytes:
    """Return the report as the file holds it."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def schema() -> bytes:
    """Return the JSON Schema of the report, as docs/eval-report.schema.json holds it."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(EvalReport)), indent=2) + b"\n"
