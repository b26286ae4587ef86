"""What the guardrails found over rolling windows, and what the rollback matrix says then."""

from __future__ import annotations

from collections.abc import Mapping

from rollgate.evidence.record import Metric
from rollgate.intervals import evidence_of
from rollgate.release import Topology
from rollgate.soak.course import Course, apart, courses_of
from rollgate.soak.figures import SLOWEST, Figure, Reading, read_line
from rollgate.soak.query import Unanswered, rows_of
from rollgate.soak.rows import Rows
from rollgate.soak.said import Said
from rollgate.soak.section import Action
from rollgate.soak.start import shown

MOST_ROWS = 60  # of one figure's windows, in the evidence


def judge_guardrails(
    rows: Rows, topology: Topology, shown_path: Mapping[Action, str], *, minutes: int, enough: int
) -> Said:
    """Say what the guardrails found. `shown_path` names the file to paste for each action."""
    said = Said()
    try:
        courses = courses_of(rows, minutes=minutes, enough=enough)
        (overall,) = rows_of(rows.overall)
    except Unanswered as problem:
        said.hold(
            "guardrails", f"the target did not say: {problem}", "grant select on the table, then run again"
        )
        return said
    readings = list(read_line(rows.figures, overall[1:], exact=True))
    said.metrics += [_metric(*each) for each in readings]
    for course, (figure, reading, _) in zip(courses, readings, strict=True):
        _judge_course(said, course, topology, shown_path, minutes=minutes, enough=enough)
        if reading.breaking and course.pairs and not course.breaches:
            # Windows with too few rows count as neither; together they may say what none of them may.
            said.hold(
                figure.name,
                f"found {_value(figure, reading)} in the whole soak, needed {figure.bound}; no two windows "
                f"of {minutes} minutes with {enough} rows in a row say so",
                "look at the rows that break it; where traffic is always thin, lower soak.guardrail_min_rows",
            )
    said.show(
        "windows",
        f"Windows of {minutes} minutes that breach, and every one that stands apart from the one before",
        ("figure", "from", "rows", "value", "threshold", "interval", "verdict"),
        [line for course in courses for line in _lines(course)],
        rows.queries["windows"],
    )
    if not courses:
        said.hold(
            "guardrails",
            "found no figure with a threshold",
            "name [thresholds] and [soak.guardrails] in the manifest",
        )
    return said


def _judge_course(
    said: Said,
    course: Course,
    topology: Topology,
    shown_path: Mapping[Action, str],
    *,
    minutes: int,
    enough: int,
) -> None:
    figure = course.figure
    if not course.pairs:
        most = max((each.reading.n for each in course.windows), default=0)
        said.hold(
            figure.name,
            f"found {len(course.judged)} windows of {minutes} minutes with {enough} rows that tell it, "
            f"needed two that don't overlap; the fullest has {most}",
            f"let traffic run, have the runtime write {_source(figure)}, or lower soak.guardrail_min_rows",
        )
        return
    if course.breaches:
        first, last = course.breaches[0], course.breaches[-1]
        acting = any(each.reading.acting for pair in course.breaches for each in pair)
        action = figure.action
        said.fail(
            figure.name,
            f"found {_value(figure, first[0].reading)} from {shown(first[0].began)} and "
            f"{_value(figure, first[1].reading)} from {shown(first[1].began)}, needed {figure.bound}; "
            f"the last of {len(course.breaches)} such pairs ends at {shown(last[1].ended)}"
            + (f"; beyond {figure.act:g} the rollback matrix speaks" if acting else ""),
            f"{action}: paste {shown_path[action]}",
        )
        return
    if silent := course.silent:
        begins, ends = silent[0][0].began, silent[-1][1].ended
        said.hold(
            figure.name,
            f"found no row that tells it in {minutes} minutes of {enough} rows and more, twice in a row: the "
            f"first from {shown(begins)}, the last until {shown(ends)}; needed it to be told "
            "throughout",
            f"have the runtime write {_source(figure)} in every record, then verify again",
        )
    alone = [each for each in course.judged if each.breaches]
    if alone:
        said.warn(
            figure.name,
            f"found {_value(figure, alone[0].reading)} from {shown(alone[0].began)}, needed {figure.bound}; "
            "the next one that tells does not breach, or there is none yet",
            f"look at the rows of {topology.name} from then",
        )


def _metric(figure: Figure, reading: Reading, percentile: float | None) -> Metric:
    """Return a figure over the whole soak; a percentile's evidence is that of the share of slower rows."""
    low, high = reading.interval
    if figure.is_latency:
        said = evidence_of(low, high, maximum=SLOWEST)
        return Metric(
            name=figure.name,
            value=percentile,
            unit="ms",
            n=reading.n,
            minimum=figure.minimum,
            maximum=figure.maximum,
            evidence=str(said) if reading.n else "",
        )
    return Metric(
        name=figure.name,
        value=reading.share,
        unit="share",
        n=reading.n,
        minimum=figure.minimum,
        maximum=figure.maximum,
        low=low,
        high=high,
        evidence=str(evidence_of(low, high, minimum=figure.minimum, maximum=figure.maximum)),
    )


def _lines(course: Course) -> list[tuple[object, ...]]:
    """Return the windows worth showing: those that stand apart, and all that breach."""
    standing = {each.began for each in apart(course)}
    shown_ones = [each for each in course.windows if each.began in standing or each.breaches]
    return [
        (
            course.figure.name,
            shown(each.began),
            each.reading.n,
            _value(course.figure, each.reading),
            course.figure.bound,
            "{:.4f} to {:.4f}".format(*each.reading.interval),
            "not told"
            if each.mute
            else "too few rows"
            if each.few
            else "breaches"
            if each.breaches
            else "keeps",
        )
        for each in shown_ones[:MOST_ROWS]
    ]


def _value(figure: Figure, reading: Reading) -> str:
    if reading.share is None:
        return "nothing"
    if figure.is_latency:
        return f"{reading.share:.1%} of {reading.n} rows slower than {figure.maximum:g} ms"
    return f"{reading.share:.4f} of {reading.n} rows"


def _source(figure: Figure) -> str:
    told = [figure.column, f"metadata.{figure.key}" if figure.key else ""]
    return " or ".join(each for each in told if each) or "its column"
