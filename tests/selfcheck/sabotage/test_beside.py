"""What is wrong beside the database's contents: ledger, connection and session, a day of soak and its log."""

from __future__ import annotations

import pytest

from tests.selfcheck.sabotage import environment, ledger, soak
from tests.selfcheck.sabotage.corpus import Sabotage, corpus
from tests.selfcheck.sabotage.firing import require

CORPUS = corpus()
OF_LEDGER = [each for each in CORPUS if each.area == ledger.AREA or each.facts.get("asks") == "promotion"]
OF_CONNECTION = [each for each in CORPUS if each.area == "environment" and each.path.suffix == ".toml"]
OF_SOAK = [each for each in CORPUS if each.area == soak.AREA]


def of(cases: list[Sabotage]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.id)


def nothing(area: str) -> Sabotage:
    return Sabotage(OF_LEDGER[0].path, area, "All is well.")


@pytest.fixture(scope="session")
def quiet_day(rehearsal, tmp_path_factory):
    with soak.QuietDay.begun(rehearsal, tmp_path_factory.mktemp("soak")) as day:
        yield day


@pytest.fixture(scope="session")
def conninfo(rehearsal):
    template = rehearsal.with_traffic(rehearsal.release.topologies["prod"])
    with rehearsal.databases.cloned(template) as conninfo:
        yield conninfo


@of([nothing("ledger"), *OF_LEDGER])
def test_the_ledgers_gates_see_it(case, run, tmp_path):
    require(case, ledger.fired_by(case, run, tmp_path))


@of([nothing("environment"), *OF_CONNECTION])
def test_the_connections_gates_see_it(case, run, conninfo):
    require(case, environment.fired_by(case, run, conninfo))


@of([nothing("soak"), *OF_SOAK])
def test_the_soaks_gates_see_it(case, quiet_day):
    require(case, quiet_day.fired_by(case))
