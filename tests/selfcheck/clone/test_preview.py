"""A rollout tried on a clone: of any state, with Supabase's furniture, and seen red where it must be."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rollgate.errors import UsageError
from rollgate.rehearsal.preview import NoPreview, Previews
from rollgate.rehearsal.seen import look
from rollgate.target.belonging import ROUTING
from rollgate.target.session import read_only_session
from rollgate.verdict import is_blocking

pytestmark = pytest.mark.thorough


def run_sql(conninfo: str, text: str) -> psycopg.Cursor:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return connection.execute(text.encode())


@pytest.fixture
def rolled_out(rehearsal, staging):
    """A target that the release was applied to, with traffic."""
    with rehearsal.databases.cloned(rehearsal.with_traffic(staging.topology)) as conninfo:
        yield conninfo


@pytest.fixture
def phase1(rehearsal):
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        yield conninfo


@pytest.mark.parametrize("state", ["clean", "bigint-id", "sitecraft", "half-applied", "narrow-configs"])
def test_a_rollout_works_on_a_clone_of_each_state(rehearsal, preview, state):
    with rehearsal.databases.cloned(rehearsal.baseline(state)) as conninfo:
        seen = preview(conninfo)
    assert seen.refused is None
    assert seen.differences == ()
    assert [each.id for each in (*seen.gates, *seen.rollback_gates) if is_blocking(each)] == []
    assert {(each.kind, each.name) for each in seen.rollback_changes} == {("row", ROUTING)}
    assert any(each.kind == "relation" for each in seen.steps[0].changes)


def test_a_rollout_that_is_applied_already_changes_nothing(rolled_out, preview):
    seen = preview(rolled_out)
    assert {each.changes for each in seen.steps} == {()}
    assert [each.id for each in (*seen.gates, *seen.rollback_gates) if is_blocking(each)] == []


def test_the_target_is_left_as_it_was(phase1, preview):
    count = "select count(*) from pg_class where relnamespace = 'public'::regnamespace"
    before = run_sql(phase1, count).fetchone()
    preview(phase1)
    assert run_sql(phase1, count).fetchone() == before


def test_routing_rows_are_those_of_the_target(rolled_out, preview):
    run_sql(
        rolled_out, "update public.ai_provider_configs set timeout_ms = 12345 where environment = 'staging'"
    )
    changes = [each for each in preview(rolled_out).steps[-1].changes if '"timeout_ms": 12345' in each.before]
    assert len(changes) == 2


def test_what_supabase_has_around_it_does_not_break_the_clone(supabase, preview):
    seen = preview(supabase)
    assert seen.refused is None
    told = {(each.kind, each.name): each.what for each in seen.differences}
    assert told == {
        ("role", "app_owner"): "stand-in without login",
        ("role", "dashboard_user"): "stand-in without login",
        ("role", "reader"): "stand-in without login",
        ("type", "auth.level"): "stand-in",
        ("relation", "auth.users"): "stand-in",
        ("function", "auth.uid()"): "stand-in",
        ("function", "extensions.next_id(prefix text)"): "stand-in",
        ("function", "supabase_functions.http_request()"): "stand-in",
        ("event trigger", "pgrst_ddl_watch"): "left out",
        ("publication", "supabase_realtime"): "left out",
    }
    blocking = {each.id: [one.object for one in each.violations] for each in seen.gates if is_blocking(each)}
    assert blocking == {}


@pytest.fixture
def on_the_clone(previews_of, staging, monkeypatch):
    """Run something on the clone of a target, in place of the rollout."""

    def run(conninfo, action):
        found = []

        def in_its_place(self, begun, live, clone):
            found.append(action(clone))
            return begun

        monkeypatch.setattr(Previews, "_rehearse", in_its_place)
        previews_of(conninfo).of(staging)
        return found[0]

    return run


def catalog(conninfo: str) -> dict[tuple[str, str], str]:
    with read_only_session(conninfo) as connection:
        return dict(look(connection).objects)


def test_the_clone_has_every_object_of_the_target(supabase, on_the_clone):
    assert on_the_clone(supabase, catalog) == catalog(supabase)


def test_default_privileges_come_along(supabase, on_the_clone):
    """A release that doesn't revoke leaves its tables to anon on such a project, and only there."""

    def make_table(conninfo):
        run_sql(conninfo, "create table public.made_by_a_release (n integer)")
        return run_sql(
            conninfo, "select has_table_privilege('anon', 'public.made_by_a_release', 'insert')"
        ).fetchone()

    assert on_the_clone(supabase, make_table) == (True,)


