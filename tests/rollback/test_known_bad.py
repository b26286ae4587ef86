"""The proof, proven: it finds what is wrong with the runbook's literal statement, and with its like."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.open_gate import OpenGate
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.target.target import Target

from .exploring import examples, smallest
from .judging import INVARIANTS, Trial
from .known_bad import defects_of


@pytest.mark.gate(
    "proof-finds-known-bad-rollbacks",
    title="the proof finds the defects of the runbook's literal statement, and of others known to be bad",
    prevents="A proof that would pass anything, and the rollback that it let through.",
    section="3",
    checks="RB-1",
)
def test_proof_finds_known_bad_rollbacks(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal) -> None:
    topology = rehearsed.topology
    rows = []
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        for defect in defects_of(topology.name):
            trial = Trial.of(topology, defect.step, defect.path)
            told = trial.breaks(connection, defect.state).get(defect.invariant)
            # Found from generated states, too: the runbook's own in every run, its like in CI.
            searched = examples(200 if defect.path.name == "runbook_literal.sql" else 0, 2000)
            tried, state = (
                smallest(trial, connection, topology.name, defect.invariant, searched)
                if searched
                else (0, None)
            )
            shipped = topology.rollbacks.get(defect.step)
            kept = shipped and Trial.of(topology, defect.step, shipped).breaks(connection, defect.state)
            rows.append(
                (
                    defect.specimen,
                    defect.title,
                    defect.invariant,
                    told or "NOT FOUND",
                    f"state {tried}" if state else f"NOT FOUND in {tried} states" if searched else "in CI",
                    "broken" if kept else "held" if shipped else "no such file",
                )
            )
            gate.require(
                not kept,
                f"{defect.step}: {defect.title}",
                f"found {kept} in the state that shows what is wrong with {defect.path.name}",
                "paste-proof the file: clear before you set, make a missing row, leave the rest alone",
            )
            gate.require(
                told is not None and (state is not None or not searched),
                defect.id,
                f"found nothing wrong with {defect.path.name}, needed: {defect.title}",
                f"mend the invariant `{defect.invariant}`: {INVARIANTS[defect.invariant]}",
            )
    gate.show(
        "known-bad",
        "Rollbacks known to be bad, and what the proof says of each",
        (
            "specimen",
            "defect",
            "invariant",
            "from the smallest state",
            "found among generated states",
            "shipped file, same state",
        ),
        rows,
    )
