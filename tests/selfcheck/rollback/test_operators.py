"""Operators change, roll out and roll back in any order: routing is right after each, and comes back."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from psycopg.pq import TransactionStatus

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, Topology
from tests.rollback.exploring import examples
from tests.rollback.judging import READ, Trial, ask, looks
from tests.rollback.states import KEYS, TIMEOUTS, WEIGHTS, ZONES
from tests.selfcheck.rollback.trials import connected

TRIED: dict[str, int] = {}
OVERLAID = """
select to_jsonb(c) - '{id,created_at,updated_at,model,prompt_template_version}'::text[]
from public.ai_provider_configs c where environment = any (%s) order by environment, provider
"""
FLAGS = st.tuples(st.booleans(), st.sampled_from(WEIGHTS), st.sampled_from(TIMEOUTS))


class Operators(RuleBasedStateMachine):
    """One transaction a run, rolled back at its end. The files are those of one topology."""

    topology: Topology
    connection: psycopg.Connection
    fresh: list
    overlay: str
    migrations: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.routed: tuple[str, ...] | None = None
        self.connection.execute("begin")

    def teardown(self) -> None:
        assert self.connection.info.transaction_status is TransactionStatus.INTRANS
        self.connection.execute("rollback")

    def count(self, what: str) -> None:
        TRIED[what] = TRIED.get(what, 0) + 1

    @rule(key=st.sampled_from(KEYS), flags=FLAGS)
    def change(self, key: tuple[str, str], flags: tuple[bool, int, int]) -> None:
        """An operator writes a row, made where there is none."""
        self.count("change")
        self.routed = None
        self.connection.execute(
            "insert into public.ai_provider_configs (provider, environment, enabled, weight, timeout_ms) "
            "values (%s, %s, %s, %s, %s) on conflict (provider, environment) do update set "
            "enabled = excluded.enabled, weight = excluded.weight, timeout_ms = excluded.timeout_ms",
            (*key, *flags),
        )

    @rule(key=st.sampled_from(KEYS))
    def elect(self, key: tuple[str, str]) -> None:
        """An operator makes another row the default, or leaves none where there is no such row."""
        self.count("elect")
        self.routed = None
        self.connection.execute(
            "update public.ai_provider_configs set is_default = false where environment = %s", key[1:]
        )
        self.connection.execute(
            "update public.ai_provider_configs set is_default = true "
            "where (provider, environment) = (%s, %s)",
            key,
        )

    @rule(key=st.sampled_from(KEYS))
    def remove(self, key: tuple[str, str]) -> None:
        self.count("remove")
        self.routed = None
        self.connection.execute(
            "delete from public.ai_provider_configs where (provider, environment) = (%s, %s)", key
        )

    @rule(zone=st.sampled_from(ZONES))
    def travel(self, zone: str) -> None:
        self.connection.execute("select set_config('timezone', %s, true)", (zone,))

    @rule()
    def migrate(self) -> None:
        """The base migration is pasted again: it seeds what is missing in prod, and changes no row."""
        self.count("migrate")
        before = self.rows()
        for text in self.migrations:
            self.connection.execute(text.encode())
        after = self.rows()
        assert {key: after[key] for key in before} == before
        assert after.keys() - before.keys() <= {("openai", "prod"), ("custom", "prod")}
        if after != before:
            self.routed = None

    @rule()
    def roll_out(self) -> None:
        """The overlay, from wherever: the rows of a fresh database."""
        self.count("overlay")
        self.connection.execute(self.overlay.encode())
        found = self.connection.execute(OVERLAID, (list(self.topology.routes),)).fetchall()
        assert _settled(found) == _settled(self.fresh)
        self.routed = self.topology.routes

    @rule(lever=st.sampled_from(["p0-rollback", "take-custom-out", "lower-custom-weight"]))
    def roll_back(self, lever: str) -> None:
        self.count(lever)
        trial = Trial.of(self.topology, lever, self.topology.rollbacks[lever])
        before = looks(ask(self.connection, READ))[0][0]
        (after, shown), (again, _) = looks(ask(self.connection, f"{trial.text}{READ}" * 2))
        assert dict(trial.judge(before, after, shown, again)) == {}
        self.routed = tuple(name for name in trial.routed if after.of(name))

    @invariant()
    def what_was_settled_serves(self) -> None:
        """After an overlay, a rollback or a re-applied migration, contract section 2 holds."""
        if self.routed is None:
            return
        rows = self.rows()
        for environment in self.routed:
            here = [row for key, row in rows.items() if key[1] == environment]
            defaults = [row for row in here if row["is_default"]]
            assert len(defaults) == 1
            assert defaults[0]["enabled"]
            assert defaults[0]["weight"] > 0

    def rows(self) -> dict[tuple[str, str], dict]:
        found = self.connection.execute("select to_jsonb(c) from public.ai_provider_configs c")
        return {(row["provider"], row["environment"]): row for (row,) in found}


def _settled(rows: list) -> list:
    """Leave out what an operator may have noted beside the overlay's own metadata."""
    return [
        {**row, "metadata": {key: row["metadata"].get(key) for key in ("release", "env", "role")}}
        for (row,) in rows
    ]


@pytest.mark.parametrize("name", ["staging", "prod", "single-db"])
def test_routing_is_right_after_whatever_operators_do(release: Release, rehearsal: Rehearsal, name: str):
    topology = release.topologies[name]

    def inside(path: Path) -> str:
        return re.sub(r"(?m)^(begin; commit;|begin;|commit;)$", "", path.read_text())

    with connected(rehearsal, topology) as connection:

        class Here(Operators):
            pass

        Here.topology, Here.connection = topology, connection
        Here.fresh = connection.execute(OVERLAID, (list(topology.routes),)).fetchall()
        Here.overlay = inside(topology.overlay)
        Here.migrations = [inside(topology.migrations[0])]  # the others touch no routing, and one commits
        TRIED.clear()
        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=examples(40, 250),
                stateful_step_count=25,
                derandomize=True,
                database=None,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    print(f"{name}: {TRIED}")
    assert all(TRIED[what] > 2 for what in ("change", "elect", "remove", "migrate", "overlay"))
    assert all(TRIED[lever] > 2 for lever in topology.rollbacks)
