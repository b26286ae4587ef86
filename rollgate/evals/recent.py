"""The last runs of a database as a time line: one track for each metric, a bar for each run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rollgate.evals.latest import FRESH_HOURS
from rollgate.evals.metrics import exact, keeps, needed
from rollgate.evals.names import P95
from rollgate.evidence.record import Span, Timeline, Track
from rollgate.release import Threshold
from rollgate.target.query import Answer

_DAY = timedelta(days=1)
_LATE = timedelta(hours=FRESH_HOURS)
_INSTANT = timedelta(milliseconds=1)  # as fine as the query tells times


@dataclass(frozen=True)
class _Slot:
    """The stretch of time that a run stands for, and a silence behind it, if there is one."""

    run: Mapping[str, str | None]
    said: Mapping[str, object]  # what its own judge said of each metric; empty for a run written by hand
    start: datetime
    end: datetime
    silent_until: datetime | None


def trend(answer: Answer, thresholds: Mapping[str, Threshold], min_samples: int) -> Timeline | None:
    """Return the last runs, the oldest first, by the release's thresholds; None for fewer than two.

    A run stands for a day, or until the next one. Where that is late by more than half a day, the time
    between is a gap: a nightly that did not run.
    """
    if len(answer.rows) < 2:
        return None
    slots = _slots([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    tracks = [
        Track(name=name, spans=tuple(_spans(slots, name, threshold, min_samples)))
        for name, threshold in thresholds.items()
        if name in answer.columns
    ]
    return Timeline(
        title=f"The last {len(slots)} eval runs",
        start=_text(slots[0].start),
        end=_text(slots[-1].end),
        tracks=tuple(tracks),
    )


def _slots(rows: Sequence[Mapping[str, str | None]]) -> list[_Slot]:
    starts = [datetime.fromisoformat(row["at"] or "") for row in rows]
    last = starts[-1] + max(min(starts[-1] - starts[-2], _DAY), _INSTANT)
    slots = []
    for row, start, following in zip(rows, starts, [*starts[1:], last], strict=True):
        silent = following - start > _LATE
        end = start + _DAY if silent else max(following, start + _INSTANT)
        said = json.loads(row["gates"] or "{}")
        slots.append(_Slot(row, said, start, end, following if silent else None))
    return slots


def _spans(slots: Sequence[_Slot], name: str, threshold: Threshold, min_samples: int) -> Iterator[Span]:
    for slot in slots:
        value = slot.run[name]
        state, found = _judged(slot, name, threshold, min_samples)
        yield Span(
            start=_text(slot.start),
            end=_text(slot.end),
            state=state,
            label=f"{found}; run {slot.run['run_id']}",
            value=None if value is None or state == "gap" else float(value),
        )
        if slot.silent_until is not None:
            yield Span(start=_text(slot.end), end=_text(slot.silent_until), state="gap", label="no run")


def _judged(slot: _Slot, name: str, threshold: Threshold, min_samples: int) -> tuple[str, str]:
    """Return the state of a run's metric, and what is to be said of it."""
    value, records = slot.run[name], int(slot.run["total_records"] or 0)
    said = slot.said.get(name)
    if value is None:
        return "gap", f"nothing to compute it from in {records} records"
    found = f"found {float(value):.6g} in {records} records"
    if said == "HOLD":
        return "gap", f"{found}, none of which was measured"
    if records < min_samples:
        return "few", f"{found}, needed {min_samples} of them"
    found = f"{found}, needed {needed(threshold, 'ms' if name == P95 else 'share')}"
    if not keeps(exact(float(value)), threshold):
        return "bad", found
    return ("note", f"{found}, but its own gate failed") if said == "FAIL" else ("ok", found)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
