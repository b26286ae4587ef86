"""The summary view, asked about samples whose answers are known."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from rollgate.evals.generate import main as generate
from rollgate.evals.report import EvalReport
from rollgate.examined import Examined
from rollgate.open_gate import OpenGate
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.target.query import Answer, Row, ask_all
from rollgate.target.target import Target
from rollgate.verdict import Severity

RUN = "019c5f00-0000-7000-8000-00000000{:04x}"
RATES = {
    "schema_valid_rate": "schema_valid",
    "patch_apply_success": "patch_apply_success",
    "edit_after_generate_rate": "edited_after_generate",
    "publish_conversion_proxy": "published_within_7d",
    "safety_html_tailwind_compliance": "safety_html_tailwind_compliant",
    "fallback_rate": "fallback_used",
}
TOLERANCE = 0.001
DEFINITION = """
with path as materialized (select set_config('search_path', 'public', true))
select pg_get_viewdef(to_regclass('public.ai_eval_run_summary_v1')) as definition, exists (
  select from pg_attribute
  where attrelid = to_regclass('public.ai_eval_runs') and attname = 'run_id' and not attisdropped) as is_v2
from path
"""
#: Each layout of the eval tables, and the starting state that has it after the rollout.
LAYOUTS = {"v2": "clean", "sitecraft": "sitecraft"}
ROUTING = {
    "request_id": None,
    "requested_provider": "openai",
    "selected_provider": "openai",
    "route_strategy": "weighted",
}
LATEST = "select * from public.ai_eval_run_summary_v1 order by run_id desc limit 5"
SIZE = """
select
  (select count(*) from public.ai_eval_runs) as runs,
  (select count(*) from public.ai_eval_samples) as samples
"""


def samples_of(number: int) -> list[dict[str, Any]]:
    """Return samples in which every rate is different, and every fifth latency is unknown."""
    divisors = dict(zip(RATES.values(), (2, 3, 4, 5, 6, 7), strict=True))
    return [
        {
            **{column: (n + number) % divisor == 0 for column, divisor in divisors.items()},
            "latency_ms": None if n % 5 == 0 else 100 * n + number,
        }
        for n in range(41)  # so that no rate is a round number
    ]


def continuous_percentile(values: list[int], share: float) -> float:
    """Return the percentile as `percentile_cont` defines it: linear between the two nearest ranks."""
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    low = int(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


Runs = Mapping[int, tuple[str, EvalReport]]


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Runs]:
    """The daily pipeline: seven runs of known samples, each by the command of section 5.2, a minute apart."""

    @cache
    def runs(layout: str) -> Runs:
        folder = tmp_path_factory.mktemp(layout)
        return {number: run_pipeline(folder, layout, number) for number in range(1, 8)}

    return runs


def run_pipeline(folder: Path, layout: str, number: int) -> tuple[str, EvalReport]:
    """Return the SQL and the report that the command makes of run `number`."""
    paths = {name: folder / f"{number}.{name}" for name in ("jsonl", "sql", "json")}
    lines = [json.dumps({**ROUTING, "record_id": n, **each}) for n, each in enumerate(samples_of(number))]
    paths["jsonl"].write_text("\n".join(lines), encoding="utf-8")
    words = [
        *("--input", str(paths["jsonl"]), "--sql-output", str(paths["sql"])),
        *("--report-output", str(paths["json"]), "--run-type", "canary"),
        *("--schema-variant", layout, "--triggered-by", "rehearsal"),
        *("--finished-at", f"2026-02-16T03:{number:02}:00Z"),
    ]
    # Its advice would be taken for the release's.
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        generate(words)
    report = msgspec.json.decode(paths["json"].read_bytes(), type=EvalReport)
    return paths["sql"].read_text("utf-8"), report


@pytest.mark.gate(
    "ingested-{layout}-runs-appear-in-the-summary",
    title="{layout} runs that are ingested appear in the summary view, the latest five first, with the right "
    "numbers; ingesting again adds nothing",
    prevents="An eval gate that reads other numbers than the samples hold, or misses the newest run.",
    section="5",
    checks="EV-3, EV-4, RG-3",
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_ingested_runs_appear(
    gate: OpenGate,
    rehearsed: Target,
    rehearsal: Rehearsal,
    pipeline: Callable[[str], Runs],
    layout: str,
) -> None:
    if LAYOUTS[layout] not in rehearsal.release.baselines:
        gate.hold(
            layout,
            f"found no starting state `{LAYOUTS[layout]}`: nothing was ingested into this layout",
            "add it to rehearsal.baselines, if any database of yours has it",
            severity=Severity.WARNING,
        )
        return
    runs = pipeline(layout)
    template = rehearsal.rolled_out(rehearsed.topology, LAYOUTS[layout])
    with (
        rehearsal.databases.cloned(template) as conninfo,
        psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as connection,
    ):
        sizes = []
        for sql in [sql for sql, _ in runs.values()] * 2:
            connection.execute(sql.encode())
            sizes += connection.execute(SIZE).fetchall()
        latest = connection.execute(LATEST).fetchall()
    gate.show(
        f"latest-runs-{layout}",
        f"The latest five runs, layout {layout}",
        tuple(latest[0]) if latest else (),
        [tuple(row.values()) for row in latest],
        query=LATEST,
    )
    once = sizes[len(runs) - 1]
    gate.require(
        sizes[-1] == once,
        f"{layout}: a second execution",
        f"found {sizes[-1]} after it and {once} before it, needed the same",
        "look for what changes the runs or their samples: triggers, rules",
    )
    wanted = [runs[number][1].run_id for number in sorted(runs, reverse=True)][:5]
    found = [str(row["run_id"]) for row in latest]
    gate.require(
        found == wanted, f"{layout}: order", f"found {found}, needed {wanted}", "one row a run, every run"
    )
    numbers = {report.run_id: number for number, (_, report) in runs.items()}
    for row in latest:
        number = numbers.get(str(row["run_id"]))
        if number is None:
            continue  # the order is wrong then
        report = runs[number][1]
        said = {"total_records": report.records, **{each.name: each.value for each in report.metrics}}
        for metric, value in expected_summary(samples_of(number)).items():
            gate.require(
                agrees(row[metric], value) and agrees(said[metric], value),
                f"{layout}: {metric}",
                f"found {row[metric]} in the view and {said[metric]} in the report of run {number}, "
                f"needed {value}",
                "paste the base migration again: it defines the view",
            )


def expected_summary(samples: list[dict[str, Any]]) -> dict[str, float | None]:
    """Return what the summary of these samples is by the eval contract."""
    latencies = [sample["latency_ms"] for sample in samples if sample["latency_ms"] is not None]
    return {
        "total_records": len(samples),
        **{
            metric: statistics.fmean(sample[column] for sample in samples) if samples else None
            for metric, column in RATES.items()
        },
        "p95_latency_ms": continuous_percentile(latencies, 0.95) if latencies else None,
    }


def agrees(found: float | None, wanted: float | None) -> bool:
    """Tell whether two values of a metric agree within the contract's tolerance."""
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= TOLERANCE


