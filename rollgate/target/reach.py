"""Reaching a target for the first time: who answers, or the one message that says why nobody does."""

from __future__ import annotations

import psycopg

from rollgate.errors import UsageError
from rollgate.target.identity import Identity
from rollgate.target.live import LiveSessions
from rollgate.target.query import describe
from rollgate.target.target import Target

OLDEST_MAJOR = 15  # the gates' queries, and the oldest that a manifest may name


def reach(target: Target, sessions: LiveSessions) -> Identity:
    """Open the target's session and return who answers.

    Raises:
        UsageError: its DSN can't be had, nobody answers, or the server is too old to be asked.
    """
    try:
        identity = sessions.identity(target)
    except psycopg.Error as error:
        raise UsageError(
            target.option,
            found=one_line(error),
            needed=f"a database that answers at the DSN in {target.dsn_variable}",
            fix="check host, port, user, password and network; psql with the same DSN shows the same",
        ) from None
    require_new_enough(target, identity)
    return identity


def require_new_enough(target: Target, identity: Identity) -> None:
    """Refuse a server that the release and its gates aren't for.

    Raises:
        UsageError: it is too old.
    """
    if identity.major < OLDEST_MAJOR:
        raise UsageError(
            target.option,
            found=f"PostgreSQL {identity.version} at {identity.place}",
            needed=f"PostgreSQL {OLDEST_MAJOR} or newer: the release and its gates use what older ones lack",
            fix="upgrade the server, or correct the DSN if it leads to the wrong one",
        )


def one_line(error: psycopg.Error) -> str:
    """Return the message without psycopg's list of the addresses that it tried."""
    if error.sqlstate:
        return describe(error)
    return " ".join(str(error).partition("\nMultiple connection attempts failed")[0].split())
