"""What becomes of a run's results: none may take another's place."""

from __future__ import annotations

import datetime

import pytest

from rollgate.evidence.compose import Planned, compose
from rollgate.evidence.record import Origin, TargetRecord
from rollgate.release import BUILTIN, load_release
from rollgate.stage import Stage
from rollgate.verdict import Verdict
from tests.selfcheck.evidence.runs import gate


@pytest.mark.parametrize(
    ("recorded", "verdict"),
    [(["a", "b"], Verdict.GO), (["a"], Verdict.INCOMPLETE), (["a", "c"], Verdict.INCOMPLETE)],
    ids=["both", "one", "another-in-its-place"],
)
def test_a_result_takes_no_other_ones_place(recorded, verdict):
    record = compose(
        load_release(BUILTIN),
        environment="staging",
        stage=Stage.RELEASE,
        origin=Origin(operator="release-bot", operator_source="--operator"),
        targets=[TargetRecord(name="staging", kind="live", topology="staging")],
        gates=[gate(id, "routing") for id in recorded],
        planned=[Planned("staging", "a"), Planned("staging", "b")],
        unselected=0,
        broken=(),
        started_at=datetime.datetime(2026, 2, 16, tzinfo=datetime.UTC),
        versions={},
    )
    assert record.verdict is verdict
    assert bool(record.reasons) is (verdict is not Verdict.GO)
    assert (record.targets[0].verdict is Verdict.GO) is (verdict is Verdict.GO)
