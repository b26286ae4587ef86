"""Beside a transaction that doesn't end: the migration asks briefly, lets go, tries again, gives up."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.catalog.snapshot import difference, take_snapshot
from rollgate.rehearsal.apply import ApplyError, apply_file
from tests.selfcheck.migration.beside import HOT, INSERT, holding, migrating

pytestmark = pytest.mark.thorough

FEW = "-c rollgate.lock_tries=2"

#: What is undone of a migrated database, so that one step has work to do; what somebody holds; what it says.
STEPS = {
    "routing": (
        "",
        "lock table public.ai_provider_configs in row exclusive mode",
        "another transaction holds public.ai_provider_configs: nothing was changed",
    ),
    "columns": (
        f"alter table {HOT} drop column request_id",
        INSERT,
        "its columns and checks were not added",
    ),
    "nulls": (
        f"alter table {HOT} alter column fallback_used drop not null;"
        f"update {HOT} set fallback_used = null where source = 'patch';"
        f"alter table {HOT} add constraint ai_training_examples_fallback_used_present"
        " check (fallback_used is not null) not valid",
        f"select from {HOT} for update",
        "its nulls were not filled",
    ),
    "not-null": (
        f"alter table {HOT} alter column fallback_used drop not null,"
        " add constraint ai_training_examples_fallback_used_present check (fallback_used is not null)",
        INSERT,
        'its columns were not made "not null"',
    ),
    "evals": (
        "",
        "select from public.ai_eval_samples",
        "another transaction holds the eval tables or their view",
    ),
    "eval-indexes": (
        "drop index public.idx_ai_eval_samples_run_id",
        "lock table public.ai_eval_samples in row exclusive mode",
        "another transaction holds the eval tables",
    ),
    "foreign-key": (
        "alter table public.ai_eval_samples drop constraint ai_eval_samples_training_example_id_fkey",
        INSERT,
        "the eval samples do not refer to it yet",
    ),
    "indexes": (
        "drop index public.idx_ai_training_examples_request_id",
        INSERT,
        "its indexes were not touched",
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_cannot_have_its_lock_gives_up_and_says_who_holds_it(migrated, base, step):
    conninfo, connection = migrated
    before, statement, says = STEPS[step]
    if before:
        connection.execute(before.encode())
    snapshot = take_snapshot(connection)
    with holding(conninfo, statement) as holder:
        with (
            psycopg.connect(conninfo, autocommit=True, options=FEW) as operator,
            pytest.raises(ApplyError) as caught,
        ):
            apply_file(operator, base)
        assert caught.value.sqlstate == "55P03"
        assert says in caught.value.message
        if step != "eval-indexes":
            assert f"pid {holder.info.backend_pid} " in (caught.value.error.diag.message_detail or "")
        assert "run this file again" in (caught.value.error.diag.message_hint or "")
    assert difference(snapshot, take_snapshot(connection)) == []
    apply_file(connection, base)


def test_what_was_done_before_it_gave_up_stays(phase1, base):
    conninfo, connection = phase1
    with (
        holding(conninfo, INSERT),
        psycopg.connect(conninfo, autocommit=True, options=FEW) as operator,
        pytest.raises(ApplyError, match="its columns and checks were not added"),
    ):
        apply_file(operator, base)
    relations = {name for kind, name in take_snapshot(connection).objects if kind == "relation"}
    assert "public.ai_provider_configs" in relations
    assert "public.ai_eval_runs" not in relations


def test_nobody_queues_behind_it_for_long(phase1, base):
    """An inserter that would rather fail than wait a second never does, though the lock can't be had."""
    conninfo, connection = phase1
    with (
        holding(conninfo, INSERT),
        psycopg.connect(conninfo, autocommit=True, options="-c lock_timeout=1s") as writer,
        migrating(conninfo, base, options="-c rollgate.lock_tries=8") as migration,
    ):
        paused = 0
        while not migration.end.done():
            writer.execute(INSERT)
            paused += migration.pauses(connection)
        assert paused, "it was seen pausing, and the writer went on"
        assert "its columns and checks were not added" in str(migration.end.exception())


def test_while_it_pauses_it_keeps_nothing_that_others_wait_for(phase1, base):
    conninfo, connection = phase1
    locks = (
        f"select granted, mode from pg_locks where pid = %s and relation = '{HOT}'::regclass"
        " and exists (select from pg_stat_activity where pid = %s and wait_event = 'PgSleep')"
    )
    with holding(conninfo, INSERT), migrating(conninfo, base) as migration:
        migration.until_it_pauses(connection)
        seen: list[tuple[bool, str]] = []
        while len(seen) < 5:  # it may have woken up between two looks
            seen += connection.execute(locks, (migration.pid, migration.pid)).fetchall()
        connection.execute("select pg_terminate_backend(%s)", (migration.pid,))
    # A look at the locks and one at who sleeps are not one instant: what it asks for is there now and then.
    assert (True, "ShareUpdateExclusiveLock") in seen
    assert not {mode for granted, mode in seen if granted} & {"AccessExclusiveLock", "ShareRowExclusiveLock"}


@pytest.mark.parametrize("state", ["clean", "half-applied"])
def test_it_goes_on_once_the_other_transaction_ends(starting_from, base, roll_out, blocking, state):
    with starting_from(state) as (conninfo, connection):
        with holding(conninfo, INSERT) as holder, migrating(conninfo, base) as migration:
            migration.until_it_pauses(connection)
            holder.commit()
            assert migration.end.exception() is None
        roll_out(connection)
        assert blocking(conninfo) == []


def test_two_at_once_end_as_one(phase1, base, roll_out, blocking):
    conninfo, connection = phase1
    with migrating(conninfo, base) as one, migrating(conninfo, base) as two:
        ends = [each.end.exception() for each in (one, two)]
    assert None in ends
    assert all(end is None or isinstance(end, ApplyError) for end in ends)
    roll_out(connection)
    assert blocking(conninfo) == []
