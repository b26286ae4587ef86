"""What a promotion needs of the environment before: what is missing is HOLD, what is wrong is FAIL."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from rollgate.evidence.candidates import Wanted, latest
from rollgate.evidence.chain import read_chain
from rollgate.evidence.promotion import (
    chain_findings,
    rehearsal_findings,
    soak_findings,
    verification_findings,
)
from rollgate.release import Waiver
from rollgate.stage import Stage
from rollgate.verdict import Outcome
from tests.selfcheck.evidence.runs import GATES, NOON, Reports, gate, of_fleet, with_outcome

HOUR = datetime.timedelta(hours=1)
Found = dict[str, list[tuple[Outcome, str]]]


def findings(reports: Reports, *, now: datetime.datetime = NOON + HOUR) -> Found:
    """Return outcome and detail of what each question finds."""
    chain = read_chain(reports.folder)
    wanted = Wanted(
        digest=reports.release.digest,
        yardstick=reports.release.yardstick,
        topology="staging",
        now=now,
        max_age=datetime.timedelta(hours=72),
    )
    chosen = latest(chain, wanted)
    asked = {
        "chain": chain_findings(chain),
        "verification": verification_findings(chosen, chain, wanted),
        "rehearsal": rehearsal_findings(chosen, chain, wanted),
        "soak": soak_findings(chosen, chain, wanted),
    }
    return {name: [(each.outcome, each.detail) for each in found] for name, found in asked.items()}


def only(found: Found, name: str) -> tuple[Outcome, str]:
    """Return the one finding, which only the question `name` has."""
    assert [other for other, each in found.items() if each] == [name]
    (finding,) = found[name]
    return finding


def test_a_whole_good_run_is_enough(reports):
    reports.add()
    assert not any(findings(reports).values())


@pytest.mark.parametrize("fleet", [("eu", "us"), ("us", "eu")])
def test_each_of_a_fleet_counts_whatever_the_order(reports, fleet):
    said = {"eu": Outcome.FAIL, "us": Outcome.PASS}
    reports.add(of_fleet(**{name: said[name] for name in fleet}), fleet=fleet)
    found = findings(reports)
    assert [outcome for outcome, _ in found["verification"]] == [Outcome.FAIL]
    assert "found NO-GO" in found["verification"][0][1]


def test_one_of_a_fleet_is_not_made_good_by_a_later_run_of_another(reports):
    reports.add(of_fleet(eu=Outcome.FAIL), fleet=["eu"])
    reports.add(of_fleet(us=Outcome.PASS), fleet=["us"], at=NOON + HOUR / 2)
    assert [outcome for outcome, _ in findings(reports)["verification"]] == [Outcome.FAIL]
    reports.add(of_fleet(eu=Outcome.PASS), fleet=["eu"], at=NOON + HOUR / 2)
    assert not any(findings(reports).values())


def test_who_was_not_judged_for_longer_than_evidence_lasts_has_left_the_fleet(reports):
    reports.add(of_fleet(eu=Outcome.FAIL), fleet=["eu"], at=NOON - 80 * HOUR)
    assert findings(reports)["verification"]
    reports.add(of_fleet(us=Outcome.PASS), fleet=["us"])
    assert not any(findings(reports).values())


def test_a_failure_that_was_entered_before_an_older_go_counts(reports):
    """A run that could not be kept is entered later: what it saw is older all the same."""
    reports.add(with_outcome("one-default", Outcome.FAIL), at=NOON)
    reports.add(at=NOON - HOUR)
    outcome, detail = only(findings(reports), "verification")
    assert outcome is Outcome.FAIL
    assert "found NO-GO in a later run" in detail
    reports.add(at=NOON + HOUR / 2)
    assert not any(findings(reports).values())


def test_clocks_a_little_apart_make_no_later_failure(reports):
    reports.add(with_outcome("one-default", Outcome.FAIL), at=NOON + HOUR / 15)
    reports.add(at=NOON)
    assert not any(findings(reports).values())


def test_one_of_a_fleet_that_failed_at_a_stage_counts(reports):
    """It was verified along with the other, and found wrong; only the other came to the end."""
    reports.add(
        of_fleet(eu=Outcome.PASS, us=Outcome.FAIL), fleet=["eu", "us"], stage=Stage.VERIFY, at=NOON - HOUR
    )
    reports.add(of_fleet(eu=Outcome.PASS), fleet=["eu"])
    found = findings(reports)
    assert [outcome for outcome, _ in found["verification"]] == [Outcome.FAIL]
    reports.add(of_fleet(us=Outcome.PASS), fleet=["us"], at=NOON + HOUR / 2)
    assert not any(findings(reports).values())


def test_one_of_a_fleet_that_never_came_to_the_end_is_missing(reports):
    reports.add(
        of_fleet(eu=Outcome.PASS, us=Outcome.PASS), fleet=["eu", "us"], stage=Stage.VERIFY, at=NOON - HOUR
    )
    reports.add(of_fleet(eu=Outcome.PASS), fleet=["eu"])
    outcome, detail = only(findings(reports), "verification")
    assert outcome is Outcome.HOLD
    assert "found only stages of it (verify" in detail
    assert not any(findings(reports, now=NOON + 72 * HOUR).values()), "it has left the fleet"


def test_a_preflight_alone_makes_no_member_of_a_fleet(reports):
    reports.add(of_fleet(us=Outcome.PASS), fleet=["us"], stage=Stage.PREFLIGHT, at=NOON - HOUR)
    reports.add(of_fleet(eu=Outcome.PASS), fleet=["eu"])
    assert not any(findings(reports).values())


@pytest.mark.parametrize(
    "softer",
    [{"soak_hours": 1}, {"gate_folders": ()}, {"eval_min_samples": 1}, {"thresholds": {}}],
    ids=["a-shorter-soak", "fewer-gates", "fewer-samples", "no-thresholds"],
)
def test_who_was_judged_by_something_softer_is_judged_again(reports, softer):
    other = replace(reports.release, **softer)
    assert other.digest == reports.release.digest
    reports.add(release=other)
    outcome, detail = only(findings(reports), "verification")
    assert outcome is Outcome.HOLD
    assert "judged by other gates or thresholds" in detail


def test_a_waiver_is_no_other_yardstick(reports):
    waiver = Waiver("g", "o", "r", "a", NOON.date())
    reports.add(release=replace(reports.release, waivers=(waiver,)))
    assert not any(findings(reports).values())


def test_no_ledger_is_hold_everywhere(reports):
    found = findings(reports)
    assert {outcome for each in found.values() for outcome, _ in each} == {Outcome.HOLD}
    assert all(found.values())


def test_runs_of_other_files_do_not_count(reports):
    other = replace(reports.release, files=reports.release.files[1:])
    reports.add(release=other)
    found = findings(reports)
    assert found["chain"] == []
    assert found["verification"][0][0] is Outcome.HOLD
    assert f"only runs of other files ({other.digest[:12]}" in found["verification"][0][1]
    assert found["rehearsal"]
    assert found["soak"]


def test_a_stage_of_it_does_not_count(reports):
    reports.add(stage=Stage.VERIFY)
    found = findings(reports)
    assert "only runs of a stage (verify" in found["verification"][0][1]
    assert found["soak"]


def test_a_run_of_prod_is_no_run_of_staging(reports):
    reports.add([gate(each.id, each.subject, target="prod") for each in GATES], name="prod")
    assert "no run of staging in the ledger" in findings(reports)["verification"][0][1]


def test_a_part_of_the_gates_is_hold(reports):
    reports.add(unselected=3)
    outcome, detail = only(findings(reports), "verification")
    assert outcome is Outcome.HOLD
    assert "found HOLD in the latest run" in detail


@pytest.mark.parametrize("how", [{"lost": 1}, {"broken": ["a worker died"]}], ids=["lost", "broken"])
def test_an_incomplete_run_is_never_enough(reports, how):
    reports.add(**how)
    outcome, _ = only(findings(reports), "verification")
    assert outcome is Outcome.HOLD


def test_a_failure_fails(reports):
    reports.add(with_outcome("one-default", Outcome.FAIL))
    outcome, detail = only(findings(reports), "verification")
    assert outcome is Outcome.FAIL
    assert "NO-GO" in detail


def test_the_latest_run_decides(reports):
    reports.add(at=NOON - HOUR)
    reports.add(with_outcome("one-default", Outcome.FAIL))
    assert only(findings(reports), "verification")[0] is Outcome.FAIL
    reports.add(at=NOON + HOUR)
    assert not any(findings(reports).values())


def test_a_later_failure_of_a_stage_outweighs_an_earlier_go(reports):
    reports.add()
    reports.add(with_outcome("one-default", Outcome.FAIL), stage=Stage.VERIFY, at=NOON + HOUR)
    outcome, detail = only(findings(reports, now=NOON + 2 * HOUR), "verification")
    assert outcome is Outcome.FAIL
    assert "NO-GO in a later run of stage verify" in detail


def test_other_files_verified_later_hold_it(reports):
    reports.add()
    other = replace(reports.release, files=reports.release.files[1:])
    reports.add(release=other, stage=Stage.PREFLIGHT, at=NOON + HOUR / 2)
    assert not any(findings(reports).values())
    reports.add(release=other, at=NOON + HOUR)
    outcome, detail = only(findings(reports, now=NOON + 2 * HOUR), "verification")
    assert outcome is Outcome.HOLD
    assert "other files were verified there since" in detail


def test_old_evidence_is_hold(reports):
    reports.add()
    assert not any(findings(reports, now=NOON + 72 * HOUR).values())
    outcome, detail = only(findings(reports, now=NOON + 73 * HOUR), "verification")
    assert outcome is Outcome.HOLD
    assert "verified 73 h ago" in detail


def test_evidence_from_the_future_is_hold(reports):
    reports.add()
    assert not any(findings(reports, now=NOON - HOUR / 15).values())
    outcome, detail = only(findings(reports, now=NOON - 2 * HOUR), "verification")
    assert outcome is Outcome.HOLD
    assert "clocks" in detail


def test_without_a_rehearsal_in_place_it_is_hold(reports):
    reports.add((GATES[0], gate("rollback-holds-from-any-state", "rollback"), GATES[2]))
    outcome, detail = only(findings(reports), "rehearsal")
    assert outcome is Outcome.HOLD
    assert "no rehearsal" in detail


@pytest.mark.parametrize("outcome", [Outcome.HOLD, Outcome.WAIVED])
def test_a_rehearsal_that_did_not_pass_does_not_count(reports, outcome):
    reports.add(with_outcome("rollback-rehearsed-in-place", outcome))
    assert findings(reports)["rehearsal"]


def test_another_gate_of_the_rollback_that_failed_counts(reports):
    reports.add((*GATES, gate("rollback-drill", "rollback", Outcome.WAIVED)))
    _, detail = only(findings(reports), "rehearsal")
    assert "rollback-drill WAIVED beside it" in detail


def test_a_soak_that_is_not_over_is_hold(reports):
    reports.add(with_outcome("soak-lasted", Outcome.HOLD))
    found = findings(reports)
    assert found["soak"][0][0] is Outcome.HOLD
    assert found["verification"][0][0] is Outcome.HOLD


def test_no_gate_of_the_soak_is_hold(reports):
    reports.add(GATES[:2])
    outcome, detail = only(findings(reports), "soak")
    assert outcome is Outcome.HOLD
    assert "no gate of the soak" in detail


def test_a_soak_that_failed_fails(reports):
    reports.add(with_outcome("soak-lasted", Outcome.FAIL))
    assert findings(reports)["soak"][0][0] is Outcome.FAIL


def test_an_edited_record_fails_and_does_not_count(reports):
    reports.add()
    content = reports.record(1).read_bytes()
    reports.record(1).write_bytes(content.replace(b'"release-bot"', b'"release-man"'))
    found = findings(reports)
    outcome, detail = found["chain"][0]
    assert outcome is Outcome.FAIL
    assert "run-1/record.json was changed after it was written" in detail
    assert found["verification"][0][0] is Outcome.HOLD


def test_a_verdict_edited_by_hand_fails(reports):
    reports.add(with_outcome("one-default", Outcome.FAIL))
    reports.write([line.replace(b"NO-GO", b"GO") for line in reports.lines()])
    found = findings(reports)
    assert found["chain"][0][0] is Outcome.FAIL
    assert found["verification"][0][0] is Outcome.HOLD
