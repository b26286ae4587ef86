"""The base migration from states that no baseline has: finished where it can be, refused where it can't."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.catalog.snapshot import difference, take_snapshot
from rollgate.rehearsal.apply import ApplyError, apply_file


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(
            "create table public.ai_eval_runs (run_id uuid primary key, run_type text not null);"
            "create table public.ai_eval_samples (id bigint generated always as identity primary key,"
            " run_id uuid not null references public.ai_eval_runs on delete cascade,"
            " schema_valid boolean not null)",
            id="fewer-columns-of-v2-samples",
        ),
        pytest.param(
            "create table public.ai_provider_configs (provider text, environment text, enabled boolean)",
            id="routing-without-key-and-id",
        ),
        pytest.param(
            "create table public.ai_provider_configs (id bigint, provider text, environment text);"
            "insert into public.ai_provider_configs values (1, 'openai', 'prod'), (2, 'openai', 'prod')",
            id="routing-with-an-id-that-is-no-key",
        ),
    ],
)
def test_an_odd_state_is_finished(phase1, roll_out, blocking, before):
    conninfo, connection = phase1
    connection.execute(before)
    roll_out(connection)
    assert blocking(conninfo) == []


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("drop table public.ai_training_examples", "Phase 2 extends the table that Phase 1 makes"),
        (
            "alter table public.ai_training_examples drop column id, add column id text",
            "needed: uuid, bigint or integer",
        ),
        (
            "create table public.ai_provider_configs (provider text, environment text);"
            "insert into public.ai_provider_configs values ('somebody', 'prod')",
            "ai_provider_configs_provider_check",
        ),
    ],
    ids=["no-phase1", "text-id", "unknown-provider"],
)
def test_a_state_that_cannot_be_taken_is_refused_whole(phase1, roll_out, before, says):
    _, connection = phase1
    connection.execute(before)
    snapshot = take_snapshot(connection)
    with pytest.raises(ApplyError, match=says):
        roll_out(connection)
    assert difference(snapshot, take_snapshot(connection)) == []


def test_a_value_that_a_check_refuses_stops_the_file_and_a_second_run_finishes(phase1, roll_out, blocking):
    conninfo, connection = phase1
    connection.execute(
        "alter table public.ai_training_examples add column latency_ms integer;"
        "update public.ai_training_examples set latency_ms = -1 where source = 'publish'"
    )
    with pytest.raises(ApplyError, match="ai_training_examples_latency_ms_check"):
        roll_out(connection)
    connection.execute("update public.ai_training_examples set latency_ms = null")
    roll_out(connection)
    assert blocking(conninfo) == []


def test_a_mixture_of_eval_layouts_is_refused_and_the_rest_is_done(phase1, roll_out):
    _, connection = phase1
    connection.execute(
        "create table public.ai_eval_runs (run_id uuid primary key, run_type text, status text);"
        "create table public.ai_eval_samples (run_id uuid, sample_key text)"
    )
    with pytest.raises(ApplyError, match="has the v2 layout"):
        roll_out(connection)
    names = {name for kind, name in take_snapshot(connection).objects if kind == "relation"}
    assert "public.ai_provider_configs" in names
    assert "public.ai_eval_run_summary_v1" not in names


def test_an_index_that_a_failed_build_left_invalid_is_built_again(phase1, roll_out, blocking):
    conninfo, connection = phase1
    roll_out(connection)
    connection.execute(
        "update pg_index set indisvalid = false"
        " where indexrelid = 'public.idx_ai_training_examples_route_created'::regclass"
    )
    assert blocking(conninfo) == ["indexes-match-contract: public.idx_ai_training_examples_route_created"]
    roll_out(connection)
    assert blocking(conninfo) == []


def test_what_deduplication_drops_is_kept(rehearsal, topology):
    with (
        rehearsal.databases.cloned(rehearsal.baseline("narrow-configs")) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        before = connection.execute(
            "select id, weight from public.ai_provider_configs order by id"
        ).fetchall()
        for path in topology.migrations:
            apply_file(connection, path)
        kept = connection.execute(
            "select id, is_default from public.ai_provider_configs where environment = 'prod' order by id"
        ).fetchall()
        superseded = connection.execute(
            "select (config ->> 'id')::integer, reason from public.ai_provider_configs_superseded order by 1"
        ).fetchall()
    assert [row[0] for row in before] == [1, 2, 3, 4, 5, 6]
    assert kept == [(2, True), (4, False)], "the newest row and the newest default win"
    assert [row[0] for row in superseded] == [1, 3, 4, 5]
    assert {row[1].split(":")[0] for row in superseded} == {"dropped", "no longer default"}


def test_sitecraft_samples_get_their_routing_from_their_metadata(rehearsal, topology):
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology, "sitecraft")) as conninfo,
        psycopg.connect(conninfo) as connection,
    ):
        row = connection.execute(
            """
            select count(*), count(request_id), count(*) filter (where selected_provider = 'custom'),
                   count(*) filter (where fallback_used), min(route_strategy)
            from public.ai_eval_samples
            """
        ).fetchone()
        rate = connection.execute("select fallback_rate from public.ai_eval_run_summary_v1").fetchone()
    assert row == (40, 39, 8, 8, "fallback"), "one request id is no uuid"
    assert rate == (0.2,)
