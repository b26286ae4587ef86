"""The session in which a target is read: one transaction that sees one instant and can't write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg import IsolationLevel
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus

from rollgate.target.connect import connect

STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 2_000
IDLE_TIMEOUT_MS = 600_000
SILENCE_S = STATEMENT_TIMEOUT_MS / 1000 + 15  # each answer is sent as soon as it is found

#: Set inside the transaction, so that a pooler hands none of it to its next client.
LIMITS: Mapping[str, str] = {
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    # Longer than any pause between two questions, whatever the role's own is; and no snapshot that
    # keeps a target from vacuuming outlives a laptop that was closed.
    "idle_in_transaction_session_timeout": str(IDLE_TIMEOUT_MS),
    "jit": "off",  # compiling a question takes longer than answering it
}
#: The first query takes the snapshot: from then on the transaction can't be made writable.
BEGIN = (
    "begin isolation level repeatable read read only",
    "select " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in LIMITS.items()),
)
_BEGIN = "; ".join((*BEGIN, "savepoint rollgate_start"))


@contextmanager
def read_only_session(conninfo: str) -> Iterator[psycopg.Connection]:
    """Open a connection inside `begin isolation level repeatable read read only`.

    The transaction is what holds behind a transaction-mode pooler, where session settings don't, so
    the limits are set inside it, in the same round trip: that first query takes the snapshot, and
    from then on the transaction can't be made writable. Nothing is committed.

    Raises:
        psycopg.OperationalError: the database can't be reached.
    """
    # utf8 is what the files of a release are written in, whatever the database is.
    connection = connect(
        conninfo,
        silence_s=SILENCE_S,
        prepare_threshold=None,
        client_encoding="utf8",
        application_name="rollgate",
    )
    try:
        # What psycopg itself would begin, should somebody end the transaction.
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        _begin(connection)
        yield connection
    finally:
        _leave(connection)


def in_transaction(connection: psycopg.Connection) -> bool:
    """Tell whether the connection is alive and its transaction has not ended, failed or not."""
    return connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)


def rewind(connection: psycopg.Connection) -> None:
    """Undo what was set or broken in a read-only session since it began; the transaction goes on."""
    connection.execute("rollback to savepoint rollgate_start")


def _begin(connection: psycopg.Connection) -> None:
    """Begin, and take the snapshot: in one round trip, where psycopg would take one for each statement."""
    pgconn = connection.pgconn
    with connection.lock:
        pgconn.send_query(_BEGIN.encode())
        for result in connection.wait(execute(pgconn)):
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result, connection.info.encoding)


def _leave(connection: psycopg.Connection) -> None:
    """Close the connection. The transaction is ended first: a pooler throws away what is left in one."""
    if in_transaction(connection):
        with contextlib.suppress(psycopg.Error):
            connection.rollback()
    connection.close()
