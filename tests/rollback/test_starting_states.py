"""The rollback, and the way back, on what the rollout makes of each starting state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from rollgate.catalog.snapshot import difference, take_snapshot
from rollgate.open_gate import OpenGate
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import CLEAN, Rehearsal
from rollgate.release import Topology
from rollgate.run import Run
from rollgate.target.target import Target

from .judging import INVARIANTS, Trial

TABLE = "ai_provider_configs"
_ROUTED = """
select to_jsonb(c) - '{id,created_at,updated_at}'::text[]
from public.ai_provider_configs c
where environment = any (%s)
order by environment, provider
"""


@pytest.mark.gate(
    "rollback-holds-from-every-starting-state",
    title="after a rollout from any starting state every step holds and changes nothing but routing rows, "
    "and the overlay brings back those of a fresh database",
    prevents="A rollback rehearsed on a clean database, and a production database that is not clean.",
    section="3",
    checks="RB-1, RB-2, RG-4",
)
def test_rollback_holds_from_every_starting_state(
    gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal, run: Run
) -> None:
    topology = rehearsed.topology
    with _connected(rehearsal, topology, CLEAN) as connection:
        fresh = connection.execute(_ROUTED, (list(topology.routes),)).fetchall()
    rows = []
    for baseline in run.release.starting_states(topology.name, thorough=run.thorough):
        with _connected(rehearsal, topology, baseline) as connection:
            for step, path in topology.rollbacks.items():
                broken = Trial.of(topology, step, path).breaks(connection, "")
                for name, text in broken.items():
                    gate.require(False, f"{baseline}: {step}: {name}", text, f"make true: {INVARIANTS[name]}")
            before = take_snapshot(connection)
            apply_file(connection, topology.rollback)
            changes = difference(before, take_snapshot(connection))
            apply_file(connection, topology.overlay)
            back = connection.execute(_ROUTED, (list(topology.routes),)).fetchall()
        others = [each for each in changes if each.kind != "row" or not each.name.endswith(TABLE)]
        rows.append(
            (baseline, len(topology.rollbacks), len(changes) - len(others), len(others), back == fresh)
        )
        for each in others:
            gate.require(
                False,
                f"{baseline}: {each.kind} {each.name}",
                f"found {each.after or 'nothing'} after the rollback, needed {each.before or 'nothing'}",
                f"change rows of {TABLE} only",
            )
        gate.require(
            back == fresh,
            f"{baseline}: the way back",
            f"found {back}, needed {fresh}",
            "let the overlay set every column that it speaks of",
        )
    gate.show(
        "starting-states",
        "After a rollout from each starting state",
        (
            "starting state",
            "steps tried",
            "routing rows changed",
            "other changes",
            "the way back gives fresh rows",
        ),
        rows,
    )


@contextmanager
def _connected(rehearsal: Rehearsal, topology: Topology, baseline: str) -> Iterator[psycopg.Connection]:
    """Connect to a clone of what the rollout made of a starting state."""
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology, baseline)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        yield connection
