"""Every object of the contract, dropped and altered in turn: statements for a rolled-out database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

OBJECTS = Path(__file__).with_name("contract_objects.sql").read_text(encoding="utf-8")
VIEW = "public.ai_eval_run_summary_v1"
OUTSIDERS = ("anon", "authenticated", "public")
PRIVILEGES = ("select", "insert", "update", "delete")
RELATIONS = ("ai_provider_configs", "ai_eval_runs", "ai_eval_samples", "ai_eval_run_summary_v1")
_OTHER = {
    "text": "varchar(40)",
    "integer": "bigint",
    "bigint": "integer",
    "boolean": "text",
    "jsonb": "json",
    "timestamp with time zone": "timestamp",
    "uuid": "text",
}
#: A value of each type that the checks accept.
_VALUE = {
    "text": "'openai'",
    "integer": "7",
    "bigint": "7",
    "boolean": "true",
    "jsonb": """'{"a": 1}'""",
    "timestamp with time zone": "'2026-01-01 00:00:00+00'",
    "uuid": "'019c5f00-0000-7000-8000-000000000001'",
}
#: Columns whose type a key or an index holds fast: PostgreSQL refuses another one.
_HELD = {"ai_eval_runs.run_id", "ai_eval_samples.run_id", "ai_eval_samples.training_example_id",
         "ai_provider_configs.is_default"}  # fmt: skip
_ACTIONS = ("no action", "restrict", "cascade", "set null")


@dataclass(frozen=True)
class Mutant:
    """A statement that changes one thing; `name` stays the same as long as the thing is there."""

    name: str
    sql: str


@dataclass(frozen=True)
class Thing:
    """An object of the contract."""

    kind: str
    table: str
    name: str
    facts: Mapping[str, Any]

    @property
    def place(self) -> str:
        return f"{self.table}.{self.name}"


def things(connection: psycopg.Connection) -> list[Thing]:
    """Return what the release has left in a database."""
    return [Thing(*row) for row in connection.execute(OBJECTS.encode())]


def of_columns(connection: psycopg.Connection) -> Iterator[Mutant]:
    for each in things(connection):
        if each.kind == "column":
            yield from _of_column(each)


def _of_column(each: Thing) -> Iterator[Mutant]:
    alter = f"alter table public.{each.table} alter column {each.name}"
    type, value, default = each.facts["type"], _VALUE[each.facts["type"]], each.facts["default"]
    yield Mutant(f"{each.place} dropped", f"alter table public.{each.table} drop column {each.name} cascade")
    again = f"{alter} set default {default};" if default else ""
    other = _OTHER[type]
    as_other = f"{alter} drop default; {alter} type {other} using {each.name}::{other}; {again}"
    if each.facts["identity"]:
        as_other = f"{alter} type {other}"
    if each.place not in _HELD:
        yield Mutant(f"{each.place} of another type", without_view(as_other))
    if each.facts["identity"]:
        yield Mutant(f"{each.place} without its numbers", f"{alter} drop identity")
        return
    if each.facts["not_null"]:
        if "_id" not in each.name or each.table != "ai_eval_runs":
            yield Mutant(f"{each.place} may be null", f"{alter} drop not null")
    else:
        fill = f"update public.{each.table} set {each.name} = {value} where {each.name} is null"
        if each.name == "training_example_id":
            fill = f"delete from public.{each.table} where {each.name} is null"
        yield Mutant(f"{each.place} may not be null", f"{fill}; {alter} set not null")
    if default:
        yield Mutant(f"{each.place} without default", f"{alter} drop default")
    other_value = "false" if default == "true" else value
    yield Mutant(f"{each.place} of another default", f"{alter} set default {other_value}")


def without_view(statement: str) -> str:
    """Return what alters a column that the view reads: the view goes, and comes back as it was."""
    return f"""
do $$ declare definition text := pg_get_viewdef('{VIEW}'); begin
  drop view {VIEW};
  {statement.rstrip("; ")};
  execute 'create view {VIEW} with (security_invoker = true) as ' || definition;
  revoke all on {VIEW} from public, anon, authenticated;
  grant select on {VIEW} to service_role;
