"""Opening a connection: once more after a hitch, and without a trace of the DSN when it fails."""

from __future__ import annotations

import re
import time
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

CONNECT_TIMEOUT_S = 10
RETRY_PAUSE_S = 0.5

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


def connect(conninfo: str, **options: Any) -> psycopg.Connection[Any]:
    """Connect with `psycopg.connect`'s options; try once more, half a second later, if that may help.

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
    return connection


def _attempt(
    conninfo: str, options: dict[str, Any]
) -> tuple[psycopg.Connection[Any] | None, BaseException | None]:
    """Return the connection, or an exception without a past in its place."""
    try:
        return psycopg.connect(conninfo, **options), None
    except psycopg.OperationalError as error:
        return None, psycopg.OperationalError(str(error).strip())
    except (psycopg.Error, OSError, ValueError) as error:
        return None, psycopg.OperationalError(f"{type(error).__name__} before a connection was made")
    except KeyboardInterrupt:
        return None, KeyboardInterrupt()


def is_transient(message: str) -> bool:
    """Tell whether a failure to connect may pass by itself."""
    return _TRANSIENT.search(message) is not None
