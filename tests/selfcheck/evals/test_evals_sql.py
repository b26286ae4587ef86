"""The statements that are shipped for evals: failed gates by run, and the metrics where the rows are."""

from __future__ import annotations

import json
from datetime import timedelta

import psycopg
import pytest

from rollgate.evals.direct import SqlRows
from rollgate.evals.exported import SOURCES, export_row
from rollgate.evals.paging import Window
from rollgate.gates import find_evidence
from rollgate.release import BUILTIN
from tests.selfcheck.evals.conftest import BASELINES, paste, record

FAILED_GATES = find_evidence([BUILTIN / "evidence"])["failed-eval-gates"].query
IN_PLACE = (BUILTIN / "evals" / "metrics-in-place.sql").read_text(encoding="utf-8")

#: What the runtime may have written to `metadata`, and what it may not.
METADATA = [
    {},
    {"schemaValid": True, "patchApplySuccess": True, "editedAfterGenerate": True, "publishedWithin7d": True},
    {"schemaValid": False, "safetyHtmlTailwindCompliant": False, "latencyMs": 1234},
    {"schemaValid": None, "latencyMs": None, "fallbackUsed": None},
    {"editedAfterGenerate": True, "latencyMs": 99.2, "fallbackUsed": True},
    {"schemaValid": "false"},
    {"latencyMs": "12"},
    {"latencyMs": -1},
    {"publishedWithin7d": 1},
    {"latencyMs": 2**31 - 1},
    {"latencyMs": 2**31},
    {"latencyMs": True},
    {"safetyHtmlTailwindCompliant": []},
    {"fallbackUsed": "yes"},
]


def failing(number: int) -> dict:
    return record(number, schema_valid=number % 2 == 0, latency_ms=None)


@pytest.mark.parametrize("layout", BASELINES)
def test_failed_gates_of_a_run_are_one_statement(layout, command, database):
    with database(layout) as connection:
        connection.execute("delete from public.ai_eval_runs")
        runs = {}
        for name, records in {
            "good": [record(n) for n in range(40)],
            "bad": [failing(n) for n in range(40)],
            "few": [failing(n) for n in range(10)],
            "unmeasured": [
                record(n, published_within_7d=False, defaulted=["published_within_7d"]) for n in range(40)
            ],
        }.items():
            made = command(records, layout=layout)
            paste(connection, made.sql)
            runs[made.report.run_id] = name, made.report
        rows = connection.execute(FAILED_GATES.encode()).fetchall()
    found: dict[str, dict[str, str]] = {name: {} for name, _ in runs.values()}
    for row in rows:
        found[runs[str(row["run_id"])][0]][row["metric"]] = row["gate"]
    assert found["good"] == {}
    assert found["bad"] == {"schema_valid_rate": "FAIL", "p95_latency_ms": "HOLD"}
    assert found["unmeasured"] == {"publish_conversion_proxy": "HOLD"}
    assert set(found["few"].values()) == {"SKIPPED"}
    assert len(found["few"]) == 7
    reported = {name: set(report.failed_gates) for name, report in runs.values()}
    assert reported == {**{name: set(gates) for name, gates in found.items()}, "few": set()}


def test_a_run_that_somebody_wrote_by_hand_is_judged_by_its_thresholds(database):
    with database() as connection:
        connection.execute(
            "insert into public.ai_eval_runs (run_id, run_type, status, thresholds) values "
            "('019c5f00-0000-7000-8000-000000000001', 'canary', 'passed', "
            '\'{"schema_valid_rate": {"min": 0.99}, "fallback_rate": {"max": 0.25}, "unknown": {"min": 1}}\')'
        )
        connection.execute(
            "insert into public.ai_eval_samples (run_id, schema_valid, patch_apply_success,"
            " edited_after_generate, published_within_7d, safety_html_tailwind_compliant)"
            " select '019c5f00-0000-7000-8000-000000000001', n > 1, true, true, true, true"
            " from generate_series(1, 10) n"
        )
        rows = connection.execute(FAILED_GATES.encode()).fetchall()
    assert [(row["metric"], row["gate"], row["found"], row["needed"]) for row in rows] == [
        ("schema_valid_rate", "FAIL", 0.9, ">= 0.99"),
        ("unknown", "HOLD", None, ">= 1"),
    ]


def test_metrics_in_place_are_those_of_export_and_report(database, command):
    """By the export's rule (contract, section 5): missing outcomes are defaults, wrong types no records."""
    with database() as connection:
        connection.execute("delete from public.ai_training_examples")
        connection.execute(  # as in a database in which nobody filled it yet
            "alter table public.ai_training_examples alter column fallback_used drop not null,"
            " drop constraint if exists ai_training_examples_fallback_used_present"
        )
        for number in range(140):
            connection.execute(
                "insert into public.ai_training_examples (source, prompt, provider, output_site_json,"
                " metadata, fallback_used, latency_ms, created_at)"
                " values (%s, 'p', 'openai', '{}', %s, %s, %s, now() - make_interval(hours => %s))",
                (
                    "generation" if number % 2 else "generation_cached",
                    json.dumps(METADATA[number % len(METADATA)]),
                    None if number % 3 else number % 4 == 0,
                    None if number % 3 else number * 10,
                    number % 20,
                ),
            )
        connection.execute(  # outside of the window, and of the sources
            "insert into public.ai_training_examples (source, prompt, provider, output_site_json, metadata,"
            " site_id, created_at) values ('generation', 'p', 'openai', '{}', '{\"schemaValid\": false}',"
            " null, now() - interval '25 hours'), ('save', null, null, '{}',"
            ' \'{"capturedAt": 1, "schemaValid": false}\', gen_random_uuid(), now())'
        )
        with psycopg.connect(connection.info.dsn) as session:  # one transaction: one now() for both
            shown = session.execute(IN_PLACE.encode())
            names = [each.name for each in shown.description or ()]
            (found,) = (dict(zip(names, row, strict=True)) for row in shown)
            source = SqlRows(session)
            until = source.now()
            window = Window(SOURCES, until - timedelta(days=1), until)
            rows = [row for page in source.pages(window, below=None, at_most=None) for row in page]
    made = [export_row(row) for row in rows]
    records = [each.record for each in made if not each.wrong]
    assert 0 < len(records) < len(rows)
    report = command(records).report
    assert found["total_records"] == len(records)
    assert found["rows_left_out"] == len(rows) - len(records)
    for metric in report.metrics:
        assert found[metric.name] == pytest.approx(metric.value, abs=1e-9), metric.name
    names = found["defaulted"]
    assert names == {name: sum(name in each.defaulted for each in made if not each.wrong) for name in names}
    assert found["without_latency"] == next(m for m in report.metrics if m.unit == "ms").missing
