"""The ingest SQL on a real server: all of it or nothing, once, whatever the text and the client."""

from __future__ import annotations

import statistics
import uuid

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollgate.evals.names import METRICS, P95, RATES
from tests.evals.test_eval_view import continuous_percentile
from tests.selfcheck.evals.conftest import BASELINES, counts, mixed, paste, record, samples


@pytest.mark.parametrize("layout", BASELINES)
def test_a_second_paste_adds_nothing_and_says_so(layout, command, database):
    made = command(mixed(), layout=layout)
    notices: list[str] = []
    with database(layout) as connection:
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        (first,) = paste(connection, made.sql)
        before = counts(connection)
        (second,) = paste(connection, made.sql)
        assert counts(connection) == before
    assert (first.pop("ingest"), second.pop("ingest")) == ("added", "was there already: nothing added")
    assert first == second
    run = made.report.run_id
    assert str(first["run_id"]) == run
    assert notices == [f"run {run}: 47 samples added", f"run {run} was ingested before: nothing was added"]


@pytest.mark.parametrize("layout", BASELINES)
def test_view_and_report_say_the_same(layout, command, database):
    made = command(mixed(), layout=layout)
    with database(layout) as connection:
        (row,) = paste(connection, made.sql)
    for metric in made.report.metrics:
        assert row[metric.name] == pytest.approx(metric.value, abs=1e-9), metric.name
    assert row["total_records"] == made.report.records


choices = st.fixed_dictionaries(
    {
        **{name: st.booleans() for name in RATES.values()},
        "latency_ms": st.none() | st.integers(0, 400_000) | st.integers(0, 2**31 - 1),
        "selected_provider": st.sampled_from([None, "openai", "custom"]),
        "defaulted": st.lists(st.sampled_from(sorted(RATES.values())), max_size=2),
    }
)


@pytest.mark.parametrize("layout", BASELINES)
def test_records_report_and_view_agree_whatever_the_records_are(layout, command, database):
    with database(layout) as connection:

        @settings(deadline=None, max_examples=25)
        @given(st.lists(choices, min_size=1, max_size=30))
        def agree(facts):
            made = command([record(n, **each) for n, each in enumerate(facts)], layout=layout)
            (row,) = paste(connection, made.sql)
            known = [each["latency_ms"] for each in facts if each["latency_ms"] is not None]
            wanted = {
                **{name: statistics.fmean(each[of] for each in facts) for name, of in RATES.items()},
                P95: continuous_percentile(known, 0.95) if known else None,
            }
            assert row["total_records"] == len(facts)
            for metric in made.report.metrics:
                for found in (row[metric.name], metric.value):
                    assert found == pytest.approx(wanted[metric.name], abs=0.001), metric.name

        agree()


def test_it_ingests_whatever_state_the_rollout_started_from(baseline, command, database):
    layout = "sitecraft" if baseline == "sitecraft" else "v2"
    made = command(mixed(), layout=layout)
    with database(baseline=baseline) as connection:
        assert [paste(connection, made.sql)[0]["ingest"] for _ in range(2)] == [
            "added",
            "was there already: nothing added",
        ]
        assert len(samples(connection, made.report.run_id)) == 47


@pytest.mark.parametrize("layout", BASELINES)
def test_service_role_may_ingest(layout, command, database):
    made = command(mixed(), layout=layout)
    with database(layout) as connection:
        connection.execute("set role service_role")
        assert paste(connection, made.sql)[0]["ingest"] == "added"


@pytest.mark.parametrize("layout", BASELINES)
def test_the_same_content_of_another_time_is_the_same_run(layout, command, database):
    first = command(mixed(), "--finished-at", "2026-02-16T03:00:00Z", layout=layout)
    later = command(None, "--finished-at", "2026-02-17T03:00:00Z", layout=layout)
    assert first.report.run_id < later.report.run_id
    with database(layout) as connection:
        paste(connection, first.sql)
        (shown,) = paste(connection, later.sql)
    assert shown["ingest"] == "was there already: nothing added"
    assert str(shown["run_id"]) == first.report.run_id


def test_every_column_of_v2_has_its_value(command, database):
    made = command(mixed(), "--commit-sha", "abc", "--dataset-ref", "set-1", "--run-type", "shadow")
    with database() as connection:
        paste(connection, made.sql)
        (run,) = connection.execute("select * from public.ai_eval_runs").fetchall()
        rows = samples(connection, made.report.run_id)
    assert str(run["run_id"]) == made.report.run_id
    assert (run["run_type"], run["triggered_by"], run["commit_sha"]) == ("shadow", "manual", "abc")
    assert (run["dataset_ref"], run["status"]) == ("set-1", "failed")
    assert run["thresholds"]["schema_valid_rate"] == {"min": 0.99}
    assert run["thresholds"]["p95_latency_ms"] == {"max": 45000}
    assert run["started_at"] == run["finished_at"] == made.report.finished_at
    assert run["metadata"]["gates"] == {each.name: each.gate for each in made.report.metrics}
    assert len(rows) == 47
    for row, wanted in zip(rows, mixed(), strict=True):
        assert row["metadata"].pop("recordId") == wanted.pop("record_id")
        assert row["metadata"].get("defaulted") == wanted.pop("defaulted", None)
        request = wanted.pop("request_id")
        assert row["request_id"] == (None if request is None else uuid.UUID(request))
        assert {name: row[name] for name in wanted} == wanted


