"""The one connection that writes: its limits, the lock that keeps a second operator out, and coming back."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from rollgate.command import Failure
from rollgate.target.connect import connect, is_transient
from rollgate.target.identity import Identity, read_identity
from rollgate.target.query import describe

#: What a file doesn't say for itself. No statement is cut off by time, because a long build must end, and
#: Ctrl-C ends it; but none queues for a lock for long, because whoever comes later queues behind it.
LOCK_TIMEOUT = "3s"
_FRESH = (
    "reset session authorization; reset role; reset all; set statement_timeout = 0; "
    f"set lock_timeout = '{LOCK_TIMEOUT}'; set idle_in_transaction_session_timeout = '60s'; "
    "set client_min_messages = warning"
)
_HOLDER = Path(__file__).with_name("holder.sql").read_bytes()
#: The advisory lock, in the two-number space: the letters "rolg", and 1.
LOCK = (0x726F6C67, 1)
APPLICATION = "rollgate apply"
RECONNECTS = 12
PAUSE_S = 1.0
_LONGEST_PAUSE_S = 5.0
_PROBES = 3
_PROBE_S = 5.0
_LOST = frozenset({"57P01", "57P02", "57P03", "08000", "08003", "08006"})


class Held(Failure):
    """Somebody else applies a release to this database, with the backend `pid`; 0 if that has just ended."""

    def __init__(self, place: str, pid: int, who: str) -> None:
        self.pid = pid
        what = f"{who} (pid {pid})" if pid else "a session that has just ended"
        super().__init__(
            f"somebody else applies a release to {place}: {what}; wait until that ends, then run this again"
        )


class Session:
    """Opens the connection, and again when it is lost: to the same database, with the same lock."""

    def __init__(
        self, conninfo: str, identity: Identity, *, operator: str, warn: Callable[[str], None]
    ) -> None:
        self._conninfo = conninfo
        self._identity = identity
        self._warn = warn
        plain = "".join(char for char in operator if char.isascii() and char.isprintable())
        self._application = f"{APPLICATION}: {plain}"[:63]
        self._connection: psycopg.Connection[Any] | None = None
        self._backend = 0

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The connection, open or not."""
        if self._connection is None:
            raise RuntimeError("a session that was never opened")
        return self._connection

    def open(self) -> None:
        """Connect, and take the lock.

        Raises:
            psycopg.Error: the database can't be reached.
            Held: somebody else has the lock.
            Failure: another database answers than the one that was looked at.
        """
        self.close()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self._connection = connection = connect(
            self._conninfo,
            autocommit=True,  # where a transaction begins is said by the file
            prepare_threshold=None,
            client_encoding="utf8",
            application_name=self._application,
        )
        connection.add_notice_handler(self._hear)
        self._require_same(connection)
        self.refresh()
        if not _one(connection, "select pg_try_advisory_lock(%s, %s)", *LOCK):
            raise Held(self._identity.place, *holder_of(connection))
        self._backend = int(_one(connection, "select pg_backend_pid()"))

    def come_back(self, wait: Callable[[float], None]) -> None:
        """Open it again after it was lost, as soon as that can be.

        What was running may go on in the server for a while, with the lock: it is waited for.

        Raises:
            Failure: it can't be had any more.
        """
        pause = PAUSE_S
        for attempt in range(1, RECONNECTS + 1):
            try:
                self.open()
            except psycopg.OperationalError as error:
                if attempt == RECONNECTS or (error.sqlstate is None and not is_transient(str(error))):
                    raise Failure(f"the database can't be reached any more: {describe(error)}") from None
            except Held as held:
                if attempt == RECONNECTS or held.pid != self._backend:
                    raise
            else:
                return
            wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def refresh(self) -> None:
        """Put everything back that a file may have set for the session."""
        self.connection.execute(_FRESH)

    def is_lost(self, error: psycopg.Error) -> bool:
        """Tell whether the connection is gone, so that nobody knows what became of the statement."""
        return self.connection.closed or self.connection.broken or error.sqlstate in _LOST

    def undo(self) -> None:
        """Roll back what is open, as far as there is anybody to do it."""
        with contextlib.suppress(psycopg.Error):
            if self.connection.info.transaction_status is not TransactionStatus.IDLE:
                self.connection.execute("rollback")

    def close(self) -> None:
        """Close the connection; the lock goes with it."""
        if self._connection is not None:
            self._connection.close()

    def _hear(self, message: psycopg.errors.Diagnostic) -> None:
        if message.severity_nonlocalized == "WARNING":
            self._warn(message.message_primary or "")

    def _require_same(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute("begin read only")
        found = read_identity(connection)
        connection.execute("rollback")
        known, now = self._identity, found
        same = (known.database, known.database_oid) == (now.database, now.database_oid)
        if known.system_identifier and now.system_identifier:
            same = same and known.system_identifier == now.system_identifier
        if not same or now.replica:
            raise Failure(
                f"{now.place} is not the database that was looked at ({now.standing}): nothing is "
                "written to it"
            )


def holder_of(connection: psycopg.Connection[Any]) -> tuple[int, str]:
    """Return the backend that holds the lock on the connection's database, and who that is; 0 for nobody."""
    row = connection.execute(_HOLDER, LOCK).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def keeps_sessions(conninfo: str) -> bool:
    """Tell whether a pooler gives a client one backend for itself: what is set and locked stays then.

    Two clients ask in turns which backend they have. In transaction mode an idle one lends its own.

    Raises:
        psycopg.Error: the database can't be reached.
    """
    with _client(conninfo) as one, _client(conninfo) as other:
        seen: list[set[int]] = [set(), set()]
        for _ in range(_PROBES):
            for client, pids in zip((one, other), seen, strict=True):
                pid = _backend_within(client, _PROBE_S)
                if pid is None:
                    return False  # no second one to be had: it can't be told
                pids.add(pid)
    return all(len(pids) == 1 for pids in seen) and seen[0] != seen[1]


@contextlib.contextmanager
def _client(conninfo: str):  # type: ignore[no-untyped-def]
    connection = connect(conninfo, autocommit=True, prepare_threshold=None, application_name=APPLICATION)
    try:
        yield connection
    finally:
        connection.close()


def _backend_within(connection: psycopg.Connection[Any], seconds: float) -> int | None:
    """Ask for the backend's number; None if the pooler gives none in that time."""
    pgconn = connection.pgconn
    pgconn.send_query(b"select pg_backend_pid()")
    until = time.monotonic() + seconds
    while pgconn.is_busy():
        left = until - time.monotonic()
        if left <= 0 or not select.select([pgconn.socket], [], [], left)[0]:
            return None
        pgconn.consume_input()
    result = pgconn.get_result()
    value = result.get_value(0, 0) if result is not None and result.ntuples else None
    while pgconn.get_result() is not None:
        pass
    return int(value) if value is not None else None


def _one(connection: psycopg.Connection[Any], query: str, *parameters: object) -> Any:
    row = connection.execute(query.encode(), parameters).fetchone()
    return row[0] if row else None
