"""Where the rollback can't do its work it says so at once, says what to do, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release
from rollgate.server.cluster import Cluster
from rollgate.server.databases import Databases
from tests.selfcheck.rollback.crashing import crashing_server
from tests.selfcheck.rollback.refused import Client, Refusal, by_psql, one_query
from tests.selfcheck.rollback.steps import Routing, Step, connect, find_steps, prepared, routing, versions

#: What a session may have done before its owner forgot it.
HOLDS = {
    "select-for-update": "select from public.ai_provider_configs where provider = 'custom' for update",
    "select-for-share": "select from public.ai_provider_configs where environment = 'prod' for share",
    "update": "update public.ai_provider_configs set max_retries = 2 where provider = 'openai'",
    "insert": "insert into public.ai_provider_configs (provider, environment) values ('openai', 'dev')",
    "lock-table": "lock table public.ai_provider_configs in access exclusive mode",
    "alter-table": "alter table public.ai_provider_configs add column note text",
}
#: Attempts at the same time: each has two connections, of the sixty that the server takes.
WAVE = 20

CLIENTS = {"one-query": one_query, "psql": by_psql}

#: Roles belong to the whole server. Both may come in; neither may change routing.
ROLES = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'spectator') then
    create role spectator login bypassrls;
    create role stranger login;
  end if;
end $$;
"""


class Held(NamedTuple):
    """What came of a step while a session held something, and of the next try after that was ended."""

    holder: int
    refusal: Refusal
    before: Routing
    after: Routing
    next_try: Routing
    undisturbed: Routing


@pytest.fixture(scope="module")
def attempts(rehearsal: Rehearsal, release: Release, cluster: Cluster) -> dict[tuple[Step, str, str], Held]:
    """Every step against every hold. Each waits for seconds, so they wait at the same time."""
    clients = ["one-query"]
    if (cluster.binaries.bindir / "psql").is_file():
        clients.append("psql")
    tries = [
        (step, hold, client)
        for step in find_steps(release)
        for hold in HOLDS
        for client in clients
        if _is_tried(step, hold, client)
    ]
    with ExitStack() as stack, ThreadPoolExecutor(WAVE) as pool:
        templates = [prepared(rehearsal, step) for step, _, _ in tries]
        clones = [stack.enter_context(rehearsal.databases.cloned(each)) for each in templates]
        held = pool.map(partial(_attempt, cluster), clones, *zip(*tries, strict=True))
        return dict(zip(tries, held, strict=True))


def _is_tried(step: Step, hold: str, client: str) -> bool:
    """Tell whether to try it. A lesser step begins as the P0 rollback does; one hold shows that."""
    if not step.whole:
        return (hold, client) == ("select-for-update", "one-query")
    return client == "one-query" or hold in ("select-for-update", "lock-table")


def _attempt(cluster: Cluster, conninfo: str, step: Step, hold: str, client: str) -> Held:
    with connect(conninfo) as operator:
        before = versions(operator)
        with operator.transaction(force_rollback=True):
            operator.execute(step.path.read_bytes())
            undisturbed = routing(operator)
    with connect(conninfo) as holder, connect(conninfo) as operator:
        holder.execute("begin")
        holder.execute(HOLDS[hold])
        refusal = CLIENTS[client](cluster, operator, step.path)
        pid = holder.info.backend_pid
        operator.execute("select pg_terminate_backend(%s, 10000)", (pid,))  # as the hint says
        holder.close()
        after = versions(operator)
        apply_file(operator, step.path)
        return Held(pid, refusal, before, after, routing(operator), undisturbed)


def test_a_lock_that_somebody_holds_gives_an_error_that_names_the_holder(
    attempts: dict[tuple[Step, str, str], Held],
) -> None:
    for tried, held in attempts.items():
        where = f"{tried[0].id}, {tried[1]}, {tried[2]}: {held.refusal}"
        assert held.refusal.sqlstate == "55P03", where
        assert held.refusal.message.endswith("nothing was changed"), where
        assert f"pid {held.holder}," in held.refusal.detail, where
        assert "idle in transaction" in held.refusal.detail, where
        assert held.refusal.detail.count("pid ") == 1, where  # and nobody else
        assert "pg_terminate_backend(<pid>)" in held.refusal.hint, where


def test_a_lock_that_somebody_holds_keeps_every_row_as_it_was(
    attempts: dict[tuple[Step, str, str], Held],
) -> None:
    for tried, held in attempts.items():
        assert held.after == held.before, tried


