"""Behind PgBouncer in transaction mode: both are whole transactions and leave no setting behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from rollgate.rehearsal.in_place import LIMITS
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.server.cluster import Cluster
from tests.selfcheck.in_place.conftest import Staging
from tests.selfcheck.session.conftest import Database
from tests.selfcheck.session.proxy import distant

SETTINGS = "select pg_backend_pid(), " + ", ".join(
    f"current_setting('{name}')" for name in (*LIMITS, "TimeZone")
)


@pytest.fixture
def pooled(
    served: Rehearsal, server: Cluster, pooler: int, staging: Staging
) -> Iterator[tuple[Staging, str]]:
    """Staging on the server behind the pooler, which has one connection to hand round."""
    name = served.databases.clone(served.with_traffic(staging.target.topology))
    yield replace(staging, conninfo=server.dsn(name)), Database(server, name).at(pooler)
    served.databases.drop(name)


def test_the_rehearsal_leaves_every_byte(pooled):
    staging, dsn = pooled
    before = staging.rows
    seen = staging.rehearse(dsn)
    assert (seen.violations, seen.fate, seen.sound) == ([], "aborted", True)
    assert staging.rows == before


def test_the_drill_brings_every_byte_back(pooled):
    staging, dsn = pooled
    before = staging.values
    done = staging.drill(dsn)
    assert (done.seen.violations, done.seen.fate, done.seen.sound) == ([], "committed", True)
    assert done.between.values != done.seen.before.values
    assert staging.values == before


def test_the_next_client_of_the_pool_finds_nothing_of_ours(pooled):
    staging, dsn = pooled
    settings = []
    for act in (lambda: None, lambda: staging.rehearse(dsn), lambda: staging.drill(dsn)):
        act()
        with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as other:
            settings.append(other.execute(SETTINGS).fetchone())
    assert len(set(settings)) == 1, "the same server connection, with the same settings"


def test_the_rehearsal_is_a_few_round_trips(pooled, server):
    """A target may be 80 ms away, and while it lasts nobody else can change the routing."""
    staging, _ = pooled
    name = psycopg.conninfo.conninfo_to_dict(staging.conninfo)["dbname"]
    with distant(("127.0.0.1", server.port), round_trip_s=0.05) as traffic:
        seen = staging.rehearse(Database(server, str(name)).at(traffic.port))
        assert seen.violations == []
        assert traffic.connections == 2
        assert traffic.round_trips <= 7
