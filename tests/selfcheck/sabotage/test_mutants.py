"""Each object of the contract, altered in turn, turns the verdict; what doesn't is listed, and why."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from rollgate.examination import Context, examine
from rollgate.gates import Phase
from rollgate.target.target import Target
from rollgate.verdict import Severity
from tests.selfcheck.sabotage.firing import Found, found_in, new_in
from tests.selfcheck.sabotage.mutants import KINDS, without_view
from tests.selfcheck.sabotage.state import Answers, Ground, Start
from tests.selfcheck.sabotage.universe import ask, sql_gates

pytestmark = pytest.mark.thorough

LISTED = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))
GATES = [replace(gate, evidence=()) for gate in sql_gates().values() if gate.phase is Phase.VERIFY]
#: One in so many is tried, always the same ones; all of them in CI.
STEP = 1 if os.environ.get("CI") else 5


@pytest.fixture(scope="module")
def ground(grounds):
    return grounds.at(Start("traffic", "clean", "prod", "prod"))


def found_on(ground: Ground, kind: str) -> Found:
    """Return what the gates of the contract find; not the one that compares with the release's own words."""
    topology = ground.target.topology
    context = Context.of(topology)
    said = examine(ground.connection, GATES, context=context, evidence={})
    if kind == "view":
        asked = Answers(ground.connection)
        said.append(
            ask("eval-view-computes-the-contract", target=Target(topology, live=True), examined=asked)
        )
    return found_in(said)


def stops(found: Found, before: Found) -> bool:
    return any(severity is Severity.ERROR for _, severity in new_in(found, before).values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_mutant_turns_the_verdict(kind, ground):
    with ground.connection.transaction(force_rollback=True):
        mutants = list(KINDS[kind](ground.connection))
        before = found_on(ground, kind)
    assert len({each.name for each in mutants}) == len(mutants) == LISTED["count"][kind]
    survivors = {name: each for each in LISTED["survivor"] if each["kind"] == kind for name in each["names"]}
    assert survivors.keys() <= {each.name for each in mutants}, "a survivor that is no mutant"
    wrong = {}
    for number, mutant in enumerate(mutants):
        listed = survivors.get(mutant.name)
        if number % STEP and not listed:
            continue
        with ground.connection.transaction(force_rollback=True):
            ground.connection.execute(mutant.sql.encode())
            stopped = stops(found_on(ground, kind), before)
            if stopped == bool(listed):
                wrong[mutant.name] = "is stopped, and listed" if stopped else "is not stopped"
            elif listed and "told_by" in listed and not told_by(listed["told_by"], ground):
                wrong[mutant.name] = f"is not told by {listed['told_by']}"
    assert wrong == {}


def told_by(gate: str, ground: Ground) -> bool:
    """Tell whether a gate of a live run finds something now that decides."""
    (record,) = ground.asked(gate)
    return record.severity is Severity.ERROR and record.outcome == "FAIL"


def test_a_statement_that_changes_nothing_survives(ground):
    """The control: what is done around a mutant turns no verdict by itself."""
    with ground.connection.transaction(force_rollback=True):
        before = found_on(ground, "view")
        ground.connection.execute(without_view("perform 1").encode())
        assert not stops(found_on(ground, "view"), before)