def test_the_next_try_after_the_holder_is_gone_does_the_job(
    attempts: dict[tuple[Step, str, str], Held],
) -> None:
    for tried, held in attempts.items():
        assert held.next_try == held.undisturbed != held.before, tried


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Client:
    """Each way of sending the file."""
    if request.param == "psql":
        request.getfixturevalue("with_psql")
    return CLIENTS[request.param]


@pytest.fixture
def owner(database: str) -> Iterator[psycopg.Connection]:
    """Who prepares the database."""
    with connect(database) as connection:
        connection.execute(ROLES)
        yield connection


def _refused(
    cluster: Cluster,
    owner: psycopg.Connection,
    step: Step,
    client: Client,
    user: str = "postgres",
    **settings: str,
) -> Refusal:
    """Run the step as `user`; see that every row stays as it was."""
    before = versions(owner)
    conninfo = make_conninfo(cluster.dsn(owner.info.dbname), user=user)
    with connect(conninfo, **settings) as operator:
        refusal = client(cluster, operator, step.path)
    assert versions(owner) == before
    return refusal


def test_a_role_that_may_only_read_is_refused(
    cluster: Cluster, owner: psycopg.Connection, step: Step, client: Client
) -> None:
    owner.execute("grant select on public.ai_provider_configs to spectator")
    refusal = _refused(cluster, owner, step, client, "spectator")
    assert refusal.sqlstate == "42501"
    assert "ai_provider_configs" in refusal.message or "spectator" in refusal.message


def test_a_role_that_row_level_security_stops_is_refused_and_told_who_may(
    cluster: Cluster, owner: psycopg.Connection, step: Step, client: Client
) -> None:
    """Without that it would see no row, change none, and say that all is well."""
    owner.execute("grant all on public.ai_provider_configs to stranger")
    refusal = _refused(cluster, owner, step, client, "stranger")
    assert refusal.sqlstate == "42501"
    assert refusal.message == "row level security hides routing rows from role stranger: nothing was changed"
    assert "service_role" in refusal.hint


def test_an_owner_that_row_level_security_is_forced_on_is_refused(
    cluster: Cluster, owner: psycopg.Connection, step: Step, client: Client
) -> None:
    owner.execute("alter table public.ai_provider_configs owner to stranger, force row level security")
    owner.execute("grant create on schema public to stranger")
    refusal = _refused(cluster, owner, step, client, "stranger")
    assert (refusal.sqlstate, "stranger" in refusal.message) == ("42501", True)


def test_a_read_only_session_is_refused(
    cluster: Cluster, owner: psycopg.Connection, step: Step, client: Client
) -> None:
    refusal = _refused(cluster, owner, step, client, default_transaction_read_only="on")
    assert refusal.sqlstate == "25006"
    assert refusal.message.endswith("nothing was changed")
    assert "primary" in refusal.hint


def test_a_database_without_the_table_is_refused(
    cluster: Cluster, owner: psycopg.Connection, step: Step, client: Client
) -> None:
    owner.execute("alter table public.ai_provider_configs rename to elsewhere")
    with connect(cluster.dsn(owner.info.dbname)) as operator:
        refusal = client(cluster, operator, step.path)
    assert refusal.sqlstate == "42P01"
    assert refusal.message.startswith("public.ai_provider_configs is not in this database")
    assert "which project" in refusal.hint


def test_a_standby_refuses(cluster: Cluster, release: Release) -> None:
    """A real one, in recovery: it takes no lock that a write needs."""
    steps = find_steps(release)
    with crashing_server(cluster.binaries) as server:
        with Databases(server.cluster) as databases:
            rehearsal = Rehearsal(release, databases)
            names = {step: databases.clone(prepared(rehearsal, step)) for step in steps}
        server.become_standby()
        for step, name in names.items():
            with connect(server.cluster.dsn(name)) as operator:
                assert operator.execute("select pg_is_in_recovery()").fetchone() == (True,)
                before = versions(operator)
                refusal = one_query(server.cluster, operator, step.path)
                assert (refusal.sqlstate, "primary" in refusal.hint) == ("25006", True)
                assert versions(operator) == before


def test_the_file_of_another_topology_is_refused_and_names_the_right_one(
    cluster: Cluster, rehearsal: Rehearsal, release: Release, step: Step, client: Client
) -> None:
    topologies = [each.topology for each in find_steps(release) if each.whole]
    for topology in (each for each in topologies if each != step.topology):
        with (
            rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
            connect(conninfo) as operator,
        ):
            before = versions(operator)
            refusal = client(cluster, operator, step.path)
            assert versions(operator) == before
        assert refusal.sqlstate == "55000"
        named = [each.path.name for each in find_steps(release) if f" {each.path.name} " in refusal.hint]
        assert len(named) == 1
        assert named != [step.path.name]
