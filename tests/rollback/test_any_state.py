"""The rollback and the lesser steps, from any state that the schema admits."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.open_gate import OpenGate
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.target.target import Target

from .exploring import examples, explore
from .judging import INVARIANTS, Trial


@pytest.mark.gate(
    "rollback-holds-from-any-state",
    title="from whatever rows, flags, weights and order of rows, the P0 rollback and each lesser step ends "
    "with routing that serves, and touches nothing else",
    prevents="A drill that passes and an incident that fails, because the rows lay in another order.",
    section="3",
    checks="RB-1, RB-2, RG-4",
)
def test_rollback_holds_from_any_state(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal) -> None:
    topology = rehearsed.topology
    tried = {}
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        for step, path in topology.rollbacks.items():
            trial = Trial.of(topology, step, path)
            count = examples(24, 2000) if step == "p0-rollback" else examples(8, 700)
            tried[step] = explore(trial, connection, topology.name, count)
    kinds = sorted({kind for findings in tried.values() for kind in findings.kinds})
    gate.show(
        "states",
        "States tried, and how many of them were of a kind that breaks lesser rollbacks",
        ("step", "file", "states tried", *kinds),
        [
            (
                step,
                rehearsal.release.shown(topology.rollbacks[step]),
                findings.tried,
                *(findings.kinds[kind] for kind in kinds),
            )
            for step, findings in tried.items()
        ],
    )
    gate.show(
        "invariants",
        "What was looked at after each",
        ("invariant", "holds when", *tried),
        [
            (name, sentence, *("broken" if name in each.broken else "held" for each in tried.values()))
            for name, sentence in INVARIANTS.items()
        ],
    )
    for step, findings in tried.items():
        for name, text in findings.broken.items():
            gate.require(False, f"{step}: {name}", text, f"make true: {INVARIANTS[name]}")
