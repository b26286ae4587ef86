"""The time line of a soak: traffic, errors, each guardrail, and what the log covers."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence

from rollgate.evidence.record import Span, Timeline, Track
from rollgate.soak.course import Course, Rolling, apart
from rollgate.soak.coverage import Span as Stretch
from rollgate.soak.log import Log
from rollgate.soak.records import traffic
from rollgate.soak.rows import Rows
from rollgate.soak.window import HOUR, Window


def draw(window: Window, rows: Rows | None, courses: Sequence[Course], log: Log | None) -> Timeline:
    """Return the time line of `window`, from whatever of it could be read."""
    tracks = [_traffic(window, rows), _errors(window, log)]
    tracks += [_guardrail(course) for course in courses]
    tracks.append(_coverage(window, log))
    return Timeline(title="The soak", start=_at(window.since), end=_at(window.until), tracks=tuple(tracks))


def _traffic(window: Window, rows: Rows | None) -> Track:
    counts = dict(traffic(rows)) if rows is not None else {}
    spans = []
    number = 0
    while window.hour(number) < window.until:
        count = counts.get(number * HOUR, 0)
        spans.append(
            _span(
                window.hour(number),
                min(window.hour(number + 1), window.until),
                "gap" if rows is None else "ok" if count else "few",
                f"{count} rows" if rows is not None else "not read",
                count,
            )
        )
        number += 1
    return Track(name="traffic", spans=tuple(spans))


def _errors(window: Window, log: Log | None) -> Track:
    if log is None:
        return Track(name="errors", spans=(_span(window.since, window.until, "gap", "no log"),))
    hours = Counter(int((each.at - window.since) / HOUR) for each in log.writes)
    return Track(
        name="errors",
        spans=tuple(
            _span(
                window.hour(hour),
                max(min(window.hour(hour + 1), window.until), window.hour(hour)),
                "bad",
                f"{count} errors in the write path",
                count,
            )
            for hour, count in sorted(hours.items())
        ),
    )


def _guardrail(course: Course) -> Track:
    """The windows that don't overlap, and those of pairs that breach."""
    failing = {each.began for pair in course.breaches for each in pair}
    windows = apart(course)
    drawn = {each.began for each in windows}
    windows += [each for each in course.windows if each.began in failing - drawn]
    return Track(
        name=course.figure.name,
        spans=tuple(
            _span(each.began, each.ended, _state(each), _label(course, each), each.reading.share)
            for each in sorted(windows, key=lambda each: each.began)
        ),
    )


def _coverage(window: Window, log: Log | None) -> Track:
    if log is None:
        return Track(name="log", spans=(_span(window.since, window.until, "gap", "no log"),))

    def spans(what: Sequence[Stretch], state: str, label: str) -> list[Span]:
        return [_span(each.begins, each.ends, state, label) for each in what]

    both = spans(log.coverage.covered, "ok", "covered") + spans(log.coverage.gaps, "gap", "not covered")
    return Track(name="log", spans=tuple(sorted(both, key=lambda each: each.start)))


def _state(window: Rolling) -> str:
    return "gap" if window.mute else "few" if window.few else "bad" if window.breaches else "ok"


def _label(course: Course, window: Rolling) -> str:
    reading = window.reading
    if reading.share is None:
        return "no rows"
    slow = f" slower than {course.figure.maximum:g} ms" if course.figure.is_latency else ""
    return f"{reading.share:.2%} of {reading.n} rows{slow}"


def _span(
    begins: datetime.datetime,
    ends: datetime.datetime,
    state: str,
    label: str,
    value: float | None = None,
) -> Span:
    return Span(start=_at(begins), end=_at(ends), state=state, label=label, value=value)


def _at(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
