"""A file of the release that is not as it should be is seen before it is applied."""

from __future__ import annotations

import pytest

from tests.evals import test_eval_view
from tests.selfcheck.sabotage.bent import AREAS, Workshop
from tests.selfcheck.sabotage.corpus import corpus
from tests.selfcheck.sabotage.firing import require

pytestmark = pytest.mark.thorough

CASES = sorted(
    (each for each in corpus() if each.area in AREAS and each.facts.get("asks") != "promotion"),
    key=lambda each: (str(each.facts.get("topology", "staging")), each.id),
)
pipeline = test_eval_view.pipeline


@pytest.fixture(scope="session")
def workshop(rehearsal, run, tmp_path_factory, pipeline):
    return Workshop(rehearsal, run, tmp_path_factory.mktemp("bent"), pipeline)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_it_is_seen_by_whom_it_names(case, workshop, monkeypatch):
    require(case, workshop.fired_by(case, monkeypatch))
