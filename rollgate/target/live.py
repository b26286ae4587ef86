"""The sessions on live targets: one each for the whole run, so that all gates judge the same instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from rollgate.target.identity import Identity, read_identity
from rollgate.target.session import in_transaction, read_only_session, rewind
from rollgate.target.target import Target, live_conninfo


class LiveSessions:
    """Opens a target's session when it is first wanted, never a second time, and closes all at the end."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._connections: dict[str, psycopg.Connection] = {}
        self._identities: dict[str, Identity] = {}
        self._lost: dict[str, str] = {}

    def connection(self, target: Target) -> psycopg.Connection:
        """Return the target's connection, inside its read-only transaction.

        Raises:
            UsageError: the target's DSN can't be had.
            psycopg.OperationalError: it can't be reached, or its session is lost. A new one would see
                another instant, so there is none.
        """
        name = target.name
        if name in self._lost:
            raise psycopg.OperationalError(self._lost[name])
        if name not in self._connections:
            self._connections[name] = self._open.enter_context(read_only_session(live_conninfo(target)))
        connection = self._connections[name]
        if not in_transaction(connection):
            self._lose(name, connection)
        return connection

    def identity(self, target: Target) -> Identity:
        """Return what the target says of itself; it is asked once."""
        if target.name not in self._identities:
            self._identities[target.name] = read_identity(self.connection(target))
        return self._identities[target.name]

    @contextmanager
    def lent(self, target: Target) -> Iterator[psycopg.Connection]:
        """Lend the connection: what the block sets or breaks is undone, the transaction goes on."""
        connection = self.connection(target)
        try:
            yield connection
        finally:
            if in_transaction(connection):
                rewind(connection)

    def passwords(self) -> set[str]:
        """Return what the open sessions were let in with, wherever libpq had it from: to be hidden."""
        open_ones = [each for each in self._connections.values() if not each.closed]
        return {each.info.password for each in open_ones if each.info.password}

    def close(self) -> None:
        """End every session."""
        self._open.close()

    def _lose(self, name: str, connection: psycopg.Connection) -> None:
        """Remember that there is no session any more, and why."""
        why = "the connection broke" if connection.closed else "a gate ended its transaction"
        connection.close()
        self._lost[name] = f"the session in which the target was read is over: {why}"
        raise psycopg.OperationalError(self._lost[name])
