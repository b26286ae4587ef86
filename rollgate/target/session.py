"""The session in which a target is read: one transaction that sees one instant and can't write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import IsolationLevel

STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 2_000
CONNECT_TIMEOUT_S = 10


@contextmanager
def read_only_session(conninfo: str) -> Iterator[psycopg.Connection]:
    """Open a connection inside `begin isolation level repeatable read read only`.

    The transaction is what holds behind a transaction-mode pooler, where session settings don't,
    so the limits are set inside it. Nothing is committed.

    Raises:
        psycopg.OperationalError: the database can't be reached.
    """
    connection = psycopg.connect(
        conninfo, prepare_threshold=None, connect_timeout=CONNECT_TIMEOUT_S, application_name="rollgate"
    )
    try:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(
            "select set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)",
            (str(STATEMENT_TIMEOUT_MS), str(LOCK_TIMEOUT_MS)),
        )
        yield connection
    finally:
        connection.close()
