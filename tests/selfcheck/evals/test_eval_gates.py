"""The gates of tests/evals are seen red on databases that were broken for them, and green on whole ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest

from rollgate.evals.latest import queries
from rollgate.evidence.record import GateRecord
from rollgate.gates import find_evidence
from rollgate.open_gate import OpenGate
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN
from rollgate.target.query import ask_all
from rollgate.target.session import read_only_session
from rollgate.target.target import Target
from rollgate.verdict import Outcome, Severity
from tests.evals import test_eval_view as view
from tests.evals import test_latest_run as newest
from tests.selfcheck.evals.conftest import BASELINES, Command, paste, record

Gate = Callable[..., None]
EVIDENCE = find_evidence([BUILTIN / "evidence"])


def opened(test: Gate) -> OpenGate:
    (mark,) = (each for each in test.pytestmark if each.name == "gate")  # type: ignore[attr-defined]
    plan = GateRecord(
        id="gate", target="prod", subject="evals", title="", prevents="", sections=(), checks=(),
        severity=Severity(mark.kwargs.get("severity", "error")), outcome=Outcome.ERROR,
    )  # fmt: skip
    return OpenGate(plan)


@pytest.fixture
def judge(rehearsal, release):
    """Ask a gate of a live target about the database that a connection is open to."""

    def judge(
        test: Callable[..., None], connection: psycopg.Connection[Any], **changed: object
    ) -> GateRecord:
        gate = opened(test)
        target = Target(release.topologies["prod"], live=True)
        failed = EVIDENCE["failed-eval-gates"].query
        about = (
            SimpleNamespace(**{**vars(release), "shown": release.shown, **changed}) if changed else release
        )
        with read_only_session(connection.info.dsn) as session:
            asked = (*queries(about.thresholds), failed)
            told = newest.Told.of(ask_all(session, asked), asked)
            test(gate, target, lambda target: told, about)
        return gate.close()

    return judge


FIGURES = newest.test_newest_run_keeps_its_thresholds
AGE = newest.test_newest_run_is_fresh


def found(judged: GateRecord) -> dict[str, tuple[str, str]]:
    """Return outcome and severity by what the violation is about, without the run's id."""
    return {
        " ".join(each.object.split()[2:]) or each.object.split()[0]: (str(each.outcome), str(each.severity))
        for each in judged.violations
    }


def ingested(
    command: Command, connection: psycopg.Connection[Any], records: Sequence[dict], layout: str, *more: str
):
    made = command(records, *more, layout=layout)
    paste(connection, made.sql)
    return made


@pytest.mark.parametrize("layout", BASELINES)
def test_a_run_that_proves_its_figures_passes(layout, command, database, judge):
    with database(layout) as connection:
        made = ingested(command, connection, [record(n, latency_ms=n) for n in range(800)], layout)
        judged = judge(FIGURES, connection)
        assert judge(AGE, connection).outcome is Outcome.PASS
    assert judged.outcome is Outcome.PASS, judged.violations
    assert {each.name: (each.value, each.n, each.evidence) for each in judged.metrics} == {
        each.name: (each.value, each.n, each.evidence) for each in made.report.metrics
    }
    assert {each.evidence for each in judged.metrics} == {"PROVEN"}


def test_figures_that_miss_their_thresholds_fail(command, database, judge):
    with database() as connection:
        records = [
            record(n, schema_valid=n % 2 == 0, fallback_used=True, latency_ms=50_000) for n in range(800)
        ]
        ingested(command, connection, records, "v2")
        judged = judge(FIGURES, connection)
    assert judged.outcome is Outcome.FAIL
    assert judged.severity is Severity.ERROR
    assert found(judged) == dict.fromkeys(
        ("schema_valid_rate", "fallback_rate", "p95_latency_ms"), ("FAIL", "error")
    )
    (failed,) = [table for table in judged.evidence if table.name == "failed-eval-gates"]
    assert failed.total == 3


def test_a_threshold_that_is_missed_by_chance_fails_too(command, database, judge):
    with database() as connection:
        ingested(command, connection, [record(n, schema_valid=n > 0) for n in range(40)], "v2")
        judged = judge(FIGURES, connection)
    assert judged.outcome is Outcome.FAIL
    assert "found 0.975, needed >= 0.99; n = 40, INCONCLUSIVE" in judged.violations[0].detail


