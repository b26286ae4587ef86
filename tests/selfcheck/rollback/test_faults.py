"""Whatever is killed or cut: routing is as it was or as it should be, and a re-run finishes the job."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release
from rollgate.server.cluster import Cluster
from rollgate.server.databases import Databases
from tests.selfcheck.rollback.crashing import CrashingServer, crashing_server
from tests.selfcheck.rollback.steps import Step, find_steps, prepared, psql, routing
from tests.selfcheck.rollback.stops import Stage, eventually, running
from tests.selfcheck.rollback.wire import wire_to

pytestmark = pytest.mark.thorough

FULL = "CI" in os.environ
SEED = 20260215
INSTANTS = 50 if FULL else 8
#: Of the points at which a server is killed, every n-th: a restart costs a tenth of a second.
STRIDE = 1 if FULL else 2


def test_every_statement_and_row_and_the_commit_is_a_point(stage: Stage) -> None:
    """Else the tests below would strike beside it."""
    with stage.stopped(stage.last) as (_, _, outcome):
        assert routing(stage.admin) == stage.old  # all is done, nothing is committed
    assert outcome.result().rows
    assert routing(stage.admin) == stage.new
    changed = sum(old != new for old, new in zip(stage.old, stage.new, strict=True))
    assert stage.last >= 2 * changed + 2  # a row and its commit, a statement's start and end
    stage.restore()


def test_a_terminated_backend_leaves_the_old_state(stage: Stage) -> None:
    for point in stage.points:
        with stage.stopped(point) as (pid, _, outcome):
            stage.admin.execute("select pg_terminate_backend(%s)", (pid,))
            assert isinstance(outcome.exception(), ApplyError)
        stage.left(pid)
        stage.check("old")


def test_a_cancelled_rollback_leaves_the_old_state(stage: Stage) -> None:
    for point in stage.points:
        with stage.stopped(point) as (pid, client, outcome):
            stage.admin.execute("select pg_cancel_backend(%s)", (pid,))
            error = outcome.exception()
            assert isinstance(error, ApplyError)
            assert error.sqlstate == "57014"
            assert not client.closed
        stage.check("old")


def test_a_backend_killed_while_it_waits_for_the_lock_leaves_the_old_state(stage: Stage) -> None:
    with stage.client() as holder, stage.client() as client:
        holder.execute("begin; lock table public.ai_provider_configs in share row exclusive mode")
        with running(partial(apply_file, client, stage.step.path)) as outcome:
            _wait_for_lock(stage, client.info.backend_pid)
            stage.admin.execute("select pg_terminate_backend(%s)", (client.info.backend_pid,))
            assert isinstance(outcome.exception(), ApplyError)
        holder.execute("rollback")
    stage.check("old")


def test_psql_killed_at_any_point_leaves_one_state(stage: Stage, with_psql: Cluster) -> None:
    """The file goes statement by statement: from the end of the change on, the state is the new one."""
    for point in stage.points:
        stage.stop_at(point)
        client = psql(with_psql, stage.conninfo, stage.step.path)
        pid = stage.arrived(point)
        client.kill()
        client.communicate()
        stage.stop_at(0)
        stage.left(pid)
        stage.check("old", "new")


def test_a_backend_of_psql_killed_at_any_point_leaves_the_old_state(stage: Stage, with_psql: Cluster) -> None:
    for point in stage.points:
        stage.stop_at(point)
        client = psql(with_psql, stage.conninfo, stage.step.path, "-v", "ON_ERROR_STOP=1")
        pid = stage.arrived(point)
        stage.admin.execute("select pg_terminate_backend(%s)", (pid,))
        assert "57P01" in client.communicate()[1]
        assert client.returncode
        stage.left(pid)
        stage.check("old")


@pytest.mark.parametrize("watchful", [False, True], ids=["server-finds-out-late", "server-finds-out-at-once"])
def test_a_connection_cut_while_the_rollback_runs_leaves_one_state(stage: Stage, *, watchful: bool) -> None:
    interval = "2ms" if watchful else "0"
    for point in stage.points:
        with stage.stopped(point, client_connection_check_interval=interval) as (pid, client, outcome):
            with socket.socket(fileno=os.dup(client.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)
            assert isinstance(outcome.exception(), ApplyError)
            if watchful:
                stage.left(pid)
        stage.left(pid)
        stage.check("old" if watchful else "new")


def test_a_question_that_arrives_in_part_changes_nothing(stage: Stage, cluster: Cluster) -> None:
    size = len(stage.step.path.read_bytes()) + 6  # the message: its kind, its length, the text, a NUL
    for sent in (0, 1, 5, size // 2, size - 1):
        _run_over_breaking_wire(stage, cluster, "question", sent)
        assert stage.check("old") == "old", sent


def test_an_answer_that_is_lost_leaves_the_new_state(stage: Stage, cluster: Cluster) -> None:
    for received in (0, 1, 40):
        _run_over_breaking_wire(stage, cluster, "answer", received)
        assert stage.check("new") == "new", received


def _run_over_breaking_wire(stage: Stage, cluster: Cluster, direction: str, size: int) -> None:
    with wire_to(cluster.host) as wire:
        client = psycopg.connect(make_conninfo(stage.conninfo, host=wire.host), autocommit=True)
        pid = client.info.backend_pid
        wire.break_after(direction, size)
        with pytest.raises(ApplyError):
            apply_file(client, stage.step.path)
        client.close()
    stage.left(pid)


def test_a_backend_terminated_at_any_instant_leaves_one_state(stage: Stage) -> None:
    """No stops: whatever the moment hits, the lock, the change, the commit or the answer."""
    chance = random.Random(SEED)  # noqa: S311
    for _ in range(INSTANTS):
        with stage.client() as client:
            pid = client.info.backend_pid
            with running(partial(apply_file, client, stage.step.path)) as outcome:
                time.sleep(chance.uniform(0, 0.003))
                stage.admin.execute("select pg_terminate_backend(%s)", (pid,))
                failed = outcome.exception() is not None
        stage.left(pid)
        stage.check(*(("old", "new") if failed else ("new",)))


@pytest.fixture(scope="module")
def server(cluster: Cluster) -> Iterator[CrashingServer]:
    """A server of its own: its death must not be that of the other tests."""
    with crashing_server(cluster.binaries) as server:
        yield server


@pytest.fixture(scope="module")
def doomed_stages(server: CrashingServer, release: Release) -> Iterator[dict[Step, Stage]]:
    """Databases with stops on that server; nobody drops them, they go with it."""
    with Databases(server.cluster) as databases:
        rehearsal = Rehearsal(release, databases)
        names = {step: databases.clone(prepared(rehearsal, step)) for step in find_steps(release)}
    stages = {step: Stage(server.cluster.dsn(name), step) for step, name in names.items()}
    for stage in stages.values():
        stage.close()
    yield stages
    for stage in stages.values():
        stage.close()


@pytest.fixture
def doomed(doomed_stages: dict[Step, Stage], step: Step) -> Iterator[Stage]:
    """What the step starts from, with stops, on that server."""
    stage = doomed_stages[step]
    stage.open()
    stage.restore()
    yield stage
    stage.close()


def test_a_server_killed_at_any_point_comes_back_with_the_old_state(
    doomed: Stage, server: CrashingServer
) -> None:
    """SIGKILL to the postmaster and all that it started, then crash recovery from the same folder."""
    for point in doomed.points[::STRIDE]:
        with doomed.stopped(point) as (_, _, outcome):
            doomed.admin.close()
            server.kill()
            assert isinstance(outcome.exception(), ApplyError)
        server.start()
        doomed.open()
        doomed.stop_at(0)
        doomed.check("old")


def test_a_server_killed_after_the_answer_comes_back_with_the_new_state(
    doomed: Stage, server: CrashingServer
) -> None:
    with doomed.client() as client:
        apply_file(client, doomed.step.path)
        server.kill()
    doomed.admin.close()
    server.start()
    doomed.open()
    doomed.check("new")


def test_a_backend_killed_by_the_kernel_leaves_the_old_state(doomed: Stage, server: CrashingServer) -> None:
    """Out of memory, say: the server ends every session, recovers, and goes on by itself."""
    with doomed.stopped(doomed.last) as (pid, _, outcome):
        os.kill(pid, signal.SIGKILL)
        assert isinstance(outcome.exception(), ApplyError)
        eventually(partial(_lost, doomed.admin), "the server doesn't notice")
        doomed.admin.close()
    eventually(partial(_accepts, doomed), "the server doesn't come back")
    doomed.open()
    doomed.stop_at(0)
    doomed.check("old")


def _lost(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return True
    return False


def _accepts(stage: Stage) -> bool:
    try:
        stage.client().close()
    except psycopg.OperationalError:
        return False
    return True


def _wait_for_lock(stage: Stage, pid: int) -> None:
    query = "select 1 from pg_locks where pid = %s and not granted"
    eventually(lambda: stage.admin.execute(query, (pid,)).fetchone() is not None, "it waits for nothing")
