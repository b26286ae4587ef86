"""What goes on while an operator changes routing: readers that poll, and writers of telemetry."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from rollgate.release import Topology
from tests.selfcheck.rollback.steps import HERE, Routing, connect

WRONG = (HERE / "watching.sql").read_text()
DEFAULTS = "select environment, provider from public.ai_provider_configs where is_default order by 1"
SERVING = """
select environment, provider from public.ai_provider_configs
where is_default and enabled and weight > 0 order by 1
"""
SHARES = "select environment, provider, enabled, weight from public.ai_provider_configs order by 1, 2"
INSERT = """
insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, output_site_json, request_id, selected_provider, route_strategy)
values ('generation', 'hash', 'a site', 'openai', '{"pages": 1}', gen_random_uuid(), 'openai', 'weighted')
"""


class Worker:
    """One connection that does the same thing until it is told to stop; `done` counts, `errors` are kept."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._stop = threading.Event()
        self.done = 0
        self.errors: list[str] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn and end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._work()
            except psycopg.Error as error:
                self.errors.append(f"{error.sqlstate}: {error}")
                return
            self.done += 1


class Reader:
    """Polls routing as fast as it can: what was wrong, and the shares that it saw."""

    def __init__(self, connection: psycopg.Connection, topology: Topology) -> None:
        self._connection = connection
        alone = len(topology.routes) == 1 and topology.name == "single-db"
        watched = list(topology.routes) if alone else ["staging", "prod"]
        self._asked = {"watched": watched, "alone": alone}
        self.wrong: list[tuple] = []
        self.seen: set[tuple] = set()
        self.worker = Worker(self._look)

    def _look(self) -> None:
        self.wrong += self._connection.execute(WRONG, self._asked).fetchall()
        with self._connection.transaction():
            self._connection.execute("set transaction isolation level repeatable read, read only")
            defaults = self._read(DEFAULTS)
            serving = self._read(SERVING)
            if defaults != serving:
                self.wrong.append(("pair", defaults, serving))
        self.seen.add(tuple(self._read(SHARES)))

    def _read(self, query: str) -> Routing:
        return self._connection.execute(query).fetchall()


@contextmanager
def reading(conninfo: str, topology: Topology) -> Iterator[Reader]:
    """Poll while the block lasts."""
    with connect(conninfo, lock_timeout="50ms") as connection:
        reader = Reader(connection, topology)
        try:
            yield reader
        finally:
            reader.worker.stop()


@contextmanager
def writing(conninfo: str) -> Iterator[Worker]:
    """Insert telemetry while the block lasts; whoever makes it wait 50 ms for a lock makes it fail."""
    with connect(conninfo, lock_timeout="50ms") as connection:
        worker = Worker(lambda: _execute(connection, INSERT))
        try:
            yield worker
        finally:
            worker.stop()


def _execute(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(statement)