end $$"""


def of_constraints(connection: psycopg.Connection) -> Iterator[Mutant]:
    for each in things(connection):
        if each.kind != "constraint":
            continue
        table, definition = f"alter table public.{each.table}", each.facts["definition"]
        drop = f"{table} drop constraint {each.name}"
        yield Mutant(f"{each.place} dropped", f"{drop} cascade")
        if each.facts["type"] == "c":
            yield Mutant(f"{each.place} true", f"{drop}; {table} add constraint {each.name} check (true)")
        if each.facts["type"] in "cf":
            yield Mutant(
                f"{each.place} not valid",
                f"{drop}; {table} add constraint {each.name} {definition} not valid",
            )
        if each.facts["type"] == "f":
            action = re.search(r" ON DELETE ([A-Z ]+)$", definition)
            own = action[1].lower() if action else "no action"
            bare = definition.split(" ON DELETE ")[0]
            for other in (each for each in _ACTIONS if each != own):
                yield Mutant(
                    f"{each.place} on delete {other}",
                    f"{drop}; {table} add constraint {each.name} {bare} on delete {other}",
                )


def of_indexes(connection: psycopg.Connection) -> Iterator[Mutant]:
    for each in things(connection):
        if each.kind != "index":
            continue
        definition = each.facts["definition"]
        drop = f"drop index public.{each.name}"
        yield Mutant(f"{each.name} dropped", drop)
        if " UNIQUE " in definition:
            yield Mutant(f"{each.name} not unique", f"{drop}; {definition.replace(' UNIQUE ', ' ')}")
        columns = re.search(r"\((.*?)\)(?= WHERE|$)", definition)
        assert columns
        parts = columns[1].split(", ")
        others = [parts[::-1]] * (len(parts) > 1) + [["metadata"], [*parts, "metadata"]]
        for number, other in enumerate(others):
            changed = definition.replace(f"({columns[1]})", f"({', '.join(other)})", 1)
            yield Mutant(f"{each.name} of other columns {number}", f"{drop}; {changed}")
        bare, _, predicate = definition.partition(" WHERE ")
        if predicate:
            yield Mutant(f"{each.name} of every row", f"{drop}; {bare.replace(' UNIQUE ', ' ')}")
            yield Mutant(f"{each.name} of the other rows", f"{drop}; {bare} WHERE NOT {predicate}")
        else:
            yield Mutant(f"{each.name} of some rows", f"{drop}; {bare} WHERE metadata <> '{{}}'")


def of_access(connection: psycopg.Connection) -> Iterator[Mutant]:
    for relation in RELATIONS:
        table = f"public.{relation}"
        held = PRIVILEGES if relation != RELATIONS[-1] else ("select",)
        for privilege in held:
            yield Mutant(
                f"{privilege} on {relation} from service_role",
                f"revoke {privilege} on {table} from service_role",
            )
        for outsider in OUTSIDERS:
            for privilege in PRIVILEGES:
                yield Mutant(
                    f"{privilege} on {relation} to {outsider}", f"grant {privilege} on {table} to {outsider}"
                )
        if relation == RELATIONS[-1]:
            for option in ("reset (security_invoker)", "set (security_invoker = false)"):
                yield Mutant(f"{relation} {option}", f"alter view {table} {option}")
            continue
        yield Mutant(f"{relation} without row security", f"alter table {table} disable row level security")
        for privilege in ("all", *PRIVILEGES):
            check = {"all": "using (true)", "insert": "with check (true)"}.get(privilege, "using (true)")
            yield Mutant(
                f"{relation} open for {privilege}",
                f"create policy open on {table} for {privilege} to anon {check}",
            )
    for sequence in ("ai_provider_configs_id_seq", "ai_eval_samples_id_seq"):
        yield Mutant(
            f"{sequence} from service_role", f"revoke all on sequence public.{sequence} from service_role"
        )
        for outsider in OUTSIDERS:
            yield Mutant(
                f"{sequence} to {outsider}", f"grant usage on sequence public.{sequence} to {outsider}"
            )


def of_rows(connection: psycopg.Connection) -> Iterator[Mutant]:
    table = "public.ai_provider_configs"
    rows = connection.execute(
        f"select id, provider || ' ' || environment, is_default from {table} order by 2"
    )
    for id, name, is_default in rows.fetchall():
        where = f"where id = {id}"
        yield Mutant(f"{name} gone", f"delete from {table} {where}")
        if not is_default:
            yield Mutant(
                f"{name} is_default",
                f"update {table} set is_default = false; update {table} set is_default = true {where}",
            )
        for change in (
            *(["is_default = false"] if is_default else []),
            "enabled = not enabled",
            "weight = 0",
            "max_retries = 3",
            "timeout_ms = 1000",
            "metadata = '{}'",
            "metadata = metadata - 'env'",
            'metadata = metadata || \'{"env": "staging"}\'',
            "environment = 'dev'",
        ):
            yield Mutant(f"{name} {change}", f"update {table} set {change} {where}")


#: Changes of the view's text, as the server writes it: a pattern, and what stands in place of each match.
_FLIPS: tuple[tuple[str, str, str], ...] = (
    ("inverted", r"\(?s_1\.(\w+)\)?::integer", r"(NOT s_1.\1)::integer"),
    ("always", r"avg\(\(?s_1\.\w+\)?::integer\)", "avg(1)"),
    ("best", r"avg\(", "max("),
    ("worst", r"avg\(", "min("),
    ("sum", r"avg\(", "sum("),
    ("empty runs lost", r"(s_1\.run_id = r\.run_id\))\)", r"\1 HAVING count(*) > 0)"),
    ("unequal", r"s_1\.run_id = r\.run_id", "s_1.run_id <> r.run_id"),
    ("every", r"s_1\.run_id = r\.run_id", "true"),
    ("none", r"s_1\.run_id = r\.run_id", "false"),
    ("p94", r"0\.95", "0.94"),
    ("p96", r"0\.95", "0.96"),
    ("median", r"0\.95", "0.5"),
    (
        "discrete",
        r"percentile_cont\((.*?)\) WITHIN GROUP \(ORDER BY (.*?)\)",
        r"percentile_disc(\1) WITHIN GROUP (ORDER BY (\2)::double precision)",
    ),
    (
        "descending",
        r"ORDER BY \(?\(?s_1\.latency_ms\)?(::double precision)?\)?",
        r"ORDER BY s_1.latency_ms\1 DESC",
    ),
    (
        "zero",
        r"ORDER BY \(?\(?s_1\.latency_ms\)?(::double precision)?\)?",
        r"ORDER BY COALESCE(s_1.latency_ms, 0)\1",
    ),
    ("distinct", r"count\(\*\)", "count(DISTINCT s_1.created_at)"),
    ("latencies", r"count\(\*\)", "count(s_1.latency_ms)"),
    ("last for first", r"min\(s_1\.created_at\)", "max(s_1.created_at)"),
    ("first for last", r"max\(s_1\.created_at\)", "min(s_1.created_at)"),
    ("null", r"\(avg\(\(s_1\.\w+\)::integer\)\)::double precision", "NULL::double precision"),
)


def of_view(connection: psycopg.Connection) -> Iterator[Mutant]:
    row = connection.execute(f"select pg_get_viewdef('{VIEW}')").fetchone()
    assert row is not None
    definition = str(row[0])
    for name, pattern, new in _FLIPS:
        found = list(re.finditer(pattern, definition))
        assert found, f"nothing in the view is {pattern}"
        for number, match in enumerate(found):
            text = definition[: match.start()] + match.expand(new) + definition[match.end() :]
            yield Mutant(f"{name} {number}", _as_view(text))
    operands = re.findall(r"s_1\.(\w+)\)?::integer", definition)
    for one, other in zip(operands, operands[1:] + operands[:1], strict=True):
        text = re.sub(rf"s_1\.{one}(?=\)?::integer)", f"s_1.{other}", definition)
        yield Mutant(f"{other} for {one}", _as_view(text))


def _as_view(definition: str) -> str:
    return f"create or replace view {VIEW} with (security_invoker = true) as {definition}"


#: The kinds, each with what makes its mutants from a database that was rolled out.
KINDS: Mapping[str, Callable[[psycopg.Connection], Iterator[Mutant]]] = {
    "access": of_access,
    "columns": of_columns,
    "constraints": of_constraints,
    "indexes": of_indexes,
    "rows": of_rows,
    "view": of_view,
}
