"""What is wrong in a database is seen there, by the gates that have to; and what is right is not."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rollgate.evidence.record import GateRecord
from rollgate.examination import Context, examine
from rollgate.gates import Gate, Phase, find_evidence
from rollgate.release import BUILTIN, Topology
from rollgate.target.session import read_only_session
from rollgate.verdict import Outcome, Severity
from tests.selfcheck.sabotage.corpus import HARMLESS, REWORDED, corpus
from tests.selfcheck.sabotage.firing import Found, firing, found_in, require
from tests.selfcheck.sabotage.state import AREAS, Start, rolled_back
from tests.selfcheck.sabotage.universe import sql_gates

EVIDENCE = find_evidence([BUILTIN / "evidence"])
TOPOLOGIES = ("staging", "prod", "single-db")
#: By start, so that one database after the other is used.
CASES = sorted(
    (each for each in corpus() if each.area in AREAS and each.path.suffix == ".sql"),
    key=lambda each: (str(Start.of(each.facts)), each.id),
)
#: What a database that was rolled out without fault is told until its first eval: there is no evidence.
NO_RUN_YET = {("eval-view-agrees-with-samples", "public.ai_eval_runs"): (Outcome.HOLD, Severity.WARNING)}
#: What preflight says of a starting state: these rows give way to newer ones.
EXPECTED_BEFORE = {
    "narrow-configs": {
        ("routing-rows-are-unambiguous", f"public.ai_provider_configs id {n}") for n in (1, 3, 4, 5)
    }
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_it_is_seen_by_whom_it_names(case, grounds):
    require(case, grounds.at(Start.of(case.facts)).fired_by(case))


def test_harmless_changes_name_nobody():
    assert [case.id for case in CASES if case.area == HARMLESS and case.named] == []


def test_other_words_are_told_by_the_drift_gate_alone():
    named = {gate for case in CASES if case.area == REWORDED for gate in case.named}
    assert named == {"target-matches-the-reference"}


def judge(conninfo: str, topology: Topology, *phases: Phase) -> list[GateRecord]:
    context = Context.of(topology)
    gates: Sequence[Gate] = [gate for gate in sql_gates().values() if gate.phase in phases]
    with read_only_session(conninfo) as connection:
        return examine(connection, gates, context=context, evidence=EVIDENCE)


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_clean_rollout_fires_nothing(baseline, topology, rehearsal):
    where = rehearsal.release.topologies[topology]
    with rehearsal.databases.cloned(rehearsal.rolled_out(where, baseline)) as conninfo:
        records = judge(conninfo, where, Phase.PREFLIGHT, Phase.VERIFY)
    assert found_in(records) == ({} if baseline == "sitecraft" else NO_RUN_YET)
    assert not [table for record in records for table in record.evidence if table.error]


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_rollout_with_traffic_fires_nothing(topology, grounds):
    found = grounds.at(Start("traffic", "clean", topology, topology)).before()
    fired = firing(found)
    assert (fired["catches"], fired["holds"]) == (set(), set())
    assert fired["warns"] == {"newest-eval-run-keeps-its-thresholds"}, "sixty samples prove little"


def test_preflight_passes_every_starting_state(baseline, rehearsal):
    with rehearsal.databases.cloned(rehearsal.baseline(baseline)) as conninfo:
        found: Found = found_in(judge(conninfo, rehearsal.release.topologies["prod"], Phase.PREFLIGHT))
    assert found.keys() == EXPECTED_BEFORE.get(baseline, set())
    assert set(found.values()) <= {(Outcome.FAIL, Severity.WARNING)}


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_rollback_fires_nothing(baseline, topology, rehearsal):
    where = rehearsal.release.topologies[topology]
    with rehearsal.databases.cloned(rolled_back(rehearsal, where, baseline)) as conninfo:
        assert found_in(judge(conninfo, where, Phase.ROLLBACK)) == {}


@pytest.mark.parametrize(
    "setting",
    ["search_path=", "search_path=public,pg_catalog", "timezone=Asia/Kolkata", "datestyle=SQL,DMY"],
)
def test_gates_do_not_depend_on_settings(setting, rehearsal):
    topology = rehearsal.release.topologies["prod"]
    with rehearsal.databases.cloned(rehearsal.with_traffic(topology)) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("drop index public.idx_ai_eval_samples_run_id")
        told = make_conninfo(conninfo, options=f"-c {setting}")
        found = found_in(judge(told, topology, Phase.PREFLIGHT, Phase.VERIFY))
    assert found.keys() == {("indexes-match-contract", "public.idx_ai_eval_samples_run_id")}
