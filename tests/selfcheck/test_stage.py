"""How far a rollout has come decides which gates are asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollgate.evidence.compose import Planned
from rollgate.gates import Phase
from rollgate.stage import Stage, asks


@pytest.mark.parametrize(
    ("stage", "subject", "early", "asked"),
    [
        (Stage.PREFLIGHT, "preflight", True, True),
        (Stage.PREFLIGHT, "limits", True, True),
        (Stage.PREFLIGHT, "limits", False, False),
        (Stage.PREFLIGHT, "target", False, True),
        (Stage.VERIFY, "limits", True, True),
        (Stage.VERIFY, "limits", False, True),
        (Stage.VERIFY, "soak", False, False),
        (Stage.RELEASE, "soak", False, True),
    ],
)
def test_a_gate_is_asked_where_its_question_makes_sense(stage, subject, early, asked):
    assert asks(stage, subject, early=early) is asked


def test_a_gate_of_phase_preflight_is_expected_at_that_stage_whatever_its_folder(run):
    """Its header says that it is asked before the rollout, and after it."""
    (gate,) = (each for each in run.gates if each.id == "tables-exist")
    early = replace(gate, id="early", phase=Phase.PREFLIGHT, subject="limits")
    begun = replace(run, stage=Stage.PREFLIGHT, gates=(gate, early))
    name = run.targets[0].name
    assert Planned(name, "early") in begun.expected()
    assert Planned(name, "tables-exist") not in begun.expected()
