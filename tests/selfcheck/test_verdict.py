"""The algebra of outcomes: no pass without evidence."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import pytest

from rollgate.verdict import EXIT_CODES, Outcome, Severity, Verdict, is_blocking, verdict_of, worst


@dataclass(frozen=True)
class Said:
    outcome: Outcome
    severity: Severity = Severity.ERROR


EVERY = [Said(outcome, severity) for outcome in Outcome for severity in Severity]


def test_nothing_is_not_a_pass():
    assert worst([]) is Outcome.HOLD
    assert verdict_of([], planned=0) is Verdict.HOLD


@pytest.mark.parametrize("said", EVERY, ids=lambda said: f"{said.outcome}-{said.severity}".lower())
def test_only_a_pass_a_waiver_or_a_warning_lets_go(said):
    verdict = verdict_of([Said(Outcome.PASS), said], planned=2)
    harmless = said.severity is Severity.WARNING or said.outcome in (Outcome.PASS, Outcome.WAIVED)
    assert (verdict is Verdict.GO) == harmless
    assert is_blocking(said) != harmless


def test_a_failure_outweighs_everything_else():
    for others in combinations_with_replacement(EVERY, 2):
        for bad in (Outcome.FAIL, Outcome.ERROR):
            for planned, unselected in ((3, 0), (9, 0), (3, 5)):
                said = [*others, Said(bad)]
                assert verdict_of(said, planned=planned, unselected=unselected) is Verdict.NO_GO


def test_a_lost_result_is_never_go():
    assert verdict_of([Said(Outcome.PASS)], planned=2) is Verdict.INCOMPLETE
    assert verdict_of([Said(Outcome.PASS)] * 2, planned=1) is Verdict.INCOMPLETE


def test_a_part_of_the_gates_is_no_go():
    assert verdict_of([Said(Outcome.PASS)], planned=1, unselected=1) is Verdict.HOLD


def test_exit_codes_are_those_documented():
    assert EXIT_CODES == {Verdict.GO: 0, Verdict.NO_GO: 1, Verdict.INCOMPLETE: 1, Verdict.HOLD: 10}
