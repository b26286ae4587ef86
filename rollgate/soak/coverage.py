"""Which part of a window evidence covers, and where it has gaps. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

Time = datetime.datetime


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of time."""

    begins: Time
    ends: Time

    @property
    def length(self) -> datetime.timedelta:
        """How long it is."""
        return self.ends - self.begins


@dataclass(frozen=True)
class Coverage:
    """What is covered of a window, in order and without overlaps; `gaps` is the rest of it."""

    window: Span
    covered: tuple[Span, ...]

    @property
    def gaps(self) -> tuple[Span, ...]:
        """The parts of the window that nothing covers."""
        gaps, at = [], self.window.begins
        for span in self.covered:
            if span.begins > at:
                gaps.append(Span(at, span.begins))
            at = max(at, span.ends)
        if at < self.window.ends:
            gaps.append(Span(at, self.window.ends))
        return tuple(gaps)

    @property
    def latest(self) -> Span | None:
        """The stretch that ends last; None where nothing is covered."""
        return self.covered[-1] if self.covered else None


def cover(window: Span, spans: Iterable[Span], *, bridge: datetime.timedelta) -> Coverage:
    """Return what `spans` cover of `window`; a hole of at most `bridge` between two of them is none."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.begins - merged[-1].ends <= bridge:
            merged[-1] = Span(merged[-1].begins, max(merged[-1].ends, span.ends))
        else:
            merged.append(span)
    clipped = (
        Span(max(span.begins, window.begins), min(span.ends, window.ends))
        for span in merged
        if span.ends >= window.begins and span.begins <= window.ends
    )
    return Coverage(window, tuple(clipped))
