"""Two operators at once, or an operator and a session that takes rows: one correct state, no deadlock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import combinations_with_replacement
from pathlib import Path

import psycopg
import pytest

from rollgate.plugin.plan import RUN
from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, Topology
from rollgate.server.cluster import Cluster
from tests.selfcheck.rollback.steps import Routing, Step, connect, find_steps, incident, routing
from tests.selfcheck.rollback.stops import Stage, eventually, running

pytestmark = pytest.mark.thorough

Begin = Callable[[psycopg.Connection], None]

RACES = 24
DEADLOCK = "deadlock detected"
TAKE = "select from public.ai_provider_configs where id = (select {} (id) from probe.saved) for update"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread the races over what may meet in each topology whose rollback is its own."""
    steps = find_steps(metafunc.config.stash[RUN].release)
    if "race" in metafunc.fixturenames:
        races = [
            (step.topology, (first, second))
            for step in steps
            if step.whole
            for first, second in combinations_with_replacement(_files(step.topology, steps), 2)
            if step.path in (first, second)
        ]
        metafunc.parametrize("race", races, ids=[_race_id(*race) for race in races])


def _files(topology: Topology, steps: list[Step]) -> list[Path]:
    """Return what operators may run at the same time: the steps for the topology, its overlay, another P0."""
    return [
        *(each.path for each in steps if each.topology == topology or each.whole),
        topology.overlay,
    ]


def _race_id(topology: Topology, files: tuple[Path, Path]) -> str:
    names = ["overlay" if file == topology.overlay else file.stem.replace("_", "-") for file in files]
    return f"{topology.name}-{names[0]}-against-{names[1]}"


def test_the_second_operator_comes_after_the_first(stage: Stage) -> None:
    with (
        stage.client() as second,
        stage.stopped(stage.last) as (_, _, first),
        running(partial(apply_file, second, stage.step.path)) as later,
    ):
        _until_it_waits(stage, second)
        stage.stop_at(0)
        assert first.result().rows
        assert later.result().rows
    assert routing(stage.admin) == stage.again


def test_a_session_that_takes_the_rows_in_another_order_makes_no_deadlock_error(stage: Stage) -> None:
    with stage.client() as session, stage.client(deadlock_timeout="300ms") as operator:
        session.execute("begin")
        session.execute(TAKE.format("max"))
        with running(partial(apply_file, operator, stage.step.path)) as outcome:
            _until_it_waits(stage, operator)
            with suppress(psycopg.errors.DeadlockDetected):
                session.execute(TAKE.format("min"))
            session.execute("rollback")
            error = outcome.exception()
    assert error is None or (isinstance(error, ApplyError) and error.sqlstate == "55P03"), error
    stage.check("new" if error is None else "old")


def _until_it_waits(stage: Stage, client: psycopg.Connection) -> None:
    query = "select 1 from pg_locks where pid = %s and not granted"
    waits = partial(stage.admin.execute, query, (client.info.backend_pid,))
    eventually(lambda: waits().fetchone() is not None, "it doesn't wait")


def test_two_operators_at_once_end_in_one_correct_state(
    rehearsal: Rehearsal, cluster: Cluster, race: tuple[Topology, tuple[Path, Path]]
) -> None:
    topology, files = race
    log = cluster.directory / "server.log"
    start = log.stat().st_size
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
        connect(conninfo) as one,
        connect(conninfo) as two,
        ThreadPoolExecutor(2) as pool,
    ):
        for begin in (incident, _incident_without_openai):
            allowed = [_in_turn(one, topology, begin, order) for order in (files, files[::-1])]
            for turn in range(RACES // 2):
                _prepare(one, topology, begin)
                barrier = threading.Barrier(2, timeout=30)
                pairs = zip((one, two) if turn % 2 else (two, one), files, strict=True)
                tried = [pool.submit(_at_once, barrier, client, file) for client, file in pairs]
                answers = [each.result() for each in tried]
                assert set(answers) <= {"done", "55000"}, answers  # 55000: the file is another topology's
                assert "done" in answers
                assert routing(one) in allowed
    assert DEADLOCK not in log.read_text()[start:]


def test_a_collision_would_be_noticed(
    rehearsal: Rehearsal, cluster: Cluster, release: Release, tmp_path: Path
) -> None:
    """The races above can fail: these two take the same rows, each in its own order."""
    files = []
    for order in (("openai", "custom"), ("custom", "openai")):
        changes = [
            f"update public.ai_provider_configs set weight = 1 where provider = '{each}';" for each in order
        ]
        files.append(tmp_path / f"{order[0]}.sql")
        files[-1].write_text("select pg_sleep(0.02);".join(changes))
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(next(iter(release.topologies.values())))) as conninfo,
        connect(conninfo, deadlock_timeout="10ms") as one,
        connect(conninfo, deadlock_timeout="10ms") as two,
        ThreadPoolExecutor(2) as pool,
    ):
        answers: set[str] = set()
        for _ in range(100):
            barrier = threading.Barrier(2, timeout=30)
            pairs = zip((one, two), files, strict=True)
            tried = [pool.submit(_at_once, barrier, client, file) for client, file in pairs]
            answers |= {each.result() for each in tried}
            if "40P01" in answers:
                break
    assert "40P01" in answers
    assert DEADLOCK in (cluster.directory / "server.log").read_text()


def _at_once(barrier: threading.Barrier, client: psycopg.Connection, file: Path) -> str:
    barrier.wait()
    try:
        apply_file(client, file)
    except ApplyError as error:
        return error.sqlstate
    return "done"


def _in_turn(
    client: psycopg.Connection, topology: Topology, begin: Begin, files: tuple[Path, ...]
) -> Routing:
    _prepare(client, topology, begin)
    alone = threading.Barrier(1)
    for file in files:
        _at_once(alone, client, file)
    return routing(client)


def _prepare(client: psycopg.Connection, topology: Topology, begin: Begin) -> None:
    """Roll out, then have the incident begin."""
    apply_file(client, topology.overlay)
    begin(client)


def _incident_without_openai(client: psycopg.Connection) -> None:
    """Have two operators find the same row missing."""
    incident(client)
    client.execute("delete from public.ai_provider_configs where provider = 'openai'")
