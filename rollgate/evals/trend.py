"""The nights so far: what is kept of each report, and their trend as Markdown that GitHub draws."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from rollgate.evals.metrics import GateWord, needed
from rollgate.evals.names import METRICS
from rollgate.evals.report import RunGate
from rollgate.release import Threshold

#: Nights that the history keeps, and days that are drawn.
KEPT, DRAWN = 90, 28
GAP = "·"
_BARS = "▁▂▃▄▅▆▇█"
#: The figure, and what was needed; both are seen on a light page and on a dark one.
_COLOURS = "#1f6feb, #d1242f"
_DAY = datetime.timedelta(days=1)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a metric."""

    name: str
    unit: Literal["share", "ms"]
    value: float | None
    measured: int
    minimum: float | None
    maximum: float | None
    gate: GateWord

    @property
    def bound(self) -> float:
        """The threshold."""
        return (self.maximum or 0.0) if self.minimum is None else self.minimum


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a report: fields of the same names. A line of the history is one, as JSON."""

    format: int
    run_id: UUID
    gate: RunGate
    records: int
    min_samples: int
    finished_at: datetime.datetime
    metrics: tuple[Figure, ...]

    @property
    def day(self) -> datetime.date:
        """The day on which it ended, UTC."""
        return self.finished_at.astimezone(datetime.UTC).date()

    def judged(self, name: str) -> Figure | None:
        """Return a metric's figure; None where it says nothing: too few samples, or nothing measured."""
        found = next((each for each in self.metrics if each.name == name), None)
        silent = found is None or found.value is None or found.gate == "HOLD" or self.gate == "SKIPPED"
        return None if silent else found


def with_night(nights: Iterable[Night], tonight: Night) -> list[Night]:
    """Return the nights with this one, each run once, the newest `KEPT`, the oldest first."""
    found = {each.run_id: each for each in (*nights, tonight)}
    return sorted(found.values(), key=lambda each: (each.finished_at, each.run_id))[-KEPT:]


def sparkline(values: Sequence[float | None], *, low: float, high: float) -> str:
    """Return a bar for each value, on the scale from `low` to `high`; a dot where there is none."""
    reach = (high - low) or 1.0
    highest = len(_BARS) - 1
    return "".join(
        GAP if value is None else _BARS[min(max(round((value - low) / reach * highest), 0), highest)]
        for value in values
    )


def markdown(nights: Sequence[Night], tonight: Night | None) -> str:
    """Return the trend: what tonight says, a table with a line of bars a metric, and a chart a metric.

    The nights are the oldest first. Of a day with more than one run the last is drawn; a day without one
    is a gap.
    """
    head = f"## Eval trend\n\n{_tonight(tonight)}\n"
    if not nights:
        return head + "\nNo earlier night is known.\n"
    days = _days(nights)
    rows = "\n".join(_row(name, days) for name in METRICS)
    charts = "".join(_charts(days))
    start, end = min(days), max(days)
    return f"""{head}
| metric | {start:%d %b} to {end:%d %b} | newest | needed | samples | gate | missed |
|---|---|--:|---|--:|---|--:|
{rows}

One bar a day, each row on its own scale; `{GAP}`: no run, too few samples, or nothing measured.
{charts}"""


def _tonight(night: Night | None) -> str:
    if night is None:
        return "**No report tonight**: the export or the report failed. Below are the nights before."
    few = f", and {night.min_samples} are needed: nothing was judged" if night.gate == "SKIPPED" else ""
    return f"Tonight: **{night.gate}**, run `{night.run_id}`, {night.records} records{few}."


def _days(nights: Sequence[Night]) -> Mapping[datetime.date, Night | None]:
    last = {night.day: night for night in nights}
    end = max(last)
    start = max(min(last), end - (DRAWN - 1) * _DAY)
    return {day: last.get(day) for day in (start + at * _DAY for at in range((end - start).days + 1))}


def _figures(name: str, days: Mapping[datetime.date, Night | None]) -> list[Figure | None]:
    return [night.judged(name) if night is not None else None for night in days.values()]


def _row(name: str, days: Mapping[datetime.date, Night | None]) -> str:
    drawn = _figures(name, days)
    judged = [each for each in drawn if each is not None]
    if not judged:
        return f"| `{name}` | `{GAP * len(drawn)}` | none | | | | |"
    newest = judged[-1]
    values = [None if each is None else each.value for each in drawn]
    low, high = _scale(judged)
    missed = sum(each.gate == "FAIL" for each in judged)
    gate = "**FAIL**" if newest.gate == "FAIL" else newest.gate
    return (
        f"| `{name}` | `{sparkline(values, low=low, high=high)}` | {newest.value:.6g} | {_needed(newest)} "
        f"| {newest.measured} | {gate} | {missed} of {len(judged)} |"
    )


def _charts(days: Mapping[datetime.date, Night | None]) -> Iterator[str]:
    """Yield a Mermaid chart for each metric that was judged on two days or more."""
    for name in METRICS:
        drawn = {day: each for day, each in zip(days, _figures(name, days), strict=True) if each is not None}
        if len(drawn) < 2:
            continue
        newest = tuple(drawn.values())[-1]
        low, high = _scale(tuple(drawn.values()))
        pad = (high - low) * 0.1 or abs(high) * 0.1 or 0.1
        most = 1.0 if newest.unit == "share" else math.inf
        word = "at most" if newest.minimum is None else "at least"  # a sign would be shown as an entity
        yield f"""
```mermaid
---
config:
  xyChart:
    {{width: 900, height: 300, titleFontSize: 15, xAxis: {{labelFontSize: 9}}, yAxis: {{labelFontSize: 10}}}}
  themeVariables: {{xyChart: {{plotColorPalette: "{_COLOURS}"}}}}
---
xychart-beta
  title "{name}, and in red what is needed: {word} {newest.bound:.12g}"
  x-axis [{", ".join(f'"{day:%d.%m}"' for day in drawn)}]
  y-axis {max(low - pad, 0.0):.6f} --> {min(high + pad, most):.6f}
  line [{", ".join(f"{each.value:.6f}" for each in drawn.values())}]
  line [{", ".join(f"{each.bound:.6f}" for each in drawn.values())}]
```
"""


def _scale(figures: Sequence[Figure]) -> tuple[float, float]:
    marks = [mark for each in figures for mark in (each.value, each.bound) if mark is not None]
    return min(marks), max(marks)


def _needed(figure: Figure) -> str:
    return needed(Threshold(figure.minimum, figure.maximum), figure.unit)
