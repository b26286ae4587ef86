"""The rehearsal in place leaves no trace, whatever comes in between, and says why where it can't be made."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from rollgate.rehearsal import in_place
from rollgate.rehearsal.findings import Findings
from rollgate.rehearsal.inside import run_inside
from rollgate.rehearsal.witness import Witness
from rollgate.target.target import Target
from rollgate.verdict import Outcome
from tests.selfcheck.in_place.conftest import SEQUENCE

CUSTOM_SERVES = """
update public.ai_provider_configs set is_default = false where environment = 'staging';
update public.ai_provider_configs set is_default = true, updated_at = '2026-01-02 03:04:05.678901+00'
where environment = 'staging' and provider = 'custom'
"""


def outcomes(seen: Findings) -> list[tuple[Outcome, str]]:
    return [(each.outcome, each.severity.value) for each in seen.violations]


def test_it_leaves_every_byte_and_every_version_of_a_row(staging):
    staging.sql(CUSTOM_SERVES)
    before = staging.rows
    seen = staging.rehearse()
    assert staging.rows == before
    assert (seen.violations, seen.fate) == ([], "aborted")
    assert {each.outcome for each in seen.judged} == {Outcome.PASS}
    assert seen.finally_.rows == seen.before.rows
    assert seen.after.values != seen.before.values


def test_a_missing_row_is_made_and_its_number_given_back(staging):
    staging.sql(
        "delete from public.ai_provider_configs where environment = 'staging' and provider = 'openai'"
    )
    before, sequence = staging.rows, staging.sql(SEQUENCE)
    seen = staging.rehearse()
    assert seen.violations == []
    assert len(seen.after.rows) == len(seen.before.rows) + 1
    assert (staging.rows, staging.sql(SEQUENCE)) == (before, sequence)


def test_a_number_that_could_not_be_given_back_is_a_warning(staging, monkeypatch):
    staging.sql(
        "delete from public.ai_provider_configs where environment = 'staging' and provider = 'openai'"
    )
    monkeypatch.setattr(in_place, "put_numbers_back", lambda *_: None)
    seen = staging.rehearse()
    assert outcomes(seen) == [(Outcome.FAIL, "warning")]
    assert "skip some" in seen.violations[0].detail


def test_a_rollback_that_does_not_do_its_work_fails_its_gate(staging):
    seen = staging.with_rollback(
        "update public.ai_provider_configs set weight = 1 where environment = 'staging';"
    ).rehearse()
    assert seen.violations == []
    assert [each.outcome for each in seen.judged] == [Outcome.FAIL]
    assert not seen.sound


def test_a_rollback_that_fails_is_a_failure_with_its_message(staging):
    seen = staging.with_rollback("update public.ai_provider_configs set weight = -1;").rehearse()
    assert outcomes(seen) == [(Outcome.FAIL, "error")]
    assert "ai_provider_configs_weight_check" in seen.violations[0].detail
    assert seen.fate == "aborted"


def test_a_commit_that_escapes_is_said_loudly(staging, monkeypatch):
    monkeypatch.setattr(in_place, "UNDO", "commit")
    seen = staging.rehearse()
    assert seen.fate == "committed"
    assert "NOT ROLLED BACK" in seen.violations[0].detail
    assert outcomes(seen) == [(Outcome.FAIL, "error")]
    before = seen.before.values
    assert tuple(row.text for row in seen.finally_.rows) != before
    staging.sql(seen.violations[0].remedy.partition(":\n")[2])
    with Witness(staging.conninfo) as witness:
        assert witness.look().values == before, "and the SQL that is shown mends it"


def test_a_commit_within_a_do_block_is_refused_by_the_server(staging, monkeypatch):
    """Should the reading of the file ever miss one."""
    from rollgate.rehearsal.lexer import split

    before = staging.rows
    statements = tuple(split("do $$ begin update public.ai_provider_configs set weight = 7; commit; end $$"))
    seen = in_place.rehearse(staging.conninfo, staging.target, statements, staging.rules)
    assert outcomes(seen) == [(Outcome.FAIL, "error")]
    assert "2D000" in seen.violations[0].detail
    assert staging.rows == before


@pytest.mark.parametrize(
    "hold",
    [
        "update public.ai_provider_configs set weight = weight",
        "select from public.ai_provider_configs for update",
        "lock table public.ai_provider_configs in access exclusive mode",
    ],
    ids=["updated", "locked-rows", "locked-table"],
)
def test_rows_that_somebody_holds_are_a_hold_that_names_the_holder(staging, monkeypatch, hold):
    begin = tuple(each.replace("'2s'", "'50ms'") for each in in_place.BEGIN)
    monkeypatch.setattr(in_place, "BEGIN", begin)
    with psycopg.connect(staging.conninfo, application_name="somebody") as other:
        other.execute(hold)
        seen = staging.rehearse()
        assert outcomes(seen)[0] == (Outcome.HOLD, "error")
        assert f"pid {other.info.backend_pid}" in seen.violations[0].detail
        assert "somebody" in seen.violations[0].detail


def test_a_role_that_can_only_read_is_a_hold_that_says_what_it_lacks(staging):
    staging.sql(
        "drop role if exists in_place_reader; create role in_place_reader login bypassrls; "
        "grant usage on schema public to in_place_reader; "
        "grant select on public.ai_provider_configs to in_place_reader"
    )
    try:
        seen = staging.rehearse(psycopg.conninfo.make_conninfo(staging.conninfo, user="in_place_reader"))
    finally:
        staging.sql("drop owned by in_place_reader; drop role in_place_reader")
    assert outcomes(seen) == [(Outcome.HOLD, "error")]
    assert "INSERT, UPDATE on public.ai_provider_configs for in_place_reader" in seen.violations[0].detail


def test_a_session_that_is_read_only_by_default_stays_so(staging):
    seen = staging.rehearse(
        psycopg.conninfo.make_conninfo(staging.conninfo, options="-c default_transaction_read_only=on")
    )
    assert outcomes(seen) == [(Outcome.HOLD, "error")]
    assert "25006" in seen.violations[0].detail


def test_a_backend_that_is_killed_in_the_middle_leaves_the_rows(staging, monkeypatch):
    before = staging.rows

    def killed(connection, statements, *asked):
        run_inside(connection, statements)
        staging.sql(f"select pg_terminate_backend({connection.info.backend_pid}, 5000)")
        return run_inside(connection, (), *asked)

    monkeypatch.setattr(in_place, "run_inside", killed)
    seen = staging.rehearse()
    assert outcomes(seen) == [(Outcome.HOLD, "error")]
    assert "the connection broke" in seen.violations[0].detail
    assert (seen.fate, seen.finally_.rows) == ("aborted", seen.before.rows)
    assert staging.rows == before


def test_rows_that_somebody_else_changes_meanwhile_are_a_hold(staging, monkeypatch):
    undone = in_place._require_undone

    def changed(*arguments):
        staging.sql("update public.ai_provider_configs set timeout_ms = 1234 where provider = 'custom'")
        undone(*arguments)

    monkeypatch.setattr(in_place, "_require_undone", changed)
    seen = staging.rehearse()
    assert outcomes(seen) == [(Outcome.HOLD, "error")]
    assert "staging/custom" in seen.violations[0].detail
    assert "aborted" in seen.violations[0].detail


@pytest.mark.parametrize("marks", ["prod", "single-db", "none"])
def test_a_database_that_another_overlay_has_marked_is_not_written_to(staging, monkeypatch, marks):
    env = "metadata - 'env'" if marks == "none" else f'metadata || \'{{"env": "{marks}"}}\''
    staging.sql(f"update public.ai_provider_configs set metadata = {env}")
    monkeypatch.setattr(in_place, "connect", None)  # the only way to a connection that writes
    seen = staging.rehearse()
    assert outcomes(seen) == [(Outcome.HOLD, "error")]
    assert "nothing was run" in seen.violations[0].detail


def test_a_trigger_that_writes_elsewhere_is_a_warning(staging):
    staging.sql(
        "create table public.audit (at timestamptz); "
        "create function public.audits() returns trigger language plpgsql as "
        "'begin insert into public.audit values (now()); return new; end'; "
        "create trigger audits after update on public.ai_provider_configs for each row "
        "execute function public.audits()"
    )
    seen = staging.rehearse()
    assert outcomes(seen) == [(Outcome.FAIL, "warning")]
    assert seen.violations[0].object == "public.audit"
    assert staging.sql("select * from public.audit") == []


def test_only_live_targets_that_serve_no_prod_are_rehearsed_in_place(staging, release):
    allowed = {
        name
        for name, topology in release.topologies.items()
        if in_place.is_allowed(Target(topology, live=True))
    }
    assert allowed == {"staging"}
    assert not in_place.is_allowed(replace(staging.target, live=False))
