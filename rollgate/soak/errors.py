"""What a log says of the write path: what failed, what is covered, and whose log it is."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable

from rollgate.soak.coverage import Span
from rollgate.soak.entry import SET_BACK
from rollgate.soak.facts import Facts
from rollgate.soak.log import Event, Log
from rollgate.soak.logging_judge import is_telling, judge_language, judge_logging
from rollgate.soak.said import Said
from rollgate.soak.section import SoakSection
from rollgate.soak.start import shown
from rollgate.soak.window import Window

FETCH = "name the server's log with --soak-log, or its project and token (docs/soak.md)"
_CLASS_23 = "23"


def judge_errors(log: Log | None, soak: SoakSection, facts: Facts, window: Window) -> Said:
    """Say whether nothing failed in the write path, as far as a log covers it."""
    said = Said()
    if log is not None:
        for group in _grouped(log.writes):
            first, last = group[0], group[-1]
            said.fail(
                _object(first),
                f"found {len(group)}, the first on {shown(first.at)}, the last on {shown(last.at)}: "
                f"{first.kept.message}; needed none",
                "find its cause, correct it, then verify again: the soak begins anew",
            )
        if log.more:
            said.fail(
                soak.table, f"found {log.more} more errors that touch it", "mend those that are shown first"
            )
        for group in _grouped(log.reads):
            said.warn(
                f"reading: {_object(group[0])}",
                f"found {len(group)} statements that only read and failed, the last on "
                f"{shown(group[-1].at)}: {group[0].kept.message}",
                "none for the soak: nothing was to be written",
            )
        for group in _grouped(log.unknown):
            said.hold(
                f"unknown: {_object(group[0])}",
                f"found {len(group)} statements that failed and do not say what they write (execute, "
                f"commit), the last on {shown(group[-1].at)}: {group[0].kept.message}",
                "find out what they wrote: if it was another table, waive this with that for a reason",
            )
    judge_evidence(said, log, soak, facts, window)
    if log is not None:
        _show(said, log)
    return said


def judge_violations(log: Log | None, soak: SoakSection, facts: Facts, window: Window) -> Said:
    """Say which of the release's constraints were violated by writes that the server refused."""
    said = Said()
    ours = {
        each.name: each.columns
        for each in facts.constraints
        if not set(each.columns).isdisjoint(soak.columns)
    }
    if log is not None:
        for group in _grouped(each for each in log.writes if each.kept.sqlstate.startswith(_CLASS_23)):
            name = group[0].kept.constraint
            if name in ours or name.removesuffix(" not null") in soak.columns:
                said.fail(
                    name,
                    f"found {len(group)} writes that it refused, the last on {shown(group[-1].at)}; "
                    "needed none",
                    "correct what the runtime writes, then verify again: the soak begins anew",
                )
            else:
                said.warn(
                    name or _object(group[0]),
                    f"found {len(group)} refused writes; this constraint is not the release's",
                    "see the gate on errors in write paths: it judges them",
                )
    judge_evidence(said, log, soak, facts, window)
    return said


def judge_evidence(said: Said, log: Log | None, soak: SoakSection, facts: Facts, window: Window) -> None:
    """Say what is missing for a log without errors to mean that there were none."""
    judge_logging(said, facts)
    if log is None or not log.stretches:
        said.show(
            "statistics",
            "Weak evidence: transactions rolled back for any cause, in the whole database",
            *facts.statistics,
            facts.queries.get("statistics", ""),
        )
        said.hold(
            "the log",
            "found no log, needed the server's own: the statistics can't tell which transactions were rolled "
            "back",
            FETCH,
        )
        return
    if any(stretch.format == "stderr" and stretch.first for stretch in log.stretches):
        judge_language(said, facts)
    for problem in log.problems:
        said.hold("the log", problem, "run again; if it stays, name the files one by one, or mend the access")
    for stretch in log.stretches:
        if stretch.problem:
            said.hold(stretch.source, stretch.problem, "name the log's own files, each whole")
        if stretch.zones:
            said.hold(
                stretch.source,
                f"found times in {', '.join(sorted(stretch.zones))}, needed the server's log_timezone "
                f"({facts.setting('log_timezone')}), so that it is known when they were",
                "name the log of this server; if log_timezone was changed, soak anew",
            )
        if stretch.unread:
            said.hold(
                stretch.source,
                f"found {stretch.unread} of {stretch.lines} lines that can't be read as {stretch.format}",
                "name the whole file as the server wrote it; if log_line_prefix was changed, soak anew",
            )
        if stretch.back > SET_BACK:
            said.warn(
                stretch.source,
                f"found that its clock went back by {stretch.back}",
                "look at the server's clock: these hours are told twice, and counted once",
            )
    _judge_changes(said, log, window)
    _judge_coverage(said, log, soak, window)
    _judge_owner(said, log)


