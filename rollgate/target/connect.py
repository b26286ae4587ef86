"""Connections: once more after a hitch, no trace of the DSN when it fails, and no waiting for ever."""

from __future__ import annotations

import re
import time
from typing import Any, cast

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.waiting import Ready

CONNECT_TIMEOUT_S = 10
RETRY_PAUSE_S = 0.5
#: How long a server may say nothing at all. Longer than any limit that it keeps itself: a statement that
#: takes too long is for the server to end, this is for a network that has stalled and doesn't say so.
SILENCE_S = 150.0

#: What passes by itself. libpq gives no SQLSTATE when a connection fails, only the server's words; a
#: server that says them in another language is asked once only. Never a refused password: some servers
#: lock an account after a few.
_TRANSIENT = re.compile(
    r"connection refused|timeout expired|timed out|temporary failure in name resolution"
    r"|server closed the connection unexpectedly|connection reset by peer|no route to host"
    r"|network is unreachable"
    r"|the database system is (starting up|shutting down|in recovery mode|not yet accepting connections)"
    r"|sorry, too many clients|too many connections|remaining connection slots|max ?client",
    re.IGNORECASE,
)


class Connection(psycopg.Connection[Any]):
    """A connection that is given up once the server has said nothing for `silence_s` seconds.

    libpq has no such limit: keepalives and tcp_user_timeout end a connection whose other end is gone, not one
    on which somebody between takes every byte and passes none on.
    """

    silence_s = SILENCE_S

    def wait(self, gen: PQGen[RV], *arguments: Any, **named: Any) -> RV:
        """Carry a conversation through; whatever is said in it starts the patience anew."""
        try:
            return super().wait(_impatient(gen, self.silence_s), *arguments, **named)
        except _Silence:
            self.pgconn.finish()  # nobody can tell what its next words would answer
            raise


class _Silence(psycopg.OperationalError):
    pass


def _impatient(gen: PQGen[RV], silence_s: float) -> PQGen[RV]:
    heard = time.monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            now = time.monotonic()
            if ready != Ready.NONE:
                heard = now
            elif now - heard > silence_s:
                raise _Silence(f"the server has said nothing for {silence_s:.0f} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        return cast(RV, end.value)


def connect(conninfo: str, *, silence_s: float = SILENCE_S, **options: Any) -> psycopg.Connection[Any]:
    """Connect with `psycopg.connect`'s options; try once more, half a second later, if that may help.

    The connection is given up once nothing has come for `silence_s`.

    What is raised was made here: psycopg's own frames hold the parts of the DSN in their locals, and a
    traceback may show those. Ctrl-C is no exception.

    Raises:
        psycopg.OperationalError: the database can't be reached; the message is libpq's.
    """
    if "connect_timeout" not in conninfo_to_dict(conninfo):
        options = {"connect_timeout": CONNECT_TIMEOUT_S, **options}
    connection, problem = _attempt(conninfo, options)
    if isinstance(problem, psycopg.OperationalError) and is_transient(str(problem)):
        time.sleep(RETRY_PAUSE_S)
        connection, problem = _attempt(conninfo, options)
    if connection is None:
        raise problem or psycopg.OperationalError("no connection was made")
    connection.silence_s = silence_s
    return connection


def _attempt(conninfo: str, options: dict[str, Any]) -> tuple[Connection | None, BaseException | None]:
    """Return the connection, or an exception without a past in its place."""
    try:
        return Connection.connect(conninfo, **options), None
    except psycopg.OperationalError as error:
        return None, psycopg.OperationalError(str(error).strip())
    except (psycopg.Error, OSError, ValueError) as error:
        return None, psycopg.OperationalError(f"{type(error).__name__} before a connection was made")
    except KeyboardInterrupt:
        return None, KeyboardInterrupt()


def is_transient(message: str) -> bool:
    """Tell whether a failure to connect may pass by itself."""
    return _TRANSIENT.search(message) is not None