def test_names_are_found_where_the_sql_editor_finds_them(supabase, on_the_clone):
    assert on_the_clone(supabase, lambda clone: run_sql(clone, "select next_id('y')").fetchone()) == (None,)


def test_a_table_that_the_role_may_not_read_comes_along_all_the_same(supabase, on_the_clone):
    """The catalog is everybody's to read."""
    conninfo = make_conninfo(supabase, user="reader", password="not/so:secret")
    assert on_the_clone(conninfo, catalog) == catalog(supabase)


def test_routing_rows_that_may_not_be_read_hold(supabase, preview):
    run_sql(supabase, "create table public.ai_provider_configs (id bigint primary key)")
    with pytest.raises(NoPreview, match=r"may not read public\.ai_provider_configs"):
        preview(make_conninfo(supabase, user="reader", password="not/so:secret"))


def test_a_file_that_the_target_refuses_is_told_with_its_line(phase1, preview):
    run_sql(phase1, "create table public.ai_eval_runs (number integer)")
    seen = preview(phase1)
    assert seen.refused is not None
    assert "neither the v2 nor the sitecraft layout" in seen.refused.message
    assert (seen.steps, seen.gates, seen.rolled_back) == ((), (), None)
    assert any(each.table == "public.ai_training_examples" for each in seen.held), (
        "what came before it is told"
    )


def test_a_gate_that_the_target_would_fail_is_seen(phase1, preview):
    run_sql(
        phase1,
        "create function public.leak() returns setof public.ai_training_examples language sql"
        " security definer as 'select * from public.ai_training_examples'",
    )
    assert "definer-functions-keep-outsiders-out" in [
        each.id for each in preview(phase1).gates if each.violations
    ]


def test_a_rollback_that_touches_more_is_seen(rolled_out, preview):
    run_sql(
        rolled_out,
        "create table public.log (n integer);"
        "create function public.log() returns trigger language plpgsql as"
        " 'begin insert into public.log values (1); return new; end';"
        "create trigger log after update on public.ai_provider_configs"
        " for each row execute function public.log()",
    )
    assert ("row", "public.log") in {(each.kind, each.name) for each in preview(rolled_out).rollback_changes}


def test_a_rollback_that_is_refused_is_told(rolled_out, preview):
    run_sql(
        rolled_out,
        "create function public.no() returns trigger language plpgsql as"
        " $$ begin raise exception 'not on a Friday'; end $$;"
        "create trigger no before update on public.ai_provider_configs"
        " for each row when (new.weight = 0) execute function public.no()",
    )
    seen = preview(rolled_out)
    assert seen.rollback_refused is not None
    assert seen.rollback_refused.message == "not on a Friday"


def test_a_server_that_cannot_be_had_holds(phase1, run, staging, previews_of):
    previews = previews_of(phase1)

    def none() -> None:
        raise UsageError("the ephemeral server", found="no PostgreSQL", needed="one", fix="install it")

    previews._rehearsal = none
    with pytest.raises(NoPreview, match="no ephemeral server: no PostgreSQL") as caught:
        previews.of(staging)
    assert caught.value.remedy == "install it"


def test_a_locked_table_holds_instead_of_waiting(phase1, preview):
    with psycopg.connect(phase1) as holder:
        holder.execute("lock table public.ai_training_examples in access exclusive mode")
        with pytest.raises(NoPreview, match="lock timeout"):
            preview(phase1)


def test_a_clone_leaves_no_database_behind(phase1, rehearsal, preview):
    preview(phase1)
    with rehearsal.databases.connect("postgres") as connection:
        left = connection.execute(
            "select datname from pg_database where datname like 'clone_of_%'"
        ).fetchall()
    assert left == []
