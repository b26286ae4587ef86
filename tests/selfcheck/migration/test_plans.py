"""How the database answers what operators ask: through an index, whatever there is beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from rollgate.release import BUILTIN

VIEW = "select * from public.ai_eval_run_summary_v1"
ON_CALL = (BUILTIN / "evals" / "on-call-latency.sql").read_text()


@pytest.fixture(scope="module")
def filled(rehearsal, release) -> Iterator[psycopg.Connection]:
    """20,000 rows of 30 days, and 100 runs of 200 samples; the server knows how many there are."""
    topology = release.topologies["prod"]
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
        psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection,
    ):
        connection.execute(
            """
            insert into public.ai_training_examples
              (source, prompt, provider, output_site_json, selected_provider, request_id, latency_ms,
               created_at)
            select 'generation', repeat('x', 300), 'openai', '{}', 'openai', gen_random_uuid(), n % 1000,
                   now() - n * interval '2 minutes'
            from generate_series(1, 20000) as n;
            insert into public.ai_eval_runs (run_id, run_type, status)
            select gen_random_uuid(), 'canary', 'passed' from generate_series(1, 100);
            insert into public.ai_eval_samples
              (run_id, latency_ms, schema_valid, patch_apply_success, edited_after_generate,
               published_within_7d, safety_html_tailwind_compliant)
            select r.run_id, n, true, true, true, true, true
            from public.ai_eval_runs r, generate_series(1, 200) as n order by r.run_id
            """
        )
        connection.execute("analyze")
        yield connection


def nodes(connection: psycopg.Connection, query: str) -> list[dict[str, Any]]:
    """Return the nodes of a query's plan, as it was executed."""
    row = connection.execute(f"explain (analyze, format json) {query}".encode()).fetchone()
    assert row is not None
    left = [row[0][0]["Plan"] if not isinstance(row[0], str) else json.loads(row[0])[0]["Plan"]]
    found = []
    while left:
        node = left.pop()
        found.append(node)
        left += node.get("Plans", ())
    return found


def scanned(plan: list[dict[str, Any]]) -> set[str]:
    return {node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"}


@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        # From 18 on, an index is read past its first column too: each that goes on with the time will do.
        (ON_CALL, [f"idx_ai_training_examples_{first}_created" for first in ("source", "provider", "route")]),
        (
            "select count(*) from public.ai_training_examples"
            " where selected_provider = 'openai' and created_at >= now() - interval '30 minutes'",
            ["idx_ai_training_examples_provider_created"],
        ),
        (
            "select count(*) from public.ai_training_examples"
            " where route_strategy = 'single_provider' and created_at >= now() - interval '30 minutes'",
            ["idx_ai_training_examples_route_created"],
        ),
        (
            "select * from public.ai_training_examples"
            " where request_id = '00000000-0000-4000-8000-000000000000'",
            ["idx_ai_training_examples_request_id"],
        ),
    ],
    ids=["on-call", "provider", "route", "request"],
)
def test_a_question_about_the_hot_table_goes_through_its_index(filled, query, indexes):
    plan = nodes(filled, query)
    assert scanned(plan) == set()
    assert {node.get("Index Name") for node in plan} & set(indexes)


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        (f"{VIEW} order by run_id desc limit 5", 5),
        (f"{VIEW} where run_id = (select run_id from public.ai_eval_runs limit 1)", 1),
    ],
    ids=["latest-five", "one"],
)
def test_the_summary_reads_the_samples_of_the_runs_that_are_asked_for(filled, query, runs):
    plan = nodes(filled, query)
    assert "ai_eval_samples" not in scanned(plan)
    (samples,) = [node for node in plan if node.get("Relation Name") == "ai_eval_samples"]
    assert (samples["Actual Loops"], samples["Actual Rows"]) == (runs, 200)


def test_deleting_a_training_example_scans_no_samples(filled):
    """The foreign key sets them to null, through an index."""
    plan = nodes(
        filled,
        "select from public.ai_eval_samples"
        " where training_example_id = '00000000-0000-4000-8000-000000000000'",
    )
    assert scanned(plan) == set()
