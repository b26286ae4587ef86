"""Each gate is seen red before it is trusted green: what must be caught, and what must not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rollgate.evidence.record import GateRecord
from rollgate.examination import Context, examine
from rollgate.gates import EvidenceQuery, Gate, Phase, find_evidence, find_gates
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, Topology
from rollgate.target.session import read_only_session
from tests.selfcheck.gates.corpus import Case, read_cases

GATES = {gate.id: gate for gate in find_gates([BUILTIN / "gates"])}
EVIDENCE: Mapping[str, EvidenceQuery] = find_evidence([BUILTIN / "evidence"])
TOPOLOGIES = ("staging", "prod", "single-db")

SABOTAGES = read_cases("sabotages")
HARMLESS = read_cases("harmless")

#: What a database that was rolled out without fault is told until its first eval: there is no evidence.
NO_RUN_YET = {("eval-view-agrees-with-samples", "public.ai_eval_runs"): ("HOLD", "warning")}
#: What preflight says of a starting state: these rows give way to newer ones.
EXPECTED_BEFORE = {
    "narrow-configs": {
        ("routing-rows-are-unambiguous", f"public.ai_provider_configs id {n}") for n in (1, 3, 4, 5)
    }
}

Found = dict[tuple[str, str], tuple[str, str]]


def judge(conninfo: str, gates: Sequence[Gate], topology: Topology) -> list[GateRecord]:
    context = Context(topology.name, topology.name, topology.routes)
    with read_only_session(conninfo) as connection:
        return examine(connection, gates, context=context, evidence=EVIDENCE)


def violations(records: Sequence[GateRecord]) -> Found:
    """Return outcome and severity by gate and object; a gate that broke is one, too."""
    found: Found = {}
    for record in records:
        if record.error:
            found[record.id, record.error] = ("ERROR", str(record.severity))
        for each in record.violations:
            found[record.id, each.object] = (str(each.outcome), str(each.severity))
    return found


def of_phases(*phases: Phase) -> list[Gate]:
    return [gate for gate in GATES.values() if gate.phase in phases]


def rolled_back(rehearsal: Rehearsal, topology: Topology, baseline: str) -> str:
    """Return the template of a database whose rollout was taken back by the P0 rollback."""

    def build(connection: psycopg.Connection) -> None:
        apply_file(connection, topology.rollback)

    name = f"gates_rolled_back_{topology.name}_{baseline}"
    return rehearsal.databases.template(name, build, base=rehearsal.rolled_out(topology, baseline))


@pytest.fixture(scope="session")
def found_at_start(rehearsal) -> Callable[[Case], Found]:
    """What every gate finds where a case starts; each start is looked at once."""
    known: dict[tuple[str, str], Found] = {}

    def found_at_start(case: Case) -> Found:
        key = (case.start, case.topology)
        if key not in known:
            topology = rehearsal.release.topologies[case.topology]
            with rehearsal.databases.cloned(start_of(case, rehearsal)) as conninfo:
                known[key] = violations(judge(conninfo, list(GATES.values()), topology))
        return known[key]

    return found_at_start


def start_of(case: Case, rehearsal: Rehearsal) -> str:
    """Return the template that a case starts from."""
    topology = rehearsal.release.topologies[case.topology]
    moment, _, baseline = case.start.partition(" ")
    if moment == "before":
        return rehearsal.baseline(baseline)
    if moment == "traffic":
        return rehearsal.with_traffic(topology)
    if moment == "rolled-back":
        return rolled_back(rehearsal, topology, "clean")
    return rehearsal.rolled_out(topology, baseline)


def changed(case: Case, conninfo: str) -> None:
    """Make the case's change, or skip it on a server that can't."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if connection.info.server_version // 10000 < case.postgres:
            pytest.skip(f"needs PostgreSQL {case.postgres}")
        connection.execute(case.sql.encode())


@pytest.mark.parametrize("case", SABOTAGES, ids=lambda case: case.id)
def test_a_sabotage_is_caught(case, rehearsal, found_at_start):
    topology = rehearsal.release.topologies[case.topology]
    key, wanted = (case.subject, case.object), (case.outcome, case.severity)
    assert found_at_start(case).get(key) != wanted, "red before the sabotage"
    with rehearsal.databases.cloned(start_of(case, rehearsal)) as conninfo:
        changed(case, conninfo)
        found = violations(judge(conninfo, [GATES[case.subject]], topology))
    assert found.get(key) == wanted, found


def test_no_gate_is_without_a_sabotage():
    assert set(GATES) == {case.subject for case in SABOTAGES}


def test_cases_have_names_of_their_own():
    ids = [case.id for case in SABOTAGES + HARMLESS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: case.id)
def test_a_harmless_change_fires_nothing(case, rehearsal, found_at_start):
    topology = rehearsal.release.topologies[case.topology]
    only = {"before": [Phase.PREFLIGHT], "rolled-back": [Phase.ROLLBACK]}.get(case.start.split()[0])
    gates = of_phases(*(only or [Phase.PREFLIGHT, Phase.VERIFY]))
    with rehearsal.databases.cloned(start_of(case, rehearsal)) as conninfo:
        changed(case, conninfo)
        found = violations(judge(conninfo, gates, topology))
    asked = {gate.id for gate in gates}
    assert found == {key: value for key, value in found_at_start(case).items() if key[0] in asked}


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_clean_rollout_fires_nothing(baseline, topology, rehearsal):
    where = rehearsal.release.topologies[topology]
    template = rehearsal.rolled_out(where, baseline)
    with rehearsal.databases.cloned(template) as conninfo:
        records = judge(conninfo, of_phases(Phase.PREFLIGHT, Phase.VERIFY), where)
    assert violations(records) == ({} if baseline == "sitecraft" else NO_RUN_YET)
    assert not [table for record in records for table in record.evidence if table.error]


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_rollout_with_traffic_fires_nothing(topology, rehearsal):
    where = rehearsal.release.topologies[topology]
    with rehearsal.databases.cloned(rehearsal.with_traffic(where)) as conninfo:
        records = judge(conninfo, of_phases(Phase.PREFLIGHT, Phase.VERIFY), where)
    assert violations(records) == {}


def test_preflight_passes_every_starting_state(baseline, rehearsal):
    with rehearsal.databases.cloned(rehearsal.baseline(baseline)) as conninfo:
        found = violations(judge(conninfo, of_phases(Phase.PREFLIGHT), rehearsal.release.topologies["prod"]))
    assert found.keys() == EXPECTED_BEFORE.get(baseline, set())
    assert set(found.values()) <= {("FAIL", "warning")}


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_rollback_fires_nothing(baseline, topology, rehearsal):
    where = rehearsal.release.topologies[topology]
    with rehearsal.databases.cloned(rolled_back(rehearsal, where, baseline)) as conninfo:
        assert violations(judge(conninfo, of_phases(Phase.ROLLBACK), where)) == {}


@pytest.mark.parametrize(
    "setting",
    ["search_path=", "search_path=public,pg_catalog", "timezone=Asia/Kolkata", "datestyle=SQL,DMY"],
)
def test_gates_do_not_depend_on_settings(setting, rehearsal):
    topology = rehearsal.release.topologies["prod"]
    gates = of_phases(Phase.PREFLIGHT, Phase.VERIFY)
    with rehearsal.databases.cloned(rehearsal.with_traffic(topology)) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("drop index public.idx_ai_eval_samples_run_id")
        found = violations(judge(make_conninfo(conninfo, options=f"-c {setting}"), gates, topology))
    assert found.keys() == {("indexes-match-contract", "public.idx_ai_eval_samples_run_id")}
