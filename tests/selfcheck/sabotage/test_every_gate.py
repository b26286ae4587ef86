"""No gate is without a sabotage, and the corpus is what it says it is."""

from __future__ import annotations

from collections import Counter

import pytest

from rollgate.release import BUILTIN
from rollgate.verdict import Severity
from tests.selfcheck.sabotage.corpus import HARMLESS, REWORDED, corpus
from tests.selfcheck.sabotage.universe import every_gate, severity_of

CORPUS = corpus()
SABOTAGES = [each for each in CORPUS if each.area not in (HARMLESS, REWORDED)]
#: What the areas are; a file anywhere else would be run by nobody.
AREAS = {
    "access", "checks", "columns", "environment", "evals", "harmless", "indexes", "keys", "ledger",
    "manifest", "migrations", "preflight", "reworded", "rollback", "routing", "soak", "tables",
    "telemetry", "view",
}  # fmt: skip


#: Seen red elsewhere: a table as large as it takes is none to make for each run.
ELSEWHERE = {"rollout-fits-the-target": "tests/selfcheck/clone/test_gates_on_a_clone.py"}


def test_every_gate_is_named_by_a_sabotage(release):
    named = {gate for each in SABOTAGES for gate in each.named}
    assert every_gate(release) - named == ELSEWHERE.keys(), "a gate that was never seen to fail"
    assert all(gate in (BUILTIN.parent / path).read_text() for gate, path in ELSEWHERE.items())
    assert named - every_gate(release) == set(), "a gate that there is not"


def test_a_gate_of_severity_error_is_seen_to_decide(release):
    decides = {gate for each in SABOTAGES for gate in each.catches | each.holds}
    assert {gate for gate in every_gate(release) - decides if severity_of(gate) is Severity.ERROR} == set()


def test_there_are_enough_in_every_area():
    counted = Counter(each.area for each in CORPUS)
    assert counted.keys() == AREAS
    assert len(SABOTAGES) >= 120
    assert min(counted.values()) >= 5


def test_every_sabotage_is_seen_by_somebody():
    assert [each.id for each in SABOTAGES if not each.named] == []


def test_each_tells_of_a_life_of_its_own():
    told = Counter(each.life for each in CORPUS)
    assert [life for life, count in told.items() if count > 1] == []


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.id)
def test_a_life_is_a_short_sentence(case):
    assert case.life.endswith((".", '."'))
    assert len(case.life.split()) <= 30
