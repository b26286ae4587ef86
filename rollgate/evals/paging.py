"""The rows of a window, newest first, a page at a time: by key, and never by trust.

A page is what comes, however much was asked for: Supabase cuts at 1,000 rows, or at what "Max rows" says,
and says nothing. So the end is an empty page, and the next page begins below the last row that came: by
(created_at, id), because many rows may have one created_at, and offsets shift when rows come or go.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from rollgate.command import Failure
from rollgate.evals.exported import OUTCOMES, Row
from rollgate.evals.rest import Parameters, Rest

PAGE_SIZE = 1000
_COLUMNS = tuple(Row.__struct_fields__[:8])
#: `alias:column->key` keeps JSON's types (docs.postgrest.org, "JSON Columns").
SELECT = ",".join(
    [
        *_COLUMNS,
        *(f"{name}:metadata->{key}" for name, key, _ in OUTCOMES),
        "metadata_fallback_used:metadata->fallbackUsed",
        "metadata_latency_ms:metadata->latencyMs",
    ]
)
_rows = msgspec.json.Decoder(list[Row])
_anything = msgspec.json.Decoder(list[Any])


@dataclass(frozen=True)
class Key:
    """Where a row stands in the order of the pages."""

    created_at: datetime
    id: int | str

    def is_below(self, other: Key) -> bool:
        """Tell whether the row comes after another; uuids sort as their texts do."""
        if self.created_at != other.created_at:
            return self.created_at < other.created_at
        return type(self.id) is type(other.id) and self.id < other.id  # type: ignore[operator]


@dataclass(frozen=True)
class Window:
    """Which rows: their sources, and from when to when they were made, both ends included."""

    sources: tuple[str, ...]
    since: datetime
    until: datetime


class RestRows:
    """The rows of a project, over REST."""

    def __init__(self, rest: Rest, *, page_size: int = PAGE_SIZE) -> None:
        self.place = rest.host
        self._rest = rest
        self._page_size = page_size

    def now(self) -> datetime:
        """Return the server's time, to the second. Asks for every column, so that a missing one is found."""
        parameters = [("select", SELECT), ("limit", "1")]
        return self._rest.get(parameters, _anything.decode).date or datetime.now(UTC).replace(microsecond=0)

    def count(self, window: Window) -> int:
        """Return how many rows the server counts in the window.

        Raises:
            Failure: it doesn't say.
        """
        parameters = [("select", "id"), *_within(window), ("limit", "1")]
        total = self._rest.get(parameters, _anything.decode, count=True).total
        if total is None:
            raise Failure(f"{self.place} does not say how many rows there are (no total in Content-Range)")
        return total

    def pages(self, window: Window, *, below: Key | None, at_most: int | None) -> Iterator[list[Row]]:
        """Yield the rows in the window below a key, newest first, until there are no more.

        Each source is asked for apart, and the rows are merged: the index (source, created_at desc) then has
        a page ready, where for two sources at once all that is left would be sorted anew for every page.

        Raises:
            Failure: rows came that were not asked for, or twice.
        """
        alone = [Window((source,), window.since, window.until) for source in window.sources]
        streams = [self._rows(each, below, at_most) for each in alone]
        rows = itertools.islice(
            heapq.merge(*streams, key=lambda row: (row.created_at, row.id), reverse=True), at_most
        )
        while page := list(itertools.islice(rows, self._page_size)):
            yield page

    def _rows(self, window: Window, below: Key | None, at_most: int | None) -> Iterator[Row]:
        left = at_most
        while left is None or left > 0:
            size = self._page_size if left is None else min(self._page_size, left)
            rows = self._rest.get(_page(window, below, size), _rows.decode).rows
            if not rows:
                return
            below = self._last_in_order(rows, window, below)
            yield from rows
            left = None if left is None else left - len(rows)

    def _last_in_order(self, rows: list[Row], window: Window, above: Key | None) -> Key:
        for row in rows:
            key = Key(row.created_at, row.id)
            if not window.since <= row.created_at <= window.until:
                raise Failure(f"{self.place} answers with a row outside of the window: {row.id}")
            if above is not None and not key.is_below(above):
                raise Failure(f"{self.place} answers with a row twice, or out of order: {row.id}")
            above = key
        assert above is not None  # noqa: S101 - there are rows
        return above


def _within(window: Window) -> Parameters:
    # `in` becomes `= any (...)`, from which PostgreSQL before 17 gets no order.
    alone = len(window.sources) == 1
    return [
        ("source", f"eq.{window.sources[0]}" if alone else f"in.({','.join(window.sources)})"),
        ("created_at", f"gte.{_instant(window.since)}"),
        ("created_at", f"lte.{_instant(window.until)}"),
    ]


def _page(window: Window, below: Key | None, size: int) -> Parameters:
    """Return the parameters of a page. In `or` a value with reserved characters is quoted.

    Source: docs.postgrest.org, "Logical operators" and "Reserved characters".
    """
    key = []
    if below is not None:
        # The same rows without the bound on created_at; but an index can use it, and can't use `or`.
        at = _instant(below.created_at)
        window = Window(window.sources, window.since, below.created_at)
        key = [("or", f'(created_at.lt."{at}",and(created_at.eq."{at}",id.lt."{below.id}"))')]
    return [
        ("select", SELECT),
        *_within(window),
        *key,
        ("order", "created_at.desc,id.desc"),
        ("limit", str(size)),
    ]


def _instant(at: datetime) -> str:
    """Return a timestamp to the microsecond, as PostgreSQL keeps it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
