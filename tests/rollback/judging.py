"""What must hold after a rollback, or a lesser step, from whatever state: contract sections 2 and 6."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from rollgate.rehearsal.script import statements_without_transaction_control
from rollgate.release import Topology

from .states import State

#: Each invariant, as a sentence that is true when it holds.
INVARIANTS = {
    "runs": "the file runs without an error",
    "routing": "every row of an environment that routes is as the step says, and a missing openai is made",
    "one-default": "an environment that routes has one default, and it is enabled and has weight",
    "someone-serves": "an environment that routes and has rows has an enabled provider with weight",
    "non-prod-off": "in a single database nothing outside prod is enabled or default",
    "outside": "a row that the step has no business with is the same, byte for byte and in its place",
    "columns": "no other column changes, no row is lost, and none comes but a missing openai",
    "instant": "updated_at of a changed row is the instant, in any time zone",
    "shown": "the rows that the file shows are the rows that are there",
    "repeatable": "a second run leaves the same rows",
}

READ = """
select to_jsonb(c) as _seen, c.ctid::text as place,
  (extract(epoch from c.updated_at) * 1000000)::bigint as updated,
  (extract(epoch from now()) * 1000000)::bigint as begun,
  (extract(epoch from clock_timestamp()) * 1000000)::bigint as moment
from (values (1)) as once left join public.ai_provider_configs c on true;
"""
_MADE: dict[str, Any] = {
    "timeout_ms": 45000,
    "max_retries": 1,
    "model": None,
    "prompt_template_version": "v1",
    "metadata": {},
}
_SET = ("enabled", "is_default", "weight")

Key = tuple[str, str]
Flags = tuple[bool, bool, int]


@dataclass(frozen=True)
class Seen:
    """A row as it was read: its values, where it lies, and the microsecond of its last change."""

    values: dict[str, Any]
    place: str
    updated: int

    @property
    def flags(self) -> Flags:
        return self.values["enabled"], self.values["is_default"], self.values["weight"]

    def unlike(self, other: Seen | None) -> str:
        """Say how `other`, the same row later, differs."""
        if other is None:
            return "the row is gone"
        changed = [name for name in self.values if self.values[name] != other.values[name]]
        return f"found another {', '.join(changed)}" if changed else "the row was written anew"

    @property
    def serves(self) -> bool:
        return bool(self.values["enabled"] and self.values["weight"] > 0)


@dataclass(frozen=True)
class Look:
    """All rows at a moment of a transaction that has begun earlier, in microseconds."""

    rows: Mapping[Key, Seen]
    begun: int
    moment: int

    def of(self, environment: str) -> dict[str, Seen]:
        """Return an environment's rows by provider."""
        return {key[0]: row for key, row in self.rows.items() if key[1] == environment}


def _p0(provider: str, _: Flags) -> Flags:
    return (True, True, 100) if provider == "openai" else (False, False, 0)


def _custom_out(provider: str, had: Flags) -> Flags:
    return (True, True, had[2] or 100) if provider == "openai" else (False, False, 0)


def _custom_lower(provider: str, had: Flags) -> Flags:
    return (True, True, max(had[2], 100)) if provider == "openai" else (had[0], False, min(had[2], 1))


#: What each step makes of a row in an environment that routes.
STEPS: Mapping[str, Callable[[str, Flags], Flags]] = {
    "p0-rollback": _p0,
    "take-custom-out": _custom_out,
    "lower-custom-weight": _custom_lower,
}


@cache
def _text(path: Path) -> str:
    """Return the file without its transaction control; a file doesn't change while it is tried."""
    return "".join(statement.text for statement in statements_without_transaction_control(path)) + "\n;\n"


