"""The runbook's literal statement, and its like: what is wrong, from a state that a person can read."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, Topology
from tests.rollback.exploring import smallest
from tests.rollback.judging import Trial
from tests.rollback.known_bad import CUSTOM_FIRST, DEFECTS, LITERAL, Defect
from tests.selfcheck.rollback.trials import connected

Tried = tuple[Topology, psycopg.Connection]
WITH_TOPOLOGY = [(defect, topology) for defect in DEFECTS for topology in defect.topologies[-1:]]
IDS = [f"{defect.id}-{topology}" for defect, topology in WITH_TOPOLOGY]


@pytest.fixture(scope="module")
def connections(release: Release, rehearsal: Rehearsal) -> Iterator[dict[str, psycopg.Connection]]:
    staging, single = release.topologies["staging"], release.topologies["single-db"]
    with connected(rehearsal, staging) as project, connected(rehearsal, single) as database:
        yield {"staging": project, "prod": project, "single-db": database}


def told(
    release: Release, connections: dict[str, psycopg.Connection], defect: Defect, name: str
) -> dict[str, str]:
    trial = Trial.of(release.topologies[name], defect.step, defect.path)
    return trial.breaks(connections[name], defect.state)


def test_it_aborts_when_custom_is_the_default_and_openai_comes_first_in_the_heap(release, connections):
    found = told(release, connections, LITERAL["aborts"], "prod")
    assert list(found) == ["runs"]
    assert found["runs"].startswith("23505: ")
    assert "idx_ai_provider_configs_default_per_env" in found["runs"]


def test_it_runs_when_custom_comes_first_so_that_a_drill_can_pass(release, connections):
    trial = Trial.of(release.topologies["prod"], "p0-rollback", LITERAL["aborts"].path)
    assert trial.breaks(connections["prod"], CUSTOM_FIRST) == {}


def test_it_leaves_an_environment_with_no_provider_when_the_openai_row_is_missing(release, connections):
    found = told(release, connections, LITERAL["no-provider"], "prod")
    assert found["someone-serves"] == "prod: found {'custom': (False, False, 0)}"


def test_it_breaks_the_single_db_gate(release, connections):
    defect, connection = LITERAL["non-prod"], connections["single-db"]
    assert "non-prod-off" in told(release, connections, defect, "single-db")
    with connection.transaction(force_rollback=True):
        connection.execute(defect.state.sql().encode())
        connection.execute(defect.path.read_text().replace("begin;", "").replace("commit;", "").encode())
        count = "select count(*) from public.ai_provider_configs where environment <> 'prod' and enabled"
        assert connection.execute(count).fetchone() == (1,)


def test_its_updated_at_is_off_by_the_offset_of_the_session(release, connections):
    found = told(release, connections, LITERAL["instant"], "prod")
    assert found == {"instant": "openai/prod: found updated_at -5.50 h off"}


@pytest.mark.parametrize(("defect", "name"), WITH_TOPOLOGY, ids=IDS)
def test_a_known_bad_rollback_is_found_and_the_shipped_one_holds_there(release, connections, defect, name):
    assert defect.invariant in told(release, connections, defect, name)
    topology = release.topologies[name]
    shipped = Trial.of(topology, defect.step, topology.rollbacks[defect.step])
    assert shipped.breaks(connections[name], defect.state) == {}


@pytest.mark.parametrize("key", LITERAL)
def test_no_smaller_state_shows_a_defect_of_the_runbook(release, connections, key):
    defect = LITERAL[key]
    name = defect.topologies[-1]
    trial = Trial.of(release.topologies[name], defect.step, defect.path)
    _, state = smallest(trial, connections[name], name, defect.invariant, 500, shrink=True)
    assert state is not None
    assert len(defect.state.rows) <= len(state.rows)
    assert not defect.state.moves
