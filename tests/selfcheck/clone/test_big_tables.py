"""A target with a big table: the clone answers with its size, and what would stall is said beforehand."""

from __future__ import annotations

import os
from dataclasses import replace

import psycopg
import pytest

from rollgate.rehearsal.preview import stalls
from rollgate.target.target import Target

BIG = 200 * 1024 * 1024


@pytest.fixture
def big(rehearsal):
    """A Phase 1 target whose training examples take 200 MB, most of it empty pages."""
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("checkpoint")
            query = "select pg_relation_filepath('public.ai_training_examples')"
            ((path,),) = connection.execute(query).fetchall()
        os.truncate(rehearsal.databases.cluster.directory / "data" / path, BIG)
        yield conninfo


def test_a_file_that_looks_at_the_size_goes_the_same_way(big, preview):
    """The base migration leaves the indexes of a big table to the files that build them."""
    seen = preview(big)
    assert seen.refused is None
    made = {
        step.applied.path.stem.split("_", 2)[2]: [each.name for each in step.changes]
        for step in seen.steps
        if "index" in step.applied.path.stem
    }
    assert made == {
        f"index_{name}": [f"public.idx_ai_training_examples_{name}"]
        for name in ("provider_created", "route_created", "request_id")
    }
    assert seen.seen.tables["public.ai_training_examples"].bytes == BIG
    assert [each.id for each in seen.gates if each.outcome == "FAIL"] == []


def test_the_release_stalls_no_writer_of_a_big_table(big, preview):
    seen = preview(big)
    assert [each for each in seen.held if each.table == "public.ai_training_examples"]
    assert stalls(seen.held, seen.seen, limit=32 * 1024 * 1024) == []


def test_a_release_that_would_stall_them_is_seen(big, previews_of, release, tmp_path):
    path = tmp_path / "careless.sql"
    path.write_text("alter table public.ai_training_examples add check (latency_ms >= 0);")
    topology = release.topologies["staging"]
    careless = replace(topology, migrations=(*topology.migrations, path))
    seen = previews_of(big).of(Target(careless, live=True))
    assert [
        (each.path.name, each.table, each.lock) for each in stalls(seen.held, seen.seen, 32 * 1024 * 1024)
    ] == [("careless.sql", "public.ai_training_examples", "ACCESS EXCLUSIVE")]