def test_every_column_of_sitecraft_has_its_value(command, database):
    made = command(mixed(), "--run-type", "shadow", "--commit-sha", "abc", layout="sitecraft")
    with database("sitecraft") as connection:
        paste(connection, made.sql)
        (run,) = connection.execute(
            "select * from public.ai_eval_runs where id = %s", (made.report.run_id,)
        ).fetchall()
        rows = samples(connection, made.report.run_id)
    assert (run["run_type"], run["status"]) == ("online_shadow", "failed")
    assert run["dataset_ref"] == "records.jsonl"
    assert run["provider"] is None
    assert run["metrics"]["total_records"] == 47
    assert set(METRICS) <= run["metrics"].keys()
    assert run["metadata"]["triggeredBy"] == "manual"
    assert run["metadata"]["commitSha"] == "abc"
    assert run["metadata"]["thresholds"]["fallback_rate"] == {"max": 0.25}
    assert run["completed_at"] == made.report.finished_at
    for row, wanted in zip(rows, mixed(), strict=True):
        assert row["sample_key"] == wanted["record_id"]
        assert row["provider"] == row["selected_provider"] == wanted["selected_provider"]
        assert row["metadata"] == {
            "recordId": wanted["record_id"],
            "requestId": wanted["request_id"],
            "requestedProvider": wanted["requested_provider"],
            "selectedProvider": wanted["selected_provider"],
            "routeStrategy": wanted["route_strategy"],
            "fallbackUsed": wanted["fallback_used"],
            **({"defaulted": wanted["defaulted"]} if "defaulted" in wanted else {}),
        }
        assert row["fallback_used"] is wanted["fallback_used"]
        assert row["latency_ms"] == wanted["latency_ms"]


@pytest.mark.parametrize(("layout", "run_type", "stored"), [
    ("v2", "shadow", "shadow"), ("v2", "offline", "offline"), ("v2", "canary", "canary"),
    ("sitecraft", "shadow", "online_shadow"), ("sitecraft", "offline", "offline"),
])  # fmt: skip
@pytest.mark.parametrize(("count", "valid"), [(40, True), (40, False), (5, True)])
def test_types_and_statuses_are_those_of_the_layout(
    layout, run_type, stored, count, valid, command, database
):
    made = command(
        [record(n, schema_valid=valid) for n in range(count)], "--run-type", run_type, layout=layout
    )
    key = "run_id" if layout == "v2" else "id"
    with database(layout) as connection:
        paste(connection, made.sql)
        run = connection.execute(
            f"select run_type, status, metadata ->> 'gate' as gate from public.ai_eval_runs where {key} = %s",
            (made.report.run_id,),
        ).fetchone()
    assert run == {"run_type": stored, "status": made.report.status, "gate": made.report.gate}


@pytest.mark.parametrize("wanted", BASELINES)
def test_the_wrong_layout_is_refused_before_anything_is_written(wanted, command, database):
    other = next(each for each in BASELINES if each != wanted)
    made = command(mixed(), layout=wanted)
    with database(other) as connection:
        before = counts(connection)
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as caught:
            paste(connection, made.sql)
        connection.execute("rollback")
        assert counts(connection) == before
    assert f"this file is for the {wanted} layout; found: {other}; nothing was written" in str(caught.value)
    assert caught.value.diag.message_hint == f"Generate it again with --schema-variant {other}."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("drop table public.ai_eval_runs cascade", "found: no eval tables"),
        ("alter table public.ai_eval_runs add completed_at timestamptz", "found: neither"),
        ("drop view public.ai_eval_run_summary_v1", "lack what Phase 2 adds"),
        ("alter table public.ai_eval_samples drop training_example_id", "lack what Phase 2 adds"),
    ],
)
def test_a_database_without_the_release_is_refused(change, said, command, database):
    made = command(mixed())
    with database() as connection:
        connection.execute(change.encode())
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match=said):
            paste(connection, made.sql)
        connection.execute("rollback")


@pytest.mark.parametrize("keys_are", ["clean", "bigint-id", "integer-id"])
def test_a_sample_is_linked_to_its_training_example_whatever_its_key_is(keys_are, command, database):
    with database(baseline=keys_are) as connection:
        ids = [row["id"] for row in connection.execute("select id from public.ai_training_examples limit 5")]
        strangers = ["no id", "00000000-0000-4000-8000-00000000000f", "-1", "1e3", "007", "2147483648",
                     "9223372036854775808", "99999999999999999999", " 1", "\u0661"]  # fmt: skip
        keys = [str(each) for each in ids] + strangers
        made = command([record(n, record_id=each) for n, each in enumerate(keys)])
        paste(connection, made.sql)
        rows = connection.execute(
            "select metadata ->> 'recordId' as record_id, training_example_id from public.ai_eval_samples"
        ).fetchall()
    linked = {row["record_id"]: row["training_example_id"] for row in rows}
    assert linked == {**{str(each): each for each in ids}, **dict.fromkeys(strangers)}


def test_sitecraft_gets_hash_and_model_of_the_training_example(command, database):
    with database("sitecraft") as connection:
        example = connection.execute(
            "select * from public.ai_training_examples where model is not null"
        ).fetchone()
        assert example
        made = command([record(1), record(2, record_id=str(example["id"]))], layout="sitecraft")
        paste(connection, made.sql)
        stranger, linked = sorted(
            samples(connection, made.report.run_id), key=lambda row: row["training_example_id"] is not None
        )
    taken = [("prompt_hash", "prompt_hash"), ("model", "model"), ("training_example_id", "id")]
    assert {name: linked[name] for name, _ in taken} == {name: example[of] for name, of in taken}
    assert {stranger[name] for name, _ in taken} == {None}


def test_nothing_to_ingest_is_said(command, database):
    made = command(b"")
    with database() as connection:
        assert paste(connection, made.sql) == [{"ingest": "nothing to ingest"}]
        assert counts(connection) == {"runs": 0, "samples": 0}