@pytest.mark.gate(
    "eval-view-computes-the-contract",
    title="the target's own view definition gives the right numbers for samples whose answers are known",
    prevents="A view with a wrong metric, a wrong percentile or a lost run that no comparison sees, because "
    "the database has no eval run yet.",
    section="0.3, 1.4, 2.4, 5",
    checks="RG-3, EV-4",
)
@pytest.mark.asks(DEFINITION)
def test_view_computes_the_contract(gate: OpenGate, target: Target, examined: Examined) -> None:
    """The definition is run, read-only, over rows that stand in for the two tables."""
    (described,) = examined.ask(target, DEFINITION)
    definition, is_v2 = rows_of(described)[0]
    if not gate.require(
        definition is not None,
        "public.ai_eval_run_summary_v1",
        "found no such view, needed it",
        "paste the base migration",
    ):
        return
    stand_in = _stand_ins("run_id" if is_v2 == "t" else "id") + str(definition)
    with examined.reading(target) as connection:
        shown = {"search_path": "public", "timezone": "UTC", "datestyle": "ISO"}
        (answer,) = ask_all(connection, [stand_in], settings=shown)
    answers = [dict(zip(answer.columns, row, strict=True)) for row in rows_of(answer)]
    rows = {str(each["run_id"]): each for each in answers}
    gate.show(
        "known-answers",
        "The view over rows that stand in for the two tables",
        tuple(next(iter(rows.values()))) if rows else (),
        [tuple(row.values()) for row in rows.values()],
        query=stand_in,
    )
    for number in (1, 2, 3):
        expected = expected_summary(samples_of(number) if number != 3 else [])
        found = rows.get(RUN.format(number))
        if found is None:
            gate.require(
                False,
                f"run {number}",
                f"found no row for a run with {expected['total_records']} samples, needed one row a run",
                "paste the base migration again: it defines the view",
            )
            continue
        for metric, value in expected.items():
            gate.require(
                metric in found and agrees(as_number(found[metric]), value),
                metric,
                f"found {found.get(metric, 'no such column')} for samples that give {value}",
                "paste the base migration again: it defines the view",
            )
        for column, place in (("first_sample_at", 0), ("last_sample_at", -1)):
            moments = [moment_of(n) for n, _ in enumerate(samples_of(number))] if number != 3 else [None]
            gate.require(
                found.get(column) == moments[place],
                column,
                f"found {found.get(column, 'no such column')} for samples that give {moments[place]}",
                "paste the base migration again: it defines the view",
            )


def moment_of(sample: int) -> str:
    """Return when a sample was taken, as a server writes it that shows UTC."""
    return f"2026-02-16 00:{sample:02}:00+00"


def rows_of(answer: Answer) -> tuple[Row, ...]:
    """Return the rows of an answer; without one the gate is ERROR."""
    if answer.error is not None:
        raise answer.error
    return answer.rows


def as_number(text: str | None) -> float | None:
    """Return what a target's text says."""
    return None if text is None else float(text)


def _stand_ins(key: str) -> str:
    """Return a `with` that shadows the two tables: runs 1 and 2 with samples, run 3 without."""
    runs = ", ".join(f"('{RUN.format(number)}'::uuid)" for number in (1, 2, 3))
    samples = ", ".join(
        f"('{RUN.format(number)}'::uuid, "
        + ", ".join(str(sample[column]).lower() for column in RATES.values())
        + f", {'null' if sample['latency_ms'] is None else sample['latency_ms']}::integer, "
        + f"'{moment_of(n)}'::timestamptz)"
        for number in (1, 2)
        for n, sample in enumerate(samples_of(number))
    )
    return (
        f"with ai_eval_runs ({key}) as (values {runs}), ai_eval_samples "
        f"(run_id, {', '.join(RATES.values())}, latency_ms, created_at) as (values {samples}) "
    )
