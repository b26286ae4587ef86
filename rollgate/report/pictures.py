"""What is drawn rather than written: who gets which traffic, and figures beside their thresholds."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from rollgate.evidence.record import Metric, RunRecord, Table, TargetRecord

ROUTING_ROWS = "routing-rows"
_COLUMNS = ("provider", "environment", "enabled", "is_default", "weight")
_TRUE = ("t", "true")
_WEIGHT = re.compile("[0-9]{1,18}")
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
    """An environment of a target, the provider with the largest share first."""

    environment: str
    lanes: tuple[Lane, ...]

    @property
    def serves(self) -> bool:
        """Whether anybody gets traffic."""
        return any(lane.share for lane in self.lanes)

    @property
    def trouble(self) -> str:
        """What a reader must not overlook, in words; empty if somebody serves and one is the default."""
        defaults = sum(lane.default for lane in self.lanes)
        if not self.lanes:
            return "no rows: nobody serves it"
        if not self.serves:
            return "no provider is on with a weight: nobody serves it"
        return "" if defaults == 1 else f"{defaults or 'no'} default provider{'s' * (defaults > 1)}"


@dataclass(frozen=True)
class Routings:
    """A target's environments: those whose traffic it decides, and rows of others that lie beside them.

    `untold` says why there is no picture; then there are no environments.
    """

    target: str
    routed: tuple[Routing, ...] = ()
    beside: tuple[Routing, ...] = ()
    untold: str = ""


def routings_of(record: RunRecord) -> tuple[Routings, ...]:
    """Return the routing by target, from the rows that the gates have kept as evidence; none if none has."""
    found: dict[str, Table] = {}
    for gate in record.gates:
        for table in gate.evidence:
            if table.name == ROUTING_ROWS:
                found.setdefault(gate.target, table)
    if not found:
        return ()
    return tuple(_routings(target, found.get(target.name)) for target in record.targets)


def _routings(target: TargetRecord, table: Table | None) -> Routings:
    if table is None:
        return Routings(target.name, untold="no gate has kept its routing rows")
    if table.error:
        return Routings(target.name, untold=f"its routing rows could not be read: {table.error}")
    if not set(_COLUMNS) <= set(table.columns):
        return Routings(target.name, untold="its routing rows lack a column that tells shares")
    if table.total != len(table.rows):
        return Routings(target.name, untold=f"{len(table.rows):,} of {table.total:,} rows tell no shares")
    rows: dict[str, list[dict[str, str | None]]] = {name: [] for name in target.routes}
    for row in table.rows:
        named = dict(zip(table.columns, row, strict=False))
        rows.setdefault(named["environment"] or "", []).append(named)
    drawn = {name: Routing(name, _lanes(here)) for name, here in rows.items()}
    routes = target.routes or tuple(drawn)  # a record that doesn't say which has them all
    return Routings(
        target.name,
        routed=tuple(each for name, each in drawn.items() if name in routes),
        beside=tuple(each for name, each in drawn.items() if name not in routes),
    )


def _lanes(rows: list[dict[str, str | None]]) -> tuple[Lane, ...]:
    weights = [_weight(row) for row in rows]
    total = sum(weights)
    lanes = [
        Lane(
            row["provider"] or "",
            row["enabled"] in _TRUE,
            row["is_default"] in _TRUE,
            row["weight"] or "none",
            weight / total if total else 0.0,
        )
        for row, weight in zip(rows, weights, strict=True)
    ]
    return tuple(sorted(lanes, key=lambda lane: (-lane.share, not lane.default)))


def _weight(row: dict[str, str | None]) -> int:
    """Return the weight that counts: none for a provider that is off, or for what is no number."""
    weight = row["weight"] or ""
    return int(weight) if row["enabled"] in _TRUE and _WEIGHT.fullmatch(weight) else 0


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
    given = [mark for mark in given if math.isfinite(mark)]
    low, high = min(given, default=0.0), max(given, default=1.0)
    reach = (high - low) or abs(high) or 1.0
    low, high = low - reach * _PAD, high + reach * _PAD

    def place(mark: float | None) -> float | None:
        if mark is None or not math.isfinite(mark):
            return None
        return round(100 * (mark - low) / (high - low), 2)

    return Gauge(metric, *map(place, marks))


def figure(value: float | None, unit: str) -> str:
    """Return a figure as its reader says it: `99.2 %`, `44,120 ms`."""
    if value is None:
        return "none"
    if unit == "share":
        return f"{100 * value:.2f} %".replace(".00 %", " %")
    return f"{value:,.0f} {unit}" if unit == "ms" else f"{value:,.0f}"
