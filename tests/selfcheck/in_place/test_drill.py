"""The drill: rolled back for real, and every byte put back; or the way back in somebody's hands."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.rehearsal import drill as drilling
from rollgate.rehearsal.drill import Drill
from rollgate.rehearsal.restore import keep
from rollgate.verdict import Outcome
from tests.selfcheck.in_place.conftest import SEQUENCE
from tests.selfcheck.in_place.test_in_place import CUSTOM_SERVES, outcomes

pytestmark = pytest.mark.thorough

REFUSES = """
create function public.refuses() returns trigger language plpgsql as
  'begin raise exception ''not on my watch''; end';
create trigger refuses before update on public.ai_provider_configs for each row
  when (not new.is_default and old.is_default) execute function public.refuses()
"""


@pytest.fixture
def meanwhile(monkeypatch):
    """Do something between the commit and the way back."""

    def arrange(act):
        verify = Drill._verify

        def verified(drill):
            verify(drill)
            act()

        monkeypatch.setattr(Drill, "_verify", verified)

    return arrange


def test_the_rollback_is_committed_and_every_byte_comes_back(staging):
    staging.sql(CUSTOM_SERVES)
    staging.sql(
        "update public.ai_provider_configs set metadata = metadata || "
        r"""'{"odd": "it''s $restore$ :before :left_behind \\ \" %s {0}"}'"""
    )
    before, sequence = staging.values, staging.sql(SEQUENCE)
    done = staging.drill()
    assert done.seen.violations == []
    assert {each.outcome for each in done.seen.judged} == {Outcome.PASS}
    assert {each.id for each in done.seen.judged} >= {
        "rollback-leaves-openai-alone",
        "one-default-per-environment",
        "environment-has-a-provider",
    }
    assert done.between.values == done.seen.after.values != done.seen.before.values
    assert (staging.values, staging.sql(SEQUENCE)) == (before, sequence)
    assert staging.files == ["drill-staging.done.sql"]
    assert [name for name, _ in done.seen.steps if "commit" in name or "put back" in name]


def test_a_row_that_the_rollback_made_goes_and_its_number_is_free_again(staging):
    staging.sql(
        "delete from public.ai_provider_configs where environment = 'staging' and provider = 'openai'"
    )
    before, sequence = staging.values, staging.sql(SEQUENCE)
    assert staging.drill().seen.violations == []
    assert (staging.values, staging.sql(SEQUENCE)) == (before, sequence)


def test_rows_that_a_rollback_deletes_come_back_with_their_ids(staging):
    before = staging.values
    done = staging.with_rollback(
        "do $$ begin delete from public.ai_provider_configs where provider = 'custom'; "
        "update public.ai_provider_configs set enabled = true, is_default = true, weight = 100; end $$;"
    ).drill()
    assert done.seen.violations == []
    assert len(done.between.rows) < len(before)
    assert staging.values == before


def test_rows_that_somebody_changed_meanwhile_are_not_overwritten(staging, meanwhile):
    meanwhile(lambda: staging.sql("update public.ai_provider_configs set timeout_ms = 1234 where weight = 0"))
    done = staging.drill()
    (found,) = done.seen.violations
    assert (found.outcome, found.severity.value) == (Outcome.FAIL, "error")
    assert "were changed since the rollback" in found.detail
    assert done.sql in found.remedy
    assert str(done.path) in found.remedy
    assert done.path.read_text() == done.sql
    assert {
        row[0] for row in staging.sql("select timeout_ms from public.ai_provider_configs where weight = 0")
    } == {1234}
    assert staging.files == ["drill-staging.unfinished.sql"]


def test_a_restore_that_fails_leaves_sql_that_finishes_the_job(staging, meanwhile, monkeypatch):
    monkeypatch.setattr(drilling, "PAUSE_S", 0)
    before = staging.values
    meanwhile(
        lambda: staging.sql(
            REFUSES.replace("not new.is_default and old.is_default", "new.provider = 'custom'")
        )
    )
    done = staging.drill()
    (found,) = done.seen.violations
    assert "not on my watch" in found.detail
    assert (found.outcome, staging.values != before) == (Outcome.FAIL, True)
    staging.sql("drop trigger refuses on public.ai_provider_configs")
    staging.sql(done.path.read_text())
    assert staging.values == before
    staging.sql(done.path.read_text())
    assert staging.values == before, "and twice is harmless"


def test_a_way_back_that_is_barred_is_found_before_the_commit(staging):
    staging.sql(CUSTOM_SERVES)
    staging.sql(
        REFUSES.replace("not new.is_default and old.is_default", "new.provider = 'custom' and new.enabled")
    )
    before = staging.rows
    done = staging.drill()
    assert outcomes(done.seen) == [(Outcome.HOLD, "error")]
    assert "not on my watch" in done.seen.violations[0].detail
    assert (staging.rows, staging.files) == (before, [])


def test_a_trigger_that_touches_timestamps_bars_the_way_back(staging):
    staging.sql(
        "create function public.touches() returns trigger language plpgsql as "
        "'begin new.updated_at := clock_timestamp(); return new; end'; "
        "create trigger touches before update on public.ai_provider_configs for each row "
        "execute function public.touches()"
    )
    before = staging.rows
    done = staging.drill()
    assert outcomes(done.seen) == [(Outcome.HOLD, "error")]
    assert "did not become those of before" in done.seen.violations[0].detail
    assert (staging.rows, staging.files) == (before, [])


def test_a_rollback_that_does_not_do_its_work_is_not_committed(staging):
    before = staging.rows
    done = staging.with_rollback(
        "update public.ai_provider_configs set weight = 1 where environment = 'staging';"
    ).drill()
    assert [each.outcome for each in done.seen.judged] == [Outcome.FAIL]
    assert (staging.rows, staging.files, done.between) == (before, [], None)


def test_a_trigger_that_writes_elsewhere_bars_the_drill(staging):
    staging.sql(
        "create table public.audit (at timestamptz); "
        "create function public.audits() returns trigger language plpgsql as "
        "'begin insert into public.audit values (now()); return new; end'; "
        "create trigger audits after update on public.ai_provider_configs for each row "
        "execute function public.audits()"
    )
    before = staging.rows
    done = staging.drill()
    assert (Outcome.HOLD, "error") in outcomes(done.seen)
    assert (staging.rows, staging.files) == (before, [])


def test_a_connection_that_breaks_at_the_commit_still_gets_the_rows_back(staging, monkeypatch):
    before = staging.values
    committing = keep

    def killed(text, path):
        committing(text, path)
        staging.sql(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where application_name = 'rollgate rehearsal' and datname = current_database()"
        )

    monkeypatch.setattr(drilling, "keep", killed)
    done = staging.drill()
    assert (done.seen.fate, outcomes(done.seen)) == ("aborted", [(Outcome.HOLD, "error")])
    assert (staging.values, staging.files) == (before, [])


def test_a_commit_whose_answer_is_lost_is_found_out_and_taken_back(staging, monkeypatch):
    before = staging.values
    execute = psycopg.Connection.execute
    lost: list[list[tuple]] = []

    def deaf(connection, query, *arguments, **options):
        answer = execute(connection, query, *arguments, **options)
        if query == "commit" and not lost:
            lost.append(staging.values)
            connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return answer

    monkeypatch.setattr(psycopg.Connection, "execute", deaf)
    done = staging.drill()
    assert lost[0] != before
    assert (done.seen.violations, done.seen.fate) == ([], "committed")
    assert (staging.values, staging.files) == (before, ["drill-staging.done.sql"])


@pytest.mark.parametrize("restorable", [True, False], ids=["restored", "not-restored"])
def test_ctrl_c_between_commit_and_restore_puts_the_rows_back_or_says_how(staging, meanwhile, restorable):
    before = staging.values

    def interrupt():
        if not restorable:
            staging.sql("update public.ai_provider_configs set timeout_ms = 1234 where weight = 0")
        raise KeyboardInterrupt

    meanwhile(interrupt)
    with pytest.raises(KeyboardInterrupt) as raised:
        staging.drill()
    assert (staging.values == before) is restorable
    assert ("do $restore$" in str(raised.value)) is not restorable
    assert staging.files == [f"drill-staging.{'done' if restorable else 'unfinished'}.sql"]


def test_a_drill_that_was_not_finished_stops_the_next_one(staging, meanwhile, monkeypatch):
    monkeypatch.setattr(Drill, "_restore", lambda drill: None)
    staging.drill(run="first")
    monkeypatch.undo()
    rolled_back = staging.rows
    done = staging.drill(run="second")
    assert outcomes(done.seen) == [(Outcome.FAIL, "error")]
    assert "first" in done.seen.violations[0].detail
    assert staging.rows == rolled_back


def test_a_role_without_delete_is_told_before_the_commit(staging):
    staging.sql(
        "delete from public.ai_provider_configs where environment = 'staging' and provider = 'openai'"
    )
    before = staging.rows
    staging.sql(
        "drop role if exists in_place_writer; create role in_place_writer login bypassrls; "
        "grant usage on schema public to in_place_writer; "
        "grant select, insert, update on public.ai_provider_configs to in_place_writer; "
        "grant usage on all sequences in schema public to in_place_writer"
    )
    try:
        done = staging.drill(psycopg.conninfo.make_conninfo(staging.conninfo, user="in_place_writer"))
    finally:
        staging.sql("drop owned by in_place_writer; drop role in_place_writer")
    assert (Outcome.HOLD, "error") in outcomes(done.seen)
    assert "delete" in done.seen.violations[0].remedy
    assert (staging.rows, staging.files) == (before, [])
