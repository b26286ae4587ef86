"""Rolling windows, from the database's one query, against a reference that looks at every row."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollgate.release import Release
from rollgate.soak.course import Course, courses_of
from rollgate.soak.facts import Facts, read_facts
from rollgate.soak.figures import percentile_is_over
from rollgate.soak.query import rows_of
from rollgate.soak.rows import read_rows
from rollgate.soak.window import Window
from rollgate.target.query import ask_all

MINUTE = datetime.timedelta(minutes=1)
LENGTH = 30 * MINUTE
STEP = 5 * MINUTE
BEGAN = datetime.datetime(2026, 2, 16, 9, 2, 30, tzinfo=datetime.UTC)
LONG = 150

Row = dict[str, Any]

ROW = st.fixed_dictionaries(
    {
        "minute": st.floats(-5, LONG + 5, allow_nan=False),
        "schemaValid": st.sampled_from([True, True, False, None, "true"]),
        "fallback_used": st.booleans(),
        "written": st.sampled_from([True, True, True, False]),
        "latency_ms": st.sampled_from([None, 100, 44999, 45000, 45001, 59000, 60001, 200000]),
        "latencyMs": st.sampled_from([None, 10, 50000.5]),
        "source": st.sampled_from(["generation", "generation_cached", "publish"]),
    }
)


@pytest.fixture(scope="module")
def connection(rehearsal, release) -> Iterator[psycopg.Connection[Any]]:
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(release.topologies["staging"])) as conninfo,
        psycopg.connect(conninfo) as connection,
    ):
        connection.execute("truncate public.ai_training_examples cascade")
        connection.commit()
        yield connection


def insert(connection: psycopg.Connection[Any], rows: list[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into public.ai_training_examples (source, prompt, provider, site_id, output_site_json,"
            " metadata, selected_provider, fallback_used, fallback_provider, latency_ms, created_at)"
            " values (%s, 'p', 'openai', gen_random_uuid(), '{}', %s, %s, %s, 'custom', %s, %s)",
            [
                (
                    row["source"],
                    json.dumps(
                        {
                            "capturedAt": "now",
                            **{key: row[key] for key in ("schemaValid", "latencyMs") if row[key] is not None},
                        }
                    ),
                    "openai" if row["written"] else None,
                    row["fallback_used"],
                    row["latency_ms"],
                    BEGAN + row["minute"] * MINUTE,
                )
                for row in rows
            ],
        )


def value_of(row: Row, figure: str) -> Any:
    """What a row says of a figure, by the contract; None where it says nothing."""
    if figure == "schema_valid_rate":
        return row["schemaValid"] if isinstance(row["schemaValid"], bool) else None
    if figure == "fallback_rate":
        return row["fallback_used"] if row["written"] else None
    return row["latency_ms"] if row["latency_ms"] is not None else row["latencyMs"]


def percentile(values: list[float]) -> float:
    ranked = sorted(values)
    place = 0.95 * (len(ranked) - 1)
    low = math.floor(round(place, 9))
    part = round(place - low, 9)
    return ranked[low] + (ranked[min(low + 1, len(ranked) - 1)] - ranked[low]) * part


def expected(rows: list[Row], figure: str) -> dict[datetime.datetime, tuple[int, bool, bool]]:
    """For each whole window that has rows: how many tell the figure, and whether it breaches, or acts."""
    until = BEGAN + LONG * MINUTE
    at = BEGAN.replace(hour=0, minute=0, second=0)
    found = {}
    while at + LENGTH <= until:
        at += STEP
        if at < BEGAN or at + LENGTH > until:
            continue
        times = [(BEGAN + row["minute"] * MINUTE, row) for row in rows if row["source"] != "publish"]
        inside = [row for time, row in times if at <= time < at + LENGTH]
        if not inside:
            continue
        values = [value_of(row, figure) for row in inside]
        told = [value for value in values if value is not None]
        if figure == "p95_latency_ms":
            p95 = percentile(told) if told else 0
            found[at] = (len(told), p95 > 45000, p95 > 60000)
        else:
            share = sum(told) / len(told) if told else None
            low = figure == "schema_valid_rate"
            found[at] = (
                len(told),
                share is not None and (share < 0.99 if low else share > 0.25),
                share is not None and (share < 0.98 if low else share > 0.40),
            )
    return found


def courses(
    connection: psycopg.Connection[Any], release: Release, *, enough: int = 1
) -> tuple[dict[str, Course], Facts]:
    ask = lambda *queries: ask_all(connection, queries)  # noqa: E731
    facts = read_facts(ask, release.soak, routes=("staging",), nonce="0")
    window = Window.of(BEGAN, BEGAN + LONG * MINUTE, 24)
    rows = read_rows(ask, release.soak, release.thresholds, facts, window, minutes=30)
    rows_of(rows.overall)
    return {course.figure.name: course for course in courses_of(rows, minutes=30, enough=enough)}, facts


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=40))
def test_every_window_is_what_its_rows_say(connection, release, rows):
    with connection.transaction(force_rollback=True):
        insert(connection, rows)
        found, _ = courses(connection, release)
    for figure in ("schema_valid_rate", "fallback_rate", "p95_latency_ms"):
        seen = {
            each.began: (each.reading.n, each.reading.breaking, each.reading.acting)
            for each in found[figure].windows
        }
        assert seen == expected(rows, figure), figure


@given(st.lists(st.integers(0, 100), min_size=1, max_size=200), st.integers(0, 100))
def test_the_side_of_a_percentile_is_exact(values, bound):
    below = [value for value in values if value <= bound]
    above = [value for value in values if value > bound]
    side = percentile_is_over(
        len(values), len(above), max(below, default=None), min(above, default=None), bound
    )
    exact = percentile([float(value) for value in values])
    assert side == (exact > bound + 1e-9)


def steady(
    bad: list[tuple[float, float]], *, every: float = 0.5, holes: Sequence[tuple[float, float]] = ()
) -> list[Row]:
    """Rows at a steady rate: those of the minutes in `bad` are invalid, those in `holes` are left out."""
    rows = []
    for number in range(int(LONG / every)):
        minute = number * every
        if any(begins <= minute < ends for begins, ends in holes):
            continue
        valid = not any(begins <= minute < ends for begins, ends in bad)
        rows.append(
            {
                "minute": minute,
                "schemaValid": valid,
                "fallback_used": False,
                "written": True,
                "latency_ms": 100,
                "latencyMs": None,
                "source": "generation",
            }
        )
    return rows


@pytest.mark.parametrize(
    ("bad", "holes", "pairs"),
    [
        pytest.param([], [], False, id="all-good"),
        pytest.param([(32.5, 92.5)], [], True, id="an-hour"),
        pytest.param([(100, 104)], [], True, id="across-a-step"),
        pytest.param([(33, 33.5)], [], False, id="one-row"),
        pytest.param([(32.5, 62.5), (92.5, 122.5)], [], True, id="half-hours-with-one-between"),
        pytest.param([(2.5, 32.5), (92.5, 122.5)], [(32.5, 92.5)], True, id="nothing-told-in-between"),
        pytest.param([(2.5, 12.5)], [(12.5, 150)], False, id="traffic-stops-after-a-breach"),
    ],
)
def test_two_in_a_row_fail(connection, release, bad, holes, pairs):
    with connection.transaction(force_rollback=True):
        insert(connection, steady(bad, holes=holes))
        found, _ = courses(connection, release, enough=10)
    assert bool(found["schema_valid_rate"].breaches) == pairs


def test_windows_with_too_few_rows_count_as_neither(connection, release):
    with connection.transaction(force_rollback=True):
        insert(connection, steady([(0, LONG)], every=2))
        few, _ = courses(connection, release, enough=30)
        enough, _ = courses(connection, release, enough=15)
    assert few["schema_valid_rate"].pairs == []
    assert enough["schema_valid_rate"].breaches


def test_the_window_of_a_day_is_found_by_an_index(connection, release):
    """60,000 rows in 30 days: what is asked of one day scans the table in no query."""
    with connection.transaction(force_rollback=True):
        connection.execute(
            "insert into public.ai_training_examples (source, prompt, provider, output_site_json,"
            " selected_provider, created_at) select 'generation', 'p', 'openai', '{}', 'openai',"
            " now() - n * interval '43.2 seconds' from generate_series(1, 60000) as n"
        )
        connection.execute("analyze public.ai_training_examples")
        ask = lambda *queries: ask_all(connection, queries)  # noqa: E731
        facts = read_facts(ask, release.soak, routes=("staging",), nonce="0")
        window = Window.of(facts.now - datetime.timedelta(hours=24), facts.now, 24)
        rows = read_rows(ask, release.soak, release.thresholds, facts, window, minutes=30)
        for name, query in rows.queries.items():
            plan = "\n".join(line for (line,) in connection.execute(f"explain {query}".encode()))
            assert "Seq Scan on ai_training_examples" not in plan, name
            # From PostgreSQL 18 on it may be another one: those behind its first column can be skipped to.
            assert "idx_ai_training_examples_" in plan, name
