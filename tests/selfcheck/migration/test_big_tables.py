"""A table too big for a plain build: the base migration ends all the same, and says which files are left."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.catalog.snapshot import difference, take_snapshot
from rollgate.rehearsal.apply import ApplyError, apply_file

pytestmark = pytest.mark.thorough

NULLS = "select count(*) from public.ai_training_examples where route_strategy is null"
INDEXES = [
    "indexes-match-contract: public.idx_ai_training_examples_provider_created",
    "indexes-match-contract: public.idx_ai_training_examples_request_id",
    "indexes-match-contract: public.idx_ai_training_examples_route_created",
]


def test_on_a_small_table_the_base_migration_does_it_all(phase1, base, topology, left_to_paste):
    _, connection = phase1
    assert left_to_paste(connection, base) == []
    before = take_snapshot(connection)
    for path in topology.migrations:
        apply_file(connection, path)
    assert difference(before, take_snapshot(connection)) == []


def test_on_a_big_one_the_indexes_are_left_to_their_files(
    big, base, topology, index_files, left_to_paste, blocking
):
    conninfo, connection = big
    assert left_to_paste(connection, base) == [path.name for path in index_files]
    apply_file(connection, topology.overlay)
    assert blocking(conninfo) == INDEXES, "it is not verified until they are there"
    for number, path in enumerate(index_files):
        assert left_to_paste(connection, base) == [path.name for path in index_files[number:]]
        apply_file(connection, path)
    assert left_to_paste(connection, base) == []
    assert blocking(conninfo) == []


def test_an_index_that_a_failed_build_left_is_dropped_and_built_again(
    big, base, topology, index_files, left_to_paste, blocking
):
    """A build waits for transactions that are open; a statement timeout ends it, and leaves it not valid."""
    conninfo, connection = big
    for path in (base, topology.overlay, *index_files[1:]):
        apply_file(connection, path)
    with psycopg.connect(conninfo) as other, psycopg.connect(conninfo, autocommit=True) as builder:
        other.execute("delete from public.ai_training_examples where false")
        builder.execute("set statement_timeout = '500ms'")
        with pytest.raises(ApplyError, match="statement timeout"):
            apply_file(builder, index_files[0])
    apply_file(connection, index_files[0])
    assert blocking(conninfo) == INDEXES[:1], "there, not valid, and nothing that `if not exists` would mend"
    assert left_to_paste(connection, base) == [index_files[0].name]
    apply_file(connection, index_files[0])
    assert blocking(conninfo) == []


def test_what_a_gate_says_of_such_an_index_mends_it(big, topology, blocking, run):
    conninfo, connection = big
    for path in topology.rollout:
        apply_file(connection, path)
    connection.execute(
        "update pg_index set indisvalid = false"
        " where indexrelid = 'public.idx_ai_training_examples_route_created'::regclass"
    )
    (gate,) = [gate for gate in run.gates if gate.id == "indexes-match-contract"]
    ((remedy,),) = [
        row[2:3]
        for row in connection.execute(gate.query.encode()).fetchall()
        if row[0].endswith("route_created")
    ]
    assert "concurrently" in remedy, "anything else would keep writers out for as long as it takes"
    connection.execute(remedy.encode())
    assert blocking(conninfo) == []


@pytest.fixture
def interrupted(big):
    """A rollout that stopped after it had added columns without their defaults, and wrote to few rows."""
    conninfo, connection = big
    connection.execute(
        "alter table public.ai_training_examples"
        " add column route_strategy text, add column fallback_used boolean"
    )
    return conninfo, connection


def test_many_nulls_are_left_to_a_file_of_their_own(
    interrupted, base, old_telemetry, index_files, topology, left_to_paste, blocking
):
    conninfo, connection = interrupted
    assert left_to_paste(connection, base)[0] == old_telemetry.name
    apply_file(connection, topology.overlay)
    assert any("route_strategy" in each for each in blocking(conninfo))
    apply_file(connection, old_telemetry)
    assert connection.execute(NULLS).fetchone() == (0,)
    for path in index_files:
        apply_file(connection, path)
    assert blocking(conninfo) == []


def test_few_nulls_are_filled_by_the_base_migration(big, base, index_files, left_to_paste):
    _, connection = big
    connection.execute(
        "alter table public.ai_training_examples add column route_strategy text default 'weighted';"
        "update public.ai_training_examples set route_strategy = null where source in ('publish', 'patch')"
    )
    assert left_to_paste(connection, base) == [path.name for path in index_files]


def test_filling_that_was_stopped_goes_on_where_it_was(interrupted, base, old_telemetry, blocking):
    """Somebody holds the last row: the pages before it stay filled, and the next run ends without error."""
    conninfo, connection = interrupted
    apply_file(connection, base)
    (total,) = connection.execute(NULLS).fetchone() or (0,)
    with (
        psycopg.connect(conninfo) as holder,
        psycopg.connect(conninfo, autocommit=True, options="-c rollgate.lock_tries=2") as other,
    ):
        holder.execute(
            "select from public.ai_training_examples"
            " where ctid = (select max(ctid) from public.ai_training_examples) for update"
        )
        with pytest.raises(ApplyError, match=r"rows of public\.ai_training_examples are held, from page"):
            apply_file(other, old_telemetry)
    (left,) = connection.execute(NULLS).fetchone() or (0,)
    assert 0 < left < 2000 < total
    apply_file(connection, old_telemetry)
    assert connection.execute(NULLS).fetchone() == (0,)
    assert not [each for each in blocking(conninfo) if "columns-match" in each or "checks-match" in each]


def test_filling_before_the_base_migration_is_refused(phase1, old_telemetry):
    _, connection = phase1
    with pytest.raises(ApplyError, match="Apply the base migration first"):
        apply_file(connection, old_telemetry)


def test_a_file_that_builds_concurrently_holds_one_statement(base, index_files, phase1, tmp_path):
    """In a paste of two, PostgreSQL refuses it."""
    _, connection = phase1
    apply_file(connection, base)
    path = tmp_path / "two.sql"
    path.write_text("".join(each.read_text() for each in index_files[:2]))
    with pytest.raises(ApplyError, match="cannot run inside a transaction block"):
        apply_file(connection, path)
