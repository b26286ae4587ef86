"""The course of a guardrail through a soak: which rolling windows breach, and which two in a row."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from rollgate.soak.facts import moment
from rollgate.soak.figures import Figure, Reading, read_line
from rollgate.soak.query import rows_of
from rollgate.soak.rows import Rows
from rollgate.target.query import Row


@dataclass(frozen=True)
class Rolling:
    """One window and what it says of one figure."""

    began: datetime.datetime
    length: datetime.timedelta
    reading: Reading
    few: bool  # too few rows: it counts as neither
    mute: bool = False  # enough rows, and none of them tells the figure

    @property
    def ended(self) -> datetime.datetime:
        """When it ends."""
        return self.began + self.length

    @property
    def breaches(self) -> bool:
        """Whether enough rows break the threshold."""
        return self.reading.breaking and not self.few


@dataclass(frozen=True)
class Course:
    """A figure through the soak: every rolling window that has rows, in order."""

    figure: Figure
    windows: tuple[Rolling, ...]

    @property
    def judged(self) -> tuple[Rolling, ...]:
        """The windows with enough rows."""
        return tuple(each for each in self.windows if not each.few)

    @property
    def pairs(self) -> list[tuple[Rolling, Rolling]]:
        """Each judged window with the next one that doesn't overlap it: what comes between says nothing."""
        judged, pairs, following = self.judged, [], 0
        for one in judged:
            while following < len(judged) and judged[following].began < one.ended:
                following += 1
            if following < len(judged):
                pairs.append((one, judged[following]))
        return pairs

    @property
    def breaches(self) -> list[tuple[Rolling, Rolling]]:
        """The pairs of which both breach."""
        return [pair for pair in self.pairs if pair[0].breaches and pair[1].breaches]

    @property
    def silent(self) -> list[tuple[Rolling, Rolling]]:
        """Two windows in a row with traffic of which neither tells the figure: that is no evidence."""
        windows = apart(self)
        return [pair for pair in itertools.pairwise(windows) if pair[0].mute and pair[1].mute]


def courses_of(rows: Rows, *, minutes: int, enough: int) -> tuple[Course, ...]:
    """Return the course of each figure; a window needs `enough` rows that tell the figure.

    Raises:
        Unanswered: the target did not say.
    """
    return read_courses(rows.figures, rows_of(rows.windows), minutes=minutes, enough=enough)


def read_courses(
    figures: Sequence[Figure], lines: Sequence[Row], *, minutes: int, enough: int
) -> tuple[Course, ...]:
    """Return the course of each figure from the lines of the windows' query."""
    length = datetime.timedelta(minutes=minutes)
    found: dict[str, list[Rolling]] = {figure.name: [] for figure in figures}
    for began, count, *cells in lines:
        for figure, reading, _ in read_line(figures, cells):
            mute = not reading.n and int(count or 0) >= enough
            found[figure.name].append(Rolling(moment(began), length, reading, reading.n < enough, mute))
    return tuple(Course(figure, tuple(found[figure.name])) for figure in figures)


def apart(course: Course) -> list[Rolling]:
    """Return the windows of a course that don't overlap, from the first on."""
    found: list[Rolling] = []
    for each in course.windows:
        if not found or each.began >= found[-1].ended:
            found.append(each)
    return found
