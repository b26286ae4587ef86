"""Say what a run found in the lines of a terminal; the verdict last, because that stays on screen."""

from __future__ import annotations

from collections.abc import Iterator

from rollgate.evidence.record import RunRecord, Violation
from rollgate.report.detection import detection_of
from rollgate.report.text import clip, fit, fold, one_line, text_width
from rollgate.report.view import (
    Gate,
    Result,
    alarms_of,
    by_subject,
    counts_of,
    gates_of,
    meaning_of,
    scope_of,
    standing_of,
    targets_of,
)
from rollgate.stage import Stage
from rollgate.verdict import Verdict

_SGR = {
    "PASS": "32",
    "GO": "1;32",
    "WAIVED": "36",
    "WARN": "33",
    "HOLD": "1;33",
    "FAIL": "1;31",
    "NO-GO": "1;31",
    "ERROR": "1;35",
    "INCOMPLETE": "1;35",
}
_MOST_VIOLATIONS = 5  # of one result; the rest is in the report
_MOST_REASONS = 12
_MOST_TEXT = 600  # characters of any one text
_ID_WIDTH = 24  # a gate's id is given at least so many columns before targets get a table of their own
_GAP = 2


def summary_lines(record: RunRecord, *, width: int = 80, color: bool = False) -> list[str]:
    """Return the lines, none wider than `width` columns; no escape sequence unless `color`."""
    width = max(width, 40)
    gates = gates_of(record)
    lines: list[str] = []
    for columns in _tables(targets_of(record), width):
        lines += [*_table(gates, columns, width, color), ""]
    results = [(gate, result) for gate in gates for result in gate.results if result.label != "PASS"]
    for gate, result in sorted(results, key=lambda found: found[1].rank, reverse=True):
        lines += [*_findings(gate, result, width, color), ""]
    return [line.rstrip() for line in (*lines, *_standing(record, gates, width, color))]


def _paint(word: str, text: str, color: bool) -> str:
    return f"\x1b[{_SGR[word]}m{text}\x1b[0m" if color else text


def _tables(targets: tuple[str, ...], width: int) -> list[list[tuple[str, int]]]:
    """Share the targets out over as many tables as it takes, each a list of names and column widths."""
    room = width - _ID_WIDTH
    tables: list[list[tuple[str, int]]] = [[]]
    for target in targets:
        column = min(max(text_width(one_line(target)), len("WAIVED")), 16)
        if sum(taken + _GAP for _, taken in tables[-1]) + column + _GAP > room:
            tables.append([])
        tables[-1].append((target, column))
    return tables


def _table(gates: tuple[Gate, ...], columns: list[tuple[str, int]], width: int, color: bool) -> Iterator[str]:
    first = width - sum(taken + _GAP for _, taken in columns)
    gap = " " * _GAP
    yield fit("gate", first) + "".join(gap + fit(one_line(name), taken) for name, taken in columns)
    for subject, members in by_subject(gates).items():
        yield fit(one_line(subject), width)
        for gate in members:
            yield fit(f"  {one_line(gate.id)}", first) + "".join(
                gap + _cell(gate.on(name), taken, color) for name, taken in columns
            )


def _cell(results: tuple[Result, ...], width: int, color: bool) -> str:
    if not results:
        return fit("·", width)
    label = min(results, key=lambda result: result.rank).label
    return _paint(label, fit(label, width), color)


def _findings(gate: Gate, result: Result, width: int, color: bool) -> Iterator[str]:
    record = result.record
    head, *rest = fold(clip(f"{gate.id} on {record.target}", _MOST_TEXT), width - 8)
    yield _paint(result.label, fit(result.label, 6), color) + f"  {head}"
    yield from (f"{'':8}{line}" for line in rest)
    yield from _hanging("", record.title, width)
    if record.error:
        yield from _hanging("error: ", record.error, width)
    for violation in record.violations[:_MOST_VIOLATIONS]:
        yield from _violation(violation, width)
    more = len(record.violations) - _MOST_VIOLATIONS
    if more > 0:
        yield f"{'':8}and {more:,} more in the report"


def _violation(violation: Violation, width: int) -> Iterator[str]:
    yield from _hanging("- ", violation.object, width)
    yield from _hanging("  ", violation.detail, width)
    if violation.remedy:
        yield from _hanging("  remedy: ", violation.remedy, width)
    if violation.waiver:
        yield from _hanging("  waiver: ", violation.waiver, width)


def _number(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _hanging(mark: str, text: str, width: int) -> Iterator[str]:
    """Give `text` folded behind `mark`, indented by 8 columns."""
    for number, line in enumerate(fold(clip(text, _MOST_TEXT), width - 8 - len(mark))):
        yield " " * 8 + (mark if not number else " " * len(mark)) + line


def _standing(record: RunRecord, gates: tuple[Gate, ...], width: int, color: bool) -> Iterator[str]:
    """Give what was judged, the verdict with the counts, and its reasons."""
    verdict, reasons = standing_of(record, shown=record.recorded)
    found = ", ".join(f"{number:,} {label}" for label, number in counts_of(record).items() if number)
    lost = (
        "" if record.recorded == record.planned else f" ({record.recorded:,} of {record.planned:,} planned)"
    )
    said = (
        f"{record.release} {record.digest[:12]}, {_number(len(gates), 'gate')} on "
        f"{_number(len(targets_of(record)), 'target')}"
    )
    stage = "" if record.stage is Stage.RELEASE else f", stage {record.stage}"
    yield from fold(f"environment {record.environment}{stage}. {scope_of(record)}", width)
    yield from fold(detection_of(record), width)
    for number, line in enumerate(
        fold(f"{said}{lost}: {found or 'no result'}", width - len(verdict.value) - _GAP)
    ):
        mark = verdict.value if not number else " " * len(verdict.value)
        yield _paint(verdict.value, mark, color and not number) + " " * _GAP + line
    if record.stage is not Stage.RELEASE and verdict is Verdict.GO:
        yield from fold(meaning_of(verdict, record.stage), width)
    alarms = alarms_of(record, shown=record.recorded)
    told = [*(alarm for alarm in alarms if alarm not in reasons), *reasons]
    for reason in told[:_MOST_REASONS]:
        for number, line in enumerate(fold(clip(reason, _MOST_TEXT), width - 4)):
            yield ("  - " if not number else "    ") + line
    if len(told) > _MOST_REASONS:
        yield f"  - and {len(told) - _MOST_REASONS:,} more in the report"
