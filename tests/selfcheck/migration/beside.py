"""A migration in one session, and beside it one that holds what it needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from rollgate.rehearsal.apply import Applied, apply_file

HOT = "public.ai_training_examples"
INSERT = (
    f"insert into {HOT} (source, prompt, provider, output_site_json)"
    " values ('generation', 'a site', 'openai', '{}')"
)
PAUSES = "select from pg_stat_activity where pid = %s and wait_event = 'PgSleep'"
PATIENCE = 60.0
"""Seconds after which a hang becomes a failure; nothing here waits that long."""


@dataclass(frozen=True)
class Migration:
    """A file that runs in a thread, and its session's process."""

    end: Future[Applied]
    pid: int

    def pauses(self, connection: psycopg.Connection) -> bool:
        """Tell whether it has let go for the moment, to try again."""
        return connection.execute(PAUSES, (self.pid,)).rowcount == 1

    def until_it_pauses(self, connection: psycopg.Connection) -> None:
        started = time.monotonic()
        while not self.pauses(connection):
            assert not self.end.done(), self.end
            assert time.monotonic() - started < PATIENCE, "it never paused"


@contextmanager
def holding(conninfo: str, statement: str) -> Iterator[psycopg.Connection]:
    """Keep a transaction open that has run a statement, to the end of the block at most."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(statement.encode())
        yield connection
        connection.rollback()


@contextmanager
def migrating(conninfo: str, path: Path, options: str = "") -> Iterator[Migration]:
    """Run a file beside the block; it is waited for at its end."""
    with (
        psycopg.connect(conninfo, autocommit=True, options=options) as connection,
        ThreadPoolExecutor(1) as pool,
    ):
        yield Migration(pool.submit(apply_file, connection, path), connection.info.backend_pid)