def test_figures_on_few_samples_are_held(command, database, judge):
    with database() as connection:
        ingested(command, connection, [record(n) for n in range(40)], "v2")
        judged = judge(FIGURES, connection)
    assert (judged.outcome, judged.severity) == (Outcome.HOLD, Severity.WARNING)
    assert set(found(judged)) == {
        "schema_valid_rate", "patch_apply_success", "safety_html_tailwind_compliance", "p95_latency_ms",
    }  # fmt: skip


def test_fewer_samples_than_a_gate_needs_are_held(command, database, judge):
    with database() as connection:
        ingested(command, connection, [record(n, schema_valid=False) for n in range(29)], "v2")
        judged = judge(FIGURES, connection)
    assert (judged.outcome, judged.severity) == (Outcome.HOLD, Severity.WARNING)
    assert judged.violations[0].detail == "found 29 samples, needed 30: its metrics are not judged"


@pytest.mark.parametrize("layout", BASELINES)
def test_defaults_are_no_evidence(layout, command, database, judge):
    with database(layout) as connection:
        records = [record(n, defaulted=["patch_apply_success"], latency_ms=None) for n in range(800)]
        ingested(command, connection, records, layout)
        judged = judge(FIGURES, connection)
    assert (judged.outcome, judged.severity) == (Outcome.HOLD, Severity.WARNING)
    assert set(found(judged)) == {"patch_apply_success", "p95_latency_ms"}


@pytest.mark.parametrize("test", [FIGURES, AGE])
@pytest.mark.parametrize("change", ["", "drop table public.ai_eval_runs cascade"])
def test_no_run_is_no_evidence_and_no_failure(test, change, database, judge):
    with database() as connection:
        connection.execute(change.encode())
        judged = judge(test, connection)
    assert (judged.outcome, judged.severity) == (Outcome.HOLD, Severity.WARNING)


def test_a_run_in_progress_is_not_judged(command, database, judge):
    with database() as connection:
        connection.execute(
            "insert into public.ai_eval_runs (run_id, run_type, started_at)"
            " values (gen_random_uuid(), 'canary', now() - interval '2 days')"
        )
        assert judge(FIGURES, connection).outcome is Outcome.HOLD
        ingested(command, connection, [record(n, latency_ms=n) for n in range(800)], "v2")
        assert judge(FIGURES, connection).outcome is Outcome.PASS
        judged = judge(AGE, connection)
    assert (judged.outcome, judged.severity) == (Outcome.FAIL, Severity.WARNING)
    assert "began more than a day ago" in judged.violations[0].detail


@pytest.mark.parametrize(("hours", "outcome"), [(35, Outcome.PASS), (37, Outcome.FAIL)])
def test_an_old_run_is_a_nightly_that_did_not_run(hours, outcome, command, database, judge):
    with database() as connection:
        ingested(command, connection, [record(n) for n in range(40)], "v2")
        connection.execute(
            "update public.ai_eval_runs set finished_at = now() - make_interval(hours => %s)", (hours,)
        )
        judged = judge(AGE, connection)
    assert judged.outcome is outcome
    assert judged.severity is Severity.WARNING


def test_the_newest_run_is_the_one_that_is_judged(command, database, judge):
    with database() as connection:
        fine = [record(n, latency_ms=n) for n in range(800)]
        ingested(command, connection, fine, "v2", "--finished-at", "2026-02-16T03:00:00Z")
        later = [{**each, "schema_valid": False} for each in fine]
        ingested(command, connection, later, "v2", "--finished-at", "2026-02-17T03:00:00Z")
        judged = judge(FIGURES, connection)
    assert found(judged) == {"schema_valid_rate": ("FAIL", "error")}
    assert judged.timeline
    (track,) = [each for each in judged.timeline.tracks if each.name == "schema_valid_rate"]
    assert [(each.state, each.value) for each in track.spans] == [("ok", 1.0), ("bad", 0.0)]


def test_a_run_that_says_failed_is_not_passed_over(command, database, judge):
    with database() as connection:
        records = [record(n, latency_ms=n, edited_after_generate=n % 2 == 0) for n in range(800)]
        ingested(command, connection, records, "v2", "--min-edit-after-generate-rate", "0.9")
        judged = judge(FIGURES, connection)
    assert (judged.outcome, judged.severity) == (Outcome.FAIL, Severity.WARNING)
    assert "edit_after_generate_rate: found 0.5, needed >= 0.9" in judged.violations[0].detail