def _judge_changes(said: Said, log: Log, window: Window) -> None:
    """Where errors aren't logged, the change to that isn't either: only the one back is."""
    for at, name, value in log.changes:
        if value and not is_telling(name, value):
            said.hold(
                name, f"found that it was changed to {value} on {shown(at)}", "change it back, then soak anew"
            )
        elif at > window.until - window.needed:
            said.hold(
                name,
                f"found that it was changed to {value or 'its default'} on {shown(at)}; what it was before, "
                "and whether errors were logged then, can't be told",
                f"soak anew, or run again after {shown(at + window.needed)}: what is logged since counts",
            )


def _judge_coverage(said: Said, log: Log, soak: SoakSection, window: Window) -> None:
    gap = datetime.timedelta(minutes=soak.log_gap_minutes)
    needed = window.needed if window.is_over else window.lasted - gap
    latest = log.coverage.latest
    if latest is None:
        said.hold("coverage", f"found no line of this server's from {_span(log.coverage.window)}", FETCH)
    elif latest.ends < window.until - gap or latest.length < needed:
        said.hold(
            "coverage",
            f"found evidence without a gap from {_span(latest)} ({_hours(latest.length)}), needed "
            f"{_hours(needed)} up to {shown(window.until)}; gaps: "
            + ("; ".join(_span(each) for each in log.coverage.gaps) or "none"),
            "add the missing files; where they are gone, wait until the log covers as much again",
        )


def _judge_owner(said: Said, log: Log) -> None:
    for doubt in log.doubts:
        said.hold(
            "whose log",
            f"found that {doubt}",
            "name the log of this server, and no other; a rotated file beside the one that goes on from it",
        )
    if not log.proofs:
        said.hold(
            "whose log",
            "found nothing in it that shows it to be this server's: no probe of a run, no start, no process",
            "fetch the log once more: this run has left a line in it that the next one knows",
        )


def _show(said: Said, log: Log) -> None:
    said.show(
        "log",
        "What was read of the log",
        ("source", "format", "from", "to", "lines", "remark"),
        [
            (
                each.source,
                each.format,
                shown(each.first) if each.first else None,
                shown(each.last) if each.last else None,
                each.lines,
                each.problem or ("it ends within a line" if each.cut else ""),
            )
            for each in log.stretches
        ],
    )
    said.show(
        "coverage",
        "What it covers of the soak",
        ("", "from", "to", "hours"),
        [
            (what, shown(each.begins), shown(each.ends), f"{each.length.total_seconds() / 3600:.2f}")
            for what, spans in (("covered", log.coverage.covered), ("gap", log.coverage.gaps))
            for each in spans
        ],
    )
    said.show("whose", "Whose log it is", ("shown by",), [(each,) for each in (*log.proofs, *log.doubts)])
    said.show(
        "errors",
        "Errors that touch the table, without what users wrote",
        ("when", "severity", "SQLSTATE", "constraint", "how", "message"),
        [
            (
                shown(each.at),
                each.kept.severity,
                each.kept.sqlstate,
                each.kept.constraint,
                each.kept.touch,
                each.kept.message,
            )
            for each in log.events
        ],
    )


def _grouped(events: Iterable[Event]) -> list[list[Event]]:
    groups: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
    for each in events:
        groups[each.kept.sqlstate, each.kept.constraint, each.kept.message].append(each)
    return list(groups.values())


def _object(event: Event) -> str:
    kept = event.kept
    return kept.constraint or " ".join(each for each in (kept.severity, kept.sqlstate) if each)


def _span(span: Span) -> str:
    return f"{shown(span.begins)} to {shown(span.ends)}"


def _hours(length: datetime.timedelta) -> str:
    return f"{length.total_seconds() / 3600:.1f} h"