@dataclass(frozen=True)
class Trial:
    """A step of a topology and the text of its file, to be tried from any state."""

    step: str
    text: str
    routed: tuple[str, ...]
    single: bool

    @classmethod
    def of(cls, topology: Topology, step: str, path: Path) -> Trial:
        single = topology.name == "single-db"
        return cls(
            step,
            _text(path),
            topology.routes if single else ("staging", "prod"),
            single,
        )

    def breaks(self, connection: psycopg.Connection, state: State | str) -> dict[str, str]:
        """Return what is broken, by invariant, in words: one transaction, rolled back, in two round trips.

        `state` may be SQL that changes the rows that are there.
        """
        setup = state if isinstance(state, str) else state.sql()
        try:
            before = looks(ask(connection, f"begin; {setup}\n{READ}"))[0][0]
            try:
                (after, shown), (again, _) = looks(ask(connection, f"{self.text}{READ}" * 2))
            except psycopg.Error as error:
                return {"runs": f"{error.sqlstate}: {error.diag.message_primary}"}
            return dict(self.judge(before, after, shown, again))
        finally:
            if connection.info.transaction_status is not TransactionStatus.IDLE:
                connection.execute("rollback")

    def judge(
        self, before: Look, after: Look, shown: list[dict[str, Any]], again: Look
    ) -> Iterator[tuple[str, str]]:
        """Yield each invariant that is broken, and how."""
        for environment in self.routed:
            yield from self._routed(environment, before.of(environment), after.of(environment))
        yield from self._outside(before, after)
        yield from self._columns(before, after)
        for key, row in after.rows.items():
            changed = key not in before.rows or row.place != before.rows[key].place
            if changed and not before.begun <= row.updated <= after.moment:
                off = (row.updated - before.begun) / 3_600_000_000
                yield "instant", f"{'/'.join(key)}: found updated_at {off:+.2f} h off"
        there = {
            (*key, *row.flags) for key, row in after.rows.items() if self.single or key[1] in self.routed
        }
        listed = {tuple(row.get(name) for name in ("provider", "environment", *_SET)) for row in shown}
        if shown and listed != there:
            yield "shown", f"found {sorted(listed)}, needed {sorted(there)}"
        once = {key: row.values | {"updated_at": None} for key, row in after.rows.items()}
        twice = {key: row.values | {"updated_at": None} for key, row in again.rows.items()}
        if once != twice or (self.step != "p0-rollback" and after.rows != again.rows):
            flags = [{"/".join(key): row.flags for key, row in look.rows.items()} for look in (again, after)]
            yield "repeatable", f"found {flags[0]} after a second run, needed {flags[1]}"

    def _routed(
        self, environment: str, had: dict[str, Seen], has: dict[str, Seen]
    ) -> Iterator[tuple[str, str]]:
        needed = {provider: STEPS[self.step](provider, row.flags) for provider, row in had.items()}
        if had:
            needed.setdefault("openai", (True, True, 100))
        found = {provider: row.flags for provider, row in has.items()}
        if found != needed:
            yield "routing", f"{environment}: found {found}, needed {needed}"
        if "openai" in has and "openai" not in had:
            made = {name: has["openai"].values[name] for name in _MADE}
            if made != _MADE:
                yield "routing", f"{environment}: openai was made with {made}, needed {_MADE}"
        if not has:
            return
        defaults = [row for row in has.values() if row.values["is_default"]]
        if len(defaults) != 1 or not defaults[0].serves:
            yield "one-default", f"{environment}: found {found}"
        if not any(row.serves for row in has.values()):
            yield "someone-serves", f"{environment}: found {found}"

    def _outside(self, before: Look, after: Look) -> Iterator[tuple[str, str]]:
        for key, row in before.rows.items():
            if key[1] in self.routed:
                continue
            now = after.rows.get(key)
            name = "/".join(key)
            if self.single and now and (now.values["enabled"] or now.values["is_default"]):
                yield "non-prod-off", f"{name}: found {now.flags}"
            was_on = row.values["enabled"] or row.values["is_default"]
            if not (self.single and was_on) and now != row:
                yield "outside", f"{name}: {row.unlike(now)}"

    def _columns(self, before: Look, after: Look) -> Iterator[tuple[str, str]]:
        for key in before.rows.keys() - after.rows.keys():
            yield "columns", f"{'/'.join(key)}: the row is gone"
        for key in after.rows.keys() - before.rows.keys():
            if key[0] != "openai" or not before.of(key[1]) or key[1] not in self.routed:
                yield "columns", f"{'/'.join(key)}: a row that nobody asked for"
        for key in before.rows.keys() & after.rows.keys():
            old, new = before.rows[key].values, after.rows[key].values
            kept = ("weight",) if self.single and key[1] not in self.routed else ()
            changed = [name for name in old if old[name] != new[name]]
            odd = [name for name in changed if name in kept or name not in (*_SET, "updated_at")]
            if odd:
                yield "columns", f"{'/'.join(key)}: found another {', '.join(odd)}"


def ask(connection: psycopg.Connection, text: str) -> list[list[dict[str, Any]]]:
    """Send `text` as one simple query; return each result as rows of named values."""
    results = []
    with connection.cursor() as cursor:
        cursor.execute(text.encode())
        while True:
            if cursor.description is not None:
                names = [column.name for column in cursor.description]
                results.append([dict(zip(names, row, strict=True)) for row in cursor])
            if not cursor.nextset():
                return results


def looks(results: list[list[dict[str, Any]]]) -> list[tuple[Look, list[dict[str, Any]]]]:
    """Return each look at the rows, with the last result before it: what the file shows."""
    looks = []
    shown: list[dict[str, Any]] = []
    for result in results:
        if result and "_seen" in result[0]:
            rows = {}
            for values, place, updated, *_ in (tuple(each.values()) for each in result):
                if values is not None:
                    rows[values["provider"], values["environment"]] = Seen(values, place, updated)
            looks.append((Look(rows, result[0]["begun"], result[0]["moment"]), shown))
            shown = []
        else:
            shown = result
    return looks
