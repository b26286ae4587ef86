"""The second connection: it looks at a rehearsal from outside, and says why one could not be made."""

from __future__ import annotations

import time

import psycopg

from rollgate.evidence.record import Violation
from rollgate.rehearsal.routing import HOLDERS, RIGHTS, Routing, look
from rollgate.rehearsal.seen import ROUTING
from rollgate.target.query import Row, describe, fetch_text
from rollgate.target.session import read_only_session
from rollgate.verdict import Outcome

#: For a server that has not noticed that a client is gone: it then waits for the idle limit of in_place.
PATIENCE_S = 35.0
_LOST = ("57P01", "57P02", "57P03", "25P03", "53300", "08006", "08P01")
_BUSY = ("55P03", "40P01")  # lock_not_available, deadlock_detected


class Witness:
    """Looks at the target, each time over a new connection and in a read-only transaction."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    def look(self, known: Routing | None = None) -> Routing:
        """Return the rows as everybody sees them."""
        with read_only_session(self._conninfo) as connection:
            return look(connection, known)

    def aftermath(self, xid: str, known: Routing | None = None) -> tuple[str, Routing]:
        """Return what became of a transaction, and the rows after it.

        It is `aborted`, `committed`, `never begun`, or `in progress` if our patience has come to its end.
        """
        until = time.monotonic() + PATIENCE_S
        while True:
            with read_only_session(self._conninfo) as connection:
                fate = _fate(connection, xid)
                rows = look(connection, known)
            if fate != "in progress" or time.monotonic() > until:
                return fate, rows
            time.sleep(0.1)

    def explain(self, error: psycopg.Error, what: str) -> Violation:
        """Return why the rehearsal could not be made, or that the rollback failed."""
        detail = f"{what}: {describe(error)}"
        if error.diag.message_detail:
            detail += f"; {error.diag.message_detail}"
        held = Outcome.HOLD
        if error.sqlstate in _BUSY:
            holders = "; ".join(str(row[0]) for row in self._ask(HOLDERS))
            return _violation(
                held,
                f"{detail}; held by {holders or 'somebody who has let go by now'}",
                "run it again, or end the holder with: select pg_terminate_backend(<pid>);",
            )
        if error.sqlstate == "42501":
            missing, role = next(iter(self._ask(RIGHTS)), (None, None))
            needed = f"needed {missing} on {ROUTING}" if missing else "see what it says"
            return _violation(
                held,
                f"{detail}; {needed} for {role or 'the role of the DSN'}",
                f"grant {(missing or 'insert, update').lower()} on {ROUTING} to {role or 'the role'}, or put "
                "the DSN of one that has it into the target's variable with _REHEARSAL behind its name",
            )
        if error.sqlstate == "25006":
            return _violation(held, detail, "use the primary, and a role whose sessions may write")
        if error.sqlstate == "42P01":
            return _violation(held, detail, "apply the release first")
        if error.sqlstate in _LOST or (isinstance(error, psycopg.OperationalError) and not error.sqlstate):
            remedy = "run it again; a pool needs two connections to spare for a run"
            return _violation(held, f"the connection broke: {detail}", remedy)
        return _violation(Outcome.FAIL, f"{detail}; needed a rollback that runs here", "mend the file")

    def _ask(self, query: str) -> tuple[Row, ...]:
        try:
            with read_only_session(self._conninfo) as connection:
                return fetch_text(connection, query)[1]
        except psycopg.Error:
            return ()


def _fate(connection: psycopg.Connection, xid: str) -> str:
    if not xid:
        return "never begun"
    said = fetch_text(connection, f"select pg_xact_status('{int(xid)}'::xid8)")[1][0][0]
    return said or "unknown"


def _violation(outcome: Outcome, detail: str, remedy: str) -> Violation:
    return Violation(object=ROUTING, detail=detail, remedy=remedy, outcome=outcome)
