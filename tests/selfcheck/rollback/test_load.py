"""Under load: readers see one default at any time, and writers don't wait."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from rollgate.plugin.plan import RUN
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, Topology
from tests.selfcheck.rollback.steps import connect, find_steps, routing, take_over
from tests.selfcheck.rollback.stops import Stage, eventually
from tests.selfcheck.rollback.traffic import INSERT, SHARES, Reader, reading, writing

ROUNDS = 200

#: Locks of one session on tables and indexes, apart from the catalog's and the stops' own.
LOCKED = """
select distinct l.relation::regclass::text, l.mode
from pg_locks l
join pg_class c on c.oid = l.relation
left join pg_index i on i.indexrelid = c.oid
where l.pid = %s and l.database = (select oid from pg_database where datname = current_database())
  and coalesce(i.indrelid, c.oid) = 'public.ai_training_examples'::regclass
"""

#: The same change in two transactions: what a rollback must never be.
IN_TWO = """
update public.ai_provider_configs set enabled = false, is_default = false, weight = 0;
commit;
select pg_sleep(0.01);
update public.ai_provider_configs set enabled = true, is_default = true, weight = 100
where provider = 'openai'
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread tests over the topologies whose rollbacks differ."""
    if "busy" in metafunc.fixturenames:
        steps = find_steps(metafunc.config.stash[RUN].release)
        topologies = [step.topology for step in steps if step.whole]
        metafunc.parametrize("busy", topologies, ids=[each.name for each in topologies])


@pytest.fixture
def database(rehearsal: Rehearsal, busy: Topology) -> Iterator[str]:
    """A clone of the rolled-out topology."""
    with rehearsal.databases.cloned(rehearsal.rolled_out(busy)) as conninfo:
        yield conninfo


def test_every_file_of_the_rollback_folder_is_tested(release: Release) -> None:
    steps = find_steps(release)
    folders = {step.path.parent for step in steps}
    assert {path for folder in folders for path in folder.glob("*.sql")} == {step.path for step in steps}


def test_readers_and_writers_notice_nothing(database: str, busy: Topology, release: Release) -> None:
    files = [step.path for step in find_steps(release) if step.topology == busy]
    with (
        connect(database) as operator,
        reading(database, busy) as reader,
        writing(database) as writer,
    ):
        shown = {_shares(operator)}
        for turn in range(ROUNDS):
            take_over(operator)
            shown.add(_shares(operator))
            for path in (files[turn % len(files)], busy.overlay):
                apply_file(operator, path)
                shown.add(_shares(operator))
    assert reader.wrong == []
    assert reader.worker.errors == []
    assert writer.errors == []
    assert reader.seen <= shown  # nothing but what the files leave
    assert len(reader.seen) > 1  # and it did look while they ran
    assert writer.done > 0


def test_a_reader_would_notice_a_change_in_two_transactions(database: str, busy: Topology) -> None:
    """The reader of the test above can fail."""
    with connect(database) as operator, reading(database, busy) as reader:
        eventually(lambda: reader.worker.done > 0, "the reader doesn't start")
        eventually(partial(_noticed, operator, reader), "it sees nothing")


def test_a_writer_would_notice_a_lock(database: str, busy: Topology) -> None:
    """The writer of the tests here can fail."""
    with connect(database) as operator, writing(database) as writer:
        operator.execute("begin; lock table public.ai_training_examples in share mode")
        eventually(lambda: bool(writer.errors), "it doesn't wait")
        operator.execute("rollback")
    assert writer.errors[0].startswith("55P03")


def test_nobody_waits_wherever_the_rollback_stands(stage: Stage) -> None:
    """It holds no lock on the telemetry; a writer writes, a reader reads the old routing."""
    with connect(stage.conninfo, lock_timeout="50ms") as other:
        for point in stage.points:
            with stage.stopped(point) as (pid, _, _):
                assert stage.admin.execute(LOCKED, (pid,)).fetchall() == []
                other.execute(INSERT)
                assert routing(other) == stage.old
            stage.restore()


def _noticed(operator: psycopg.Connection, reader: Reader) -> bool:
    operator.execute(IN_TWO)
    return bool(reader.wrong)


def _shares(client: psycopg.Connection) -> tuple:
    return tuple(client.execute(SHARES).fetchall())