def test_without_thresholds_nothing_is_judged(command, database, judge):
    with database() as connection:
        ingested(command, connection, [record(n) for n in range(40)], "v2")
        judged = judge(FIGURES, connection, thresholds={})
        assert judge(AGE, connection, thresholds={}).outcome is Outcome.PASS
    assert judged.outcome is Outcome.HOLD


#: The real view gets another name, so that a sabotaged one can take its place.
SUMMARY = "alter view public.ai_eval_run_summary_v1 rename to summary;"
SABOTAGES = {
    "another-percentile": (
        SUMMARY
        + """
        create view public.ai_eval_run_summary_v1 as
        select run_id, total_records, schema_valid_rate, patch_apply_success, edit_after_generate_rate,
          publish_conversion_proxy, safety_html_tailwind_compliance, fallback_rate,
          p95_latency_ms + 1 as p95_latency_ms, first_sample_at, last_sample_at
        from public.summary
        """,
        "p95_latency_ms",
    ),
    "a-run-is-missing": (
        SUMMARY
        + """
        create view public.ai_eval_run_summary_v1 as
        select * from public.summary where run_id <> (select max(run_id::text)::uuid from public.summary)
        """,
        "order",
    ),
    "a-trigger-that-adds-runs": (
        """
        create function public.more() returns trigger language plpgsql as $$
        begin
          insert into public.ai_eval_runs (run_id, run_type, metadata)
          values (gen_random_uuid(), 'canary', '{}');
          return null;
        end
        $$;
        create trigger more after insert on public.ai_eval_samples
        for each statement execute function public.more()
        """,
        "order",
    ),
}

pipeline = view.pipeline


def test_known_samples_advise_nobody_to_roll_back(tmp_path, capsys):
    """Their figures breach; beside a failed gate pytest would print what the command advises."""
    view.run_pipeline(tmp_path, "v2", 1)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_what_breaks_the_summary_is_caught_by_the_pipeline(sabotage, rehearsal, pipeline):
    change, about = SABOTAGES[sabotage]
    assert about in about_what("v2", rehearsal, pipeline, change)


@pytest.mark.parametrize("layout", BASELINES)
def test_a_whole_rollout_passes_the_pipeline(layout, rehearsal, pipeline):
    assert about_what(layout, rehearsal, pipeline, "") == set()


def test_a_second_execution_that_adds_is_caught(rehearsal, pipeline):
    """The file as an ingest without an identity would write it: each execution makes a run of its own."""

    def careless(layout: str) -> view.Runs:
        once = "coalesce(there::text, run ->> 'run_id')"
        return {
            number: (
                sql.replace("where %1$I = $1 or metadata ->> ''contentDigest'' = $2 limit 1", "where false")
                .replace("((run ->> 'run_id')::uuid,", "(current_setting('rollgate.eval_run')::uuid,")
                .replace(once, "gen_random_uuid()::text"),
                report,
            )
            for number, (sql, report) in pipeline(layout).items()
        }

    assert "a second execution" in about_what("v2", rehearsal, careless, "")


def test_a_layout_without_a_starting_state_is_told_and_decides_nothing(release, rehearsal, pipeline):
    states = {name: files for name, files in release.baselines.items() if name != "sitecraft"}
    fewer = SimpleNamespace(release=replace(release, baselines=states))
    gate = opened(view.test_ingested_runs_appear)
    target = Target(release.topologies["prod"], live=False)
    view.test_ingested_runs_appear(gate, target, cast(Rehearsal, fewer), pipeline, "sitecraft")
    record = gate.close()
    assert (record.outcome, record.severity) == (Outcome.HOLD, Severity.WARNING)
    assert "no starting state `sitecraft`" in record.violations[0].detail


def about_what(
    layout: str, rehearsal: Rehearsal, pipeline: Callable[[str], view.Runs], change: str
) -> set[str]:
    """Return what the violations of the pipeline's gate are about, on a rollout that was changed."""
    topology = rehearsal.release.topologies["prod"]
    databases = rehearsal.databases
    name = databases.clone(rehearsal.rolled_out(topology, BASELINES[layout]))
    try:
        with databases.connect(name, autocommit=True) as connection:
            connection.execute(change.encode())
        changed = SimpleNamespace(
            databases=databases, release=rehearsal.release, rolled_out=lambda topology, baseline: name
        )
        gate = opened(view.test_ingested_runs_appear)
        target = Target(topology, live=False)
        view.test_ingested_runs_appear(gate, target, cast(Rehearsal, changed), pipeline, layout)
    finally:
        databases.drop(name)
    return {each.object.partition(": ")[2] for each in gate.close().violations}
