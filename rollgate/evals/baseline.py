"""A report beside an earlier one: by how much each metric got worse, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from rollgate.errors import UsageError
from rollgate.evals.metrics import Metric
from rollgate.evals.names import P95
from rollgate.intervals import newcombe

#: A rollback trigger: a drop of the share of valid schemas by more than a hundredth.
SCHEMA_DROP = Fraction(1, 100)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a metric since the baseline. Positive is worse.

    `low` and `high` are the Newcombe 95 % interval of the worsening of the measured share; for the p95, of
    the share of latencies within the threshold.
    """

    name: str
    before: float | None
    now: float | None
    worse_by: float | None  # share or ms
    low: float | None
    high: float | None
    certain: bool  # the whole interval is worse


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The baseline, and every metric beside it."""

    run_id: str
    records: int
    changes: tuple[Change, ...]
    rollback_trigger: str  # in words; empty for none


class _Baseline(msgspec.Struct, frozen=True):
    """What is read of an earlier report."""

    format: int
    run_id: str
    records: int
    metrics: tuple[Metric, ...]


def read_baseline(path: Path, format: int) -> _Baseline:
    """Read an earlier report.

    Raises:
        UsageError: it can't be read, or is no report of this format.
    """
    needed = f"a report of this command, format {format}"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Baseline)
    except OSError as error:
        raise _wrong(path, error.strerror or str(error), needed) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _wrong(path, str(error), needed) from None
    if found.format != format:
        raise _wrong(path, f"format {found.format}", needed)
    return found


def compare(baseline: _Baseline, metrics: Sequence[Metric]) -> Comparison:
    """Return every metric beside the baseline's."""
    before = {each.name: each for each in baseline.metrics}
    changes = tuple(_change(before.get(each.name), each) for each in metrics)
    return Comparison(
        run_id=baseline.run_id,
        records=baseline.records,
        changes=changes,
        rollback_trigger=_trigger(before.get("schema_valid_rate"), metrics),
    )


def _change(before: Metric | None, now: Metric) -> Change:
    if before is None or before.value is None or now.value is None:
        earlier = None if before is None else before.value
        return Change(
            name=now.name, before=earlier, now=now.value, worse_by=None, low=None, high=None, certain=False
        )
    up = now.minimum is None  # it has a ceiling: more is worse
    by = now.value - before.value if up else before.value - now.value
    low = high = None
    if now.name == P95:
        if now.maximum == before.maximum:  # shares within two different thresholds don't compare
            low, high = newcombe(before.measured_hits, before.measured, now.measured_hits, now.measured)
    elif up:
        low, high = newcombe(now.measured_hits, now.measured, before.measured_hits, before.measured)
    else:
        low, high = newcombe(before.measured_hits, before.measured, now.measured_hits, now.measured)
    return Change(
        name=now.name,
        before=before.value,
        now=now.value,
        worse_by=by,
        low=low,
        high=high,
        certain=low is not None and low > 0,
    )


def _trigger(before: Metric | None, metrics: Sequence[Metric]) -> str:
    now = next(each for each in metrics if each.name == "schema_valid_rate")
    if before is None or not before.measured or not now.measured:
        return ""
    was, is_now = (Fraction(each.measured_hits, each.measured) for each in (before, now))
    if was - is_now <= SCHEMA_DROP:
        return ""
    return (
        f"schema_valid_rate: found a drop of {float(was - is_now):.6g} from the baseline's {float(was):.6g} "
        f"to {float(is_now):.6g}, needed at most {float(SCHEMA_DROP):.2g}"
    )


def _wrong(path: Path, found: str, needed: str) -> UsageError:
    return UsageError(
        f"--baseline-report {path}", found=found, needed=needed, fix="name a report that this command wrote"
    )
