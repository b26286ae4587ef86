"""What the rows of a soak say: whether there is traffic, are records complete, do checks hold."""

from __future__ import annotations

import datetime

from rollgate.soak.facts import Facts
from rollgate.soak.query import Unanswered, rows_of
from rollgate.soak.rows import Rows, columns_of
from rollgate.soak.said import Said
from rollgate.soak.section import SoakSection
from rollgate.soak.start import shown
from rollgate.soak.window import HOUR, Window
from rollgate.target.query import Row
from rollgate.verdict import Outcome

GRANT = "grant select on the table to the role of the DSN, and see that row level security hides no rows"


def missing_columns(said: Said, soak: SoakSection, facts: Facts) -> bool:
    """Say which columns the table lacks; return whether there are any."""
    missing = [name for name in columns_of(soak) if name not in facts.columns]
    if missing:
        said.fail(
            soak.table,
            f"found no column {', '.join(missing)}; needed to judge the rows",
            "apply the release to this database, or correct [soak] in the manifest",
        )
    return bool(missing)


def judge_records(rows: Rows, soak: SoakSection, facts: Facts, window: Window) -> Said:
    """Say whether every new record carries what it has to, and whether there are records to judge."""
    said = Said()
    if facts.hides_rows:
        said.hold(
            "row level security",
            f"found policies that hide rows of {soak.table} from this role; needed a role that sees every "
            "row, because the others may be those that are wrong",
            "read with a role that has bypassrls, or give it a policy for select using (true)",
        )
    try:
        by_hour = rows_of(rows.hours)
        usual = usual_hours(rows_of(rows.earlier))
    except Unanswered as problem:
        said.hold(soak.table, f"the rows could not be read: {problem}", GRANT)
        return said
    counts = {int(line[0] or 0): int(line[1] or 0) for line in by_hour}
    total = sum(counts.values())
    broken = {rule.name: 0 for rule in rows.rules}
    examples: dict[str, list[str]] = {rule.name: [] for rule in rows.rules}
    for line in by_hour:
        for rule, count, ids in zip(rows.rules, line[2::2], line[3::2], strict=True):
            broken[rule.name] += int(count or 0)
            examples[rule.name] += (ids or "").split()
    said.show(
        "records-by-hour",
        f"Rows of {', '.join(soak.sources)} by hour, and those that break a rule",
        ("hour from", "rows", *(rule.needed for rule in rows.rules)),
        [
            (shown(window.hour(int(line[0] or 0))), line[1], *(_cell(*pair) for pair in _pairs(line)))
            for line in by_hour
        ],
        rows.queries["hours"],
    )
    for rule in rows.rules:
        if broken[rule.name]:
            said.fail(
                rule.name,
                f"found {broken[rule.name]} of {total} rows that break it, such as "
                f"{', '.join(examples[rule.name][:5])}; needed {rule.needed}",
                "correct the runtime, then verify again: the soak begins anew",
            )
    if total < soak.min_rows:
        said.hold(
            "rows",
            f"found {total} rows since {shown(window.since)}, needed {soak.min_rows}",
            f"{soak.min_rows - total} more rows: let traffic run, or lower soak.min_rows in the manifest",
        )
    _judge_silence(said, counts, usual, window)
    return said


def usual_hours(earlier: tuple[Row, ...]) -> dict[int, bool | None]:
    """Return whether traffic is usual in an hour; None where there are no days to tell by.

    It is where this hour had rows on more than half of those of the seven days before that had any at all.
    One day alone tells nothing.
    """
    seen: dict[int, list[bool]] = {}
    for hour, _, in_hour, on_day in earlier:
        had = seen.setdefault(int(hour or 0), [])
        if on_day == "t":
            had.append(in_hour == "t")
    return {hour: None if len(had) < 2 else 2 * sum(had) > len(had) for hour, had in seen.items()}


def silent_hours(counts: dict[int, int], usual: dict[int, bool | None]) -> list[int]:
    """Return the hours without a row in which traffic is usual."""
    return [hour for hour, is_usual in sorted(usual.items()) if is_usual and not counts.get(hour)]


def _judge_silence(said: Said, counts: dict[int, int], usual: dict[int, bool | None], window: Window) -> None:
    silent = silent_hours(counts, usual)
    if silent:
        said.hold(
            "silent hours",
            f"found no row in {len(silent)} hours in which traffic is usual: "
            f"{', '.join(shown(window.hour(each)) for each in silent[:8])}; needed rows in each, because a "
            "silent runtime writes no errors either",
            "find out why nothing was written then; when the next such hours have rows, run again",
        )
    elif any(is_usual is None for is_usual in usual.values()):
        said.warn(
            "silent hours",
            "found too few earlier days with rows to tell in which hours traffic is usual",
            "look at the rows by hour yourself",
            Outcome.HOLD,
        )


def judge_checks(rows: Rows, soak: SoakSection, facts: Facts) -> Said:
    """Say whether the release's checks are validated, and whether the rows of the soak keep them."""
    said = Said()
    lines: list[tuple[object, ...]] = []
    try:
        (again,) = rows_of(rows.again)
        pairs = list(zip(again[1::2], again[2::2], strict=True))
    except Unanswered as problem:
        said.hold(soak.table, f"the checks could not be asked again: {problem}", GRANT)
        pairs = [(None, None)] * len(rows.checks)
    for check, (count, ids) in zip(rows.checks, pairs, strict=True):
        lines.append((check.name, "yes" if check.holds else "no", count, check.expression))
        if not check.holds:
            said.fail(
                check.name,
                "found a check that is not validated, or not enforced; needed one that every row keeps",
                f"alter table {soak.table} validate constraint {check.name}",
            )
        if count not in (None, "0"):
            said.fail(
                check.name,
                f"found {count} rows that break it, such as {(ids or '').replace(' ', ', ')}; needed none",
                "correct these rows and the runtime, then verify again: the soak begins anew",
            )
    said.show(
        "checks",
        "The release's checks, and the soak's rows that break them",
        ("check", "validated", "rows that break it", "expression"),
        lines,
        rows.queries["again"],
    )
    if not rows.checks:
        said.hold(
            soak.table,
            f"found no check on {', '.join(soak.columns)}; needed the release's",
            "apply the release, or correct soak.columns in the manifest",
        )
    return said


def traffic(rows: Rows) -> list[tuple[datetime.timedelta, int]]:
    """Return how many rows each hour has, by its distance from the window's beginning; empty if unread."""
    try:
        return [(int(line[0] or 0) * HOUR, int(line[1] or 0)) for line in rows_of(rows.hours)]
    except Unanswered:
        return []


def _pairs(line: Row) -> list[tuple[str | None, str | None]]:
    return list(zip(line[2::2], line[3::2], strict=True))


def _cell(count: str | None, ids: str | None) -> str:
    return "-" if count in (None, "0") else f"{count}: {ids}"
