"""A time line as blocks on tracks: what happened when, with whole hours below."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rollgate.evidence.record import Span, Timeline, Track

#: What a state means to a reader; a state that isn't here is shown by its own name.
STATES = {
    "ok": "as it should be",
    "bad": "trouble",
    "gap": "no evidence",
    "few": "too few to tell",
    "note": "to be known",
}
_MOST_TICKS = 7
_STEPS = (1 / 60, 1 / 12, 0.25, 0.5, 1, 2, 3, 4, 6, 12, 24, 48, 24 * 7, 24 * 28)  # hours between ticks
_LEAST = 6.0  # percent of its track: the least height of a bar that stands for something
_EDGE = 6.0  # percent of the width: a label nearer to an end would stick out


@dataclass(frozen=True)
class Block:
    """A span on its track, in percent: `x` and `width` of the time line's width, `height` of the track's."""

    x: float
    width: float
    height: float
    span: Span

    @property
    def kind(self) -> str:
        """Its state, if it is one that has a look of its own."""
        return self.span.state if self.span.state in STATES else "other"

    @property
    def meaning(self) -> str:
        """Its state in words."""
        return STATES.get(self.span.state, self.span.state)


@dataclass(frozen=True)
class Tick:
    """An hour below the tracks; `align` keeps a label at an end from sticking out."""

    x: float
    label: str
    align: str  # start, middle or end


@dataclass(frozen=True)
class Drawing:
    """A time line: its tracks with their names, the hours below, and which states there are."""

    timeline: Timeline
    tracks: tuple[tuple[str, tuple[Block, ...]], ...]
    ticks: tuple[Tick, ...]

    @property
    def key(self) -> dict[str, str]:
        """The looks that are drawn, and what each means."""
        kinds = {block.kind for _, blocks in self.tracks for block in blocks}
        known = {state: meaning for state, meaning in STATES.items() if state in kinds}
        return {**known, **({"other": "something else"} if "other" in kinds else {})}

    @property
    def spans(self) -> tuple[tuple[str, Block], ...]:
        """Every block with its track's name, by time: the time line as a list."""
        found = [(name, block) for name, blocks in self.tracks for block in blocks]
        return tuple(sorted(found, key=lambda each: each[1].x))


def drawing(timeline: Timeline) -> Drawing | None:
    """Return the time line's blocks; None if its times are none, or run backwards."""
    try:
        start, end = datetime.fromisoformat(timeline.start), datetime.fromisoformat(timeline.end)
        if end <= start:
            return None
        tracks = tuple((track.name, tuple(_blocks(track, start, end))) for track in timeline.tracks)
    except (TypeError, ValueError):
        return None
    return Drawing(timeline, tracks, tuple(_ticks(start.astimezone(UTC), end.astimezone(UTC))))


def _blocks(track: Track, start: datetime, end: datetime) -> Iterable[Block]:
    whole = (end - start).total_seconds()
    most = max((span.value or 0.0 for span in track.spans), default=0.0)
    for span in track.spans:
        left = max((datetime.fromisoformat(span.start) - start).total_seconds() / whole, 0.0)
        right = min((datetime.fromisoformat(span.end) - start).total_seconds() / whole, 1.0)
        if right > left:
            place, width = round(100 * left, 3), round(100 * (right - left), 3)
            yield Block(place, width, _height(span, most), span)


def _height(span: Span, most: float) -> float:
    """Return a bar's height; what is missing, wrong or not enough is as high as its track."""
    if span.value is None or most <= 0 or span.state != "ok":
        return 100.0
    return round(max(100 * span.value / most, _LEAST), 1)


def _ticks(start: datetime, end: datetime) -> Iterable[Tick]:
    """Give whole hours, so few that their labels don't touch; the date where it is a new one."""
    whole = (end - start).total_seconds()
    step = next((step for step in _STEPS if whole / 3600 / step <= _MOST_TICKS), whole / 3600)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -(-(start - midnight) // timedelta(hours=step))
    moment, shown = midnight + first * timedelta(hours=step), None
    while moment <= end:
        x = 100 * (moment - start).total_seconds() / whole
        align = "start" if x < _EDGE else "end" if x > 100 - _EDGE else "middle"
        hour = "" if step >= 24 else f"{moment:%H:%M}"
        yield Tick(
            round(x, 3), f"{'' if moment.date() == shown else f'{moment:%d %b}'} {hour}".strip(), align
        )
        shown = moment.date()
        moment += timedelta(hours=step)
