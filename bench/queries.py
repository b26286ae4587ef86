"""What operators ask, on 100,000 and on 1,000,000 rows: the summary view, and the p95 of the last half hour.

    python -m bench.queries

The summary is asked for as the runbook does (the latest five runs), for one run, and for all of them; a run
has 5,000 samples. Latency is asked for as whoever is on call does, of 30 days of traffic. Beside them: the
summary as a view of one join with `group by`, and latency without its index. Medians of
seven; two minutes or so.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import psycopg

from bench.figures import Times, machine, milliseconds, show, timed
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, load_release
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases

GOAL = 1.0
ROWS = (100_000, 1_000_000)
TIMES = 7
SAMPLES = 5_000  # a run
RUNS = """
insert into public.ai_eval_runs (run_id, run_type, status, started_at, finished_at)
select (lpad(to_hex(1771000000000 + n), 12, '0') || '70008000' || lpad(n::text, 12, '0'))::uuid,
       'canary', 'passed', now() - n * interval '1 day', now() - n * interval '1 day'
from generate_series(1, %s) as n
"""
SAMPLED = """
insert into public.ai_eval_samples
  (run_id, request_id, selected_provider, route_strategy, fallback_used, latency_ms, schema_valid,
   patch_apply_success, edited_after_generate, published_within_7d, safety_html_tailwind_compliant)
select r.run_id, gen_random_uuid(), 'openai', 'weighted', n %% 10 = 0,
       800 + (n::bigint * 7919 %% 30000)::integer, true, true, n %% 2 = 0, n %% 5 = 0, true
from public.ai_eval_runs r, generate_series(1, %s) as n
order by r.run_id
"""
TRAFFIC = """
insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, output_site_json, metadata, selected_provider, route_strategy,
   fallback_provider, fallback_used, latency_ms, created_at)
select 'generation', md5(n::text), 'a site ' || n, 'openai',
       jsonb_build_object('pages', n, 'html', repeat(md5(n::text), 12)), '{"schemaValid": true}',
       case when n %% 10 = 0 then 'custom' else 'openai' end, 'weighted', 'custom', n %% 10 = 0,
       800 + (n::bigint * 7919 %% 30000)::integer, now() - n * (interval '30 days' / %s)
from generate_series(1, %s) as n
"""
VIEW = "select * from public.ai_eval_run_summary_v1"
ON_CALL = (BUILTIN / "evals" / "on-call-latency.sql").read_text(encoding="utf-8")
QUERIES = {
    "summary view, the latest five runs": f"{VIEW} order by run_id desc limit 5",
    "summary view, one run": f"{VIEW} where run_id = (select run_id from public.ai_eval_runs limit 1)",
    "summary view, all runs": VIEW,
    "p95 of the last half hour": ON_CALL,
}
GROUPED = "a view with one join and group by, the latest five runs"
JOIN = """
create view public.grouped as
select r.run_id, count(s.run_id) as total, avg(s.schema_valid::integer) as valid,
       avg(s.patch_apply_success::integer) as patched, avg(s.edited_after_generate::integer) as edited,
       avg(s.published_within_7d::integer) as published, avg(s.fallback_used::integer) as fallbacks,
       avg(s.safety_html_tailwind_compliant::integer) as safe,
       percentile_cont(0.95) within group (order by s.latency_ms) as p95,
       min(s.created_at) as first_at, max(s.created_at) as last_at
from public.ai_eval_runs r
left join public.ai_eval_samples s on s.run_id = r.run_id
group by r.run_id
"""
LATEST = "select * from public.grouped order by run_id desc limit 5"
UNINDEXED = "p95 of the last half hour, without its index"
SCAN = "set enable_indexscan = off; set enable_bitmapscan = off; set enable_indexonlyscan = off"


def main() -> int:
    """Fill, ask, show; return 1 when the goal is missed."""
    release = load_release(BUILTIN)
    binaries = find_binaries(majors=release.postgres)
    found: dict[str, list[float]] = {name: [] for name in (*QUERIES, GROUPED, UNINDEXED)}
    with running_cluster(binaries) as cluster, Databases(cluster) as databases:
        template = Rehearsal(release, databases).rolled_out(release.topologies["prod"])
        for rows in ROWS:
            with (
                databases.cloned(template) as conninfo,
                psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection,
            ):
                connection.execute(RUNS, (rows // SAMPLES,))
                connection.execute(SAMPLED, (SAMPLES,))
                connection.execute(TRAFFIC, (rows, rows))
                connection.execute(JOIN)
                connection.execute("vacuum analyze")
                for name, query in QUERIES.items():
                    found[name].append(_median(connection, query))
                found[GROUPED].append(_median(connection, LATEST))
                connection.execute(SCAN)
                found[UNINDEXED].append(_median(connection, ON_CALL))
    lines: list[Sequence[object]] = [
        [name, milliseconds(small), milliseconds(large), f"{large / small:.1f}"]
        for name, (small, large) in found.items()
    ]
    small_rows, large_rows = (f"{rows:,} rows" for rows in ROWS)
    show(
        f"Milliseconds ({machine(f'PostgreSQL {binaries.version}')})",
        ("what", small_rows, large_rows, "x at ten times the rows"),
        lines,
    )
    missed = any(found[name][1] > GOAL for name in QUERIES if name != "summary view, all runs")
    print(f"\ngoal: an answer on 1,000,000 rows within {GOAL:.0f} s: {'missed' if missed else 'met'}")
    return int(missed)


def _median(connection: psycopg.Connection, query: str) -> float:
    seconds: list[float] = []
    for _ in range(TIMES):
        timed(seconds, partial(connection.execute, query.encode()))
    return Times(tuple(seconds)).median


if __name__ == "__main__":
    sys.exit(main())
