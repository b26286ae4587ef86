"""What is drawn rather than written: who gets which traffic, figures beside thresholds, time lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rollgate.evidence.record import Metric, RunRecord, Span, Table, Timeline, Track

ROUTING_ROWS = "routing-rows"
_COLUMNS = ("provider", "environment", "enabled", "is_default", "weight")
_TRUE = ("t", "true")
_PAD = 0.08  # of a scale, on either side


@dataclass(frozen=True)
class Lane:
    """A provider in an environment, and which share of the traffic its weight gives it."""

    provider: str
    enabled: bool
    default: bool
    weight: str
    share: float  # 0 to 1


@dataclass(frozen=True)
class Routing:
    """An environment of a target; `total` is the weight of all enabled providers."""

    target: str
    environment: str
    lanes: tuple[Lane, ...]

    @property
    def serves(self) -> bool:
        """Whether anybody gets traffic."""
        return any(lane.share for lane in self.lanes)


def routings_of(record: RunRecord) -> tuple[Routing, ...]:
    """Return each environment's routing by target, from the rows that the gates have kept as evidence."""
    found: dict[str, Table] = {}
    for gate in record.gates:
        for table in gate.evidence:
            if table.name == ROUTING_ROWS and set(_COLUMNS) <= set(table.columns):
                found.setdefault(gate.target, table)
    return tuple(
        routing for target in record.targets for routing in _routings(target.name, found.get(target.name))
    )


def _routings(target: str, table: Table | None) -> Iterable[Routing]:
    if table is None:
        return
    rows = [dict(zip(table.columns, row, strict=False)) for row in table.rows]
    for environment in dict.fromkeys(row["environment"] or "" for row in rows):
        here = [row for row in rows if (row["environment"] or "") == environment]
        weights = [_weight(row) for row in here]
        total = sum(weights)
        yield Routing(
            target,
            environment,
            tuple(
                Lane(
                    row["provider"] or "",
                    row["enabled"] in _TRUE,
                    row["is_default"] in _TRUE,
                    row["weight"] or "",
                    weight / total if total else 0.0,
                )
                for row, weight in zip(here, weights, strict=True)
            ),
        )


def _weight(row: dict[str, str | None]) -> int:
    """Return the weight that counts: none for a provider that is off, or for what is no number."""
    weight = row["weight"] or ""
    return int(weight) if row["enabled"] in _TRUE and weight.isdigit() else 0


@dataclass(frozen=True)
class Gauge:
    """A figure on its scale; positions are percent of the width."""

    metric: Metric
    value: float | None
    low: float | None
    high: float | None
    minimum: float | None
    maximum: float | None

    @property
    def kept(self) -> bool:
        """Whether the figure itself keeps its thresholds; without one, it doesn't."""
        metric = self.metric
        return (
            metric.value is not None
            and (metric.minimum is None or metric.value >= metric.minimum)
            and (metric.maximum is None or metric.value <= metric.maximum)
        )


def gauge(metric: Metric) -> Gauge:
    """Place a figure, its interval and its thresholds on one scale that shows them all."""
    marks = [metric.value, metric.low, metric.high, metric.minimum, metric.maximum]
    given = [mark for mark in marks if mark is not None]
    low, high = min(given, default=0.0), max(given, default=1.0)
    reach = (high - low) or abs(high) or 1.0
    low, high = low - reach * _PAD, high + reach * _PAD

    def place(mark: float | None) -> float | None:
        return None if mark is None else round(100 * (mark - low) / (high - low), 2)

    return Gauge(metric, *map(place, marks))


def figure(value: float | None, unit: str) -> str:
    """Return a figure as its reader says it: `99.2 %`, `44,120 ms`."""
    if value is None:
        return "none"
    if unit == "share":
        return f"{100 * value:.2f} %".replace(".00 %", " %")
    return f"{value:,.0f} {unit}" if unit == "ms" else f"{value:,.0f}"


@dataclass(frozen=True)
class Block:
    """A span on its track; `x` and `width` are percent, `height` is a share of the track's height."""

    x: float
    width: float
    height: float
    state: str
    label: str


@dataclass(frozen=True)
class Drawing:
    """A time line as blocks: tracks with their names, and the hours below."""

    timeline: Timeline
    tracks: tuple[tuple[str, tuple[Block, ...]], ...]
    ticks: tuple[tuple[float, str], ...]


def drawing(timeline: Timeline) -> Drawing | None:
    """Return the time line's blocks; None if its times are none, or run backwards."""
    try:
        start, end = datetime.fromisoformat(timeline.start), datetime.fromisoformat(timeline.end)
        whole = (end - start).total_seconds()
        if whole <= 0:
            return None
        tracks = tuple((track.name, tuple(_blocks(track, start, whole))) for track in timeline.tracks)
    except (TypeError, ValueError):
        return None
    steps = 6
    moments = [start + (end - start) * step / steps for step in range(steps + 1)]
    ticks = tuple((100 * step / steps, _clock(moment)) for step, moment in enumerate(moments))
    return Drawing(timeline, tracks, ticks)


def _blocks(track: Track, start: datetime, whole: float) -> Iterable[Block]:
    most = max((span.value or 0.0 for span in track.spans), default=0.0)
    for span in track.spans:
        left = max((datetime.fromisoformat(span.start) - start).total_seconds() / whole, 0.0)
        right = min((datetime.fromisoformat(span.end) - start).total_seconds() / whole, 1.0)
        if right > left:
            place, width = round(100 * left, 3), round(100 * (right - left), 3)
            yield Block(place, width, _height(span, most), span.state, span.label)


def _height(span: Span, most: float) -> float:
    return 1.0 if span.value is None or most <= 0 else round(span.value / most, 3)


def _clock(moment: datetime) -> str:
    return f"{moment:%d %b %H:%M}"
