"""The rows of a soak: by hour, against the rules, against the checks, and in windows. One round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from rollgate.release import Threshold
from rollgate.soak.facts import Ask, Constraint, Facts
from rollgate.soak.figures import Figure, overall_query, windows_query
from rollgate.soak.query import fill, table_of
from rollgate.soak.section import SoakSection
from rollgate.soak.window import Window
from rollgate.target.query import Answer

EXAMPLES = 5


@dataclass(frozen=True)
class Rule:
    """What every new record has to keep; `breaks` is true of a row that does not."""

    name: str
    needed: str
    breaks: sql.Composable


@dataclass(frozen=True)
class Rows:
    """What the target said of the rows of a soak; each answer may be an error. `queries` gave them."""

    rules: tuple[Rule, ...]
    checks: tuple[Constraint, ...]  # those that were asked again
    figures: tuple[Figure, ...]
    hours: Answer
    earlier: Answer
    again: Answer
    windows: Answer
    overall: Answer
    queries: Mapping[str, str]


def rules_of(soak: SoakSection) -> tuple[Rule, ...]:
    """Return the rules that the manifest gives for a record."""
    column = sql.Identifier
    return (
        *(
            Rule(name, f"{name} written by the runtime", sql.SQL("{} is null").format(column(name)))
            for name in soak.written
        ),
        *(
            Rule(
                name, f"{name} not empty", sql.SQL("btrim(coalesce({}::text, '')) = ''").format(column(name))
            )
            for name in soak.filled
        ),
        *(
            Rule(
                f"{one} implies {other}",
                f"{other} where {one}",
                sql.SQL("{} and {} is null").format(column(one), column(other)),
            )
            for one, other in soak.implies.items()
        ),
    )


def columns_of(soak: SoakSection) -> list[str]:
    """Return the columns without which the rows can't be judged."""
    pairs = [*soak.implies, *soak.implies.values()]
    own = [soak.id, soak.time, soak.source]
    return list(dict.fromkeys([*own, *soak.written, *soak.filled, *pairs, *soak.columns]))


def read_rows(
    ask: Ask,
    soak: SoakSection,
    thresholds: Mapping[str, Threshold],
    facts: Facts,
    window: Window,
    *,
    minutes: int,
) -> Rows:
    """Ask for the rows of `window`; `minutes` is how long a guardrail's window is."""
    rules = rules_of(soak)
    checks = tuple(
        each
        for each in facts.constraints
        if each.expression is not None and not set(each.columns).isdisjoint(soak.columns)
    )
    figures = figures_of(soak, thresholds, facts.columns)
    place = {
        "table": table_of(soak.table),
        "source": sql.Identifier(soak.source),
        "sources": sql.Literal(list(soak.sources)),
        "time": sql.Identifier(soak.time),
        "since": sql.Literal(window.since),
        "until": sql.Literal(window.until),
    }
    queries = {
        "hours": fill("hours", rules=_counts([rule.breaks for rule in rules], soak.id), **place),
        "earlier": fill(
            "earlier",
            hours=sql.Literal(window.hours),
            **{name: part for name, part in place.items() if name != "until"},
        ),
        # A check that can't be asked may not hide the others' answer, so what it says is its own.
        "again": fill(
            "checks",
            counts=sql.SQL("count(*) as rows")
            + _counts(
                [sql.SQL(f"({each.expression}) is false") for each in checks],
                soak.id,
            ),
            **place,
        ),
        "windows": windows_query(figures, soak, place, minutes=minutes),
        "overall": overall_query(figures, soak, place),
    }
    answers = dict(zip(queries, ask(*queries.values()), strict=True))
    return Rows(rules, checks, figures, queries=queries, **answers)


def figures_of(
    soak: SoakSection, thresholds: Mapping[str, Threshold], columns: frozenset[str]
) -> tuple[Figure, ...]:
    """Return the guardrails that have a threshold, each with the columns that this target has."""
    return tuple(
        Figure(
            name,
            column=each.column if each.column in columns else "",
            key=each.key if soak.metadata in columns else "",
            minimum=thresholds[name].minimum,
            maximum=thresholds[name].maximum,
            act=each.act,
            action=each.action,
        )
        for name, each in soak.guardrails.items()
        if name in thresholds
    )


def _counts(conditions: Sequence[sql.Composable], id: str) -> sql.Composable:
    """Return two columns a condition: how many rows it is true of, and the ids of a few."""
    return sql.SQL("").join(
        sql.SQL(
            ",\n  count(*) filter (where {condition}) as {count},"
            "\n  array_to_string((array_agg({id}::text) filter (where {condition}))[1:{few}], ' ') as {ids}"
        ).format(
            condition=condition,
            id=sql.Identifier(id),
            few=sql.Literal(EXAMPLES),
            count=sql.Identifier(f"broken_{number}"),
            ids=sql.Identifier(f"ids_{number}"),
        )
        for number, condition in enumerate(conditions)
    )
