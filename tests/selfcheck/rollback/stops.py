"""A database on which a running rollback can be stopped at any point, looked at, and struck."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial

import psycopg

from rollgate.rehearsal.apply import Applied, apply_file
from tests.selfcheck.rollback.steps import HERE, PATIENCE, Routing, Step, connect, routing, versions

#: Whoever stands at a point holds the advisory lock of that number.
STOPPED = """
select pid from pg_locks
where locktype = 'advisory' and granted and objid = %s
  and database = (select oid from pg_database where datname = current_database())
"""


class Stage:
    """One clone with stops; `old` and `new` are routing before and after an undisturbed run.

    `points` are where to strike: every stop of a P0 rollback; unless CI is set, of a lesser step the
    middle and the last.
    """

    points: Sequence[int]

    def __init__(self, conninfo: str, step: Step) -> None:
        self.conninfo = conninfo
        self.step = step
        self.open()
        try:
            self._learn()
        except BaseException:
            self.close()
            raise

    def _learn(self) -> None:
        """Run the step once, undisturbed, to know what to expect of it."""
        self.admin.execute((HERE / "pause.sql").read_bytes())
        self.old = routing(self.admin)
        with self.client() as client:
            apply_file(client, self.step.path)
            row = client.execute("select current_setting('probe.point')::int").fetchone()
        assert row is not None
        self.last = row[0]
        every = self.step.whole or "CI" in os.environ
        self.points = range(1, self.last + 1) if every else (self.last // 2, self.last)
        self.new = routing(self.admin)
        self.again = self._result()
        assert self.old != self.new, f"{self.step.path.name} has nothing to do here"
        self.restore()

    def open(self) -> None:
        """Connect the test's own session, anew after a crash; no trigger fires in it."""
        self.admin = connect(self.conninfo, session_replication_role="replica")

    def client(self, **settings: object) -> psycopg.Connection:
        """Connect an operator."""
        return connect(self.conninfo, **settings)

    def restore(self) -> None:
        """Go back to the old rows, and stop nobody."""
        self.stop_at(0)
        self.admin.execute(
            """
            truncate public.ai_provider_configs;
            insert into public.ai_provider_configs overriding system value table probe.saved
            """
        )
        self.before = versions(self.admin)

    def stop_at(self, point: int) -> None:
        """Have whoever comes there wait; 0 lets everybody go on."""
        self.admin.execute("update probe.stop set point = %s", (point,))

    @contextmanager
    def stopped(
        self, point: int, **settings: object
    ) -> Iterator[tuple[int, psycopg.Connection, Future[Applied]]]:
        """Run the step until a point: the backend's pid, the client's connection, what will become of it."""
        self.stop_at(point)
        client = self.client(**settings)
        with running(partial(apply_file, client, self.step.path)) as outcome:
            try:
                yield self.arrived(point), client, outcome
            finally:
                if not self.admin.closed:
                    self.stop_at(0)
                wait([outcome])
                client.close()

    def arrived(self, point: int) -> int:
        """Wait until somebody stands at a point, and return its pid."""
        found: list[int] = []

        def looked() -> bool:
            found[:] = [row[0] for row in self.admin.execute(STOPPED, (point,))]
            return bool(found)

        eventually(looked, f"nobody came to point {point}")
        return found[0]

    def left(self, pid: int) -> None:
        """Wait until a backend is gone."""
        query = "select 1 from pg_stat_activity where pid = %s"
        eventually(lambda: self.admin.execute(query, (pid,)).fetchone() is None, f"backend {pid} stays")

    def check(self, *allowed: str) -> str:
        """Return the state, one of `allowed`; then run the step again and see that it finishes the job."""
        unchanged = versions(self.admin) == self.before
        found = routing(self.admin)
        state = "old" if unchanged else "new" if found == self.new else "between"
        assert state in allowed, f"found the state `{state}`, needed {allowed}: {found}"
        self.stop_at(0)
        after = self._result()
        assert after == (self.new if state == "old" else self.again)
        self.restore()
        return state

    def close(self) -> None:
        """Close the test's own session."""
        self.admin.close()

    def _result(self) -> Routing:
        with self.client() as client:
            apply_file(client, self.step.path)
        return routing(self.admin)


@contextmanager
def running(work: Callable[[], Applied]) -> Iterator[Future[Applied]]:
    """Run the client beside the test."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


def eventually(happened: Callable[[], bool], otherwise: str) -> None:
    """Wait for something that another process does, for as long as a slow machine may need."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.001)
