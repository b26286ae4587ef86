"""The second connection: it looks at a rehearsal from outside, and says why one could not be made."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import psycopg

from rollgate.evidence.record import Violation
from rollgate.rehearsal.routing import HOLDERS, RIGHTS, Routing, as_routing, questions
from rollgate.target.belonging import ROUTING
from rollgate.target.connect import connect
from rollgate.target.query import Answer, Row, ask_all, describe
from rollgate.target.session import BEGIN
from rollgate.verdict import Outcome

#: For a server that has not noticed that a client is gone: it then waits for the idle limit of in_place.
PATIENCE_S = 35.0
_LOST = ("57P01", "57P02", "57P03", "25P03", "53300", "08006", "08P01")
_FATE = "select case when {0} > 0 then pg_xact_status('{0}'::xid8) end"
_BUSY = ("55P03", "40P01")  # lock_not_available, deadlock_detected


class Witness:
    """Looks at the target from outside, over one connection, each time in a read-only transaction of its own.

    A look is one round trip: it begins, asks, and ends. In between the connection holds nothing.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        """Return itself; it connects when it first looks."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def ask(self, queries: Sequence[str], settings: Mapping[str, str] | None = None) -> list[Answer]:
        """Return the answers to queries, all of one instant: that at which they are asked.

        Raises:
            psycopg.Error: the target can't be reached, by a new connection either.
        """
        for attempt in (1, 2):
            fresh = self._connection is None or self._connection.closed
            if self._connection is None or fresh:
                self._connection = connect(
                    self._conninfo, autocommit=True, prepare_threshold=None, client_encoding="utf8",
                    application_name="rollgate",
                )  # fmt: skip
            try:
                return ask_all(self._connection, queries, first=BEGIN, settings=settings, last=("rollback",))
            except psycopg.OperationalError:
                # It may have been closed while it was idle; a connection that was just made was not.
                if fresh or attempt == 2 or not self._connection.closed:
                    raise
        raise AssertionError("never here")

    def look(self, known: Routing | None = None) -> Routing:
        """Return the rows as everybody sees them.

        Raises:
            psycopg.Error: they can't be read.
        """
        return as_routing(self.ask(questions(known)), known)

    def aftermath(self, xid: str, known: Routing | None = None) -> tuple[str, Routing]:
        """Return what became of a transaction, and the rows after it.

        It is `aborted`, `committed`, `never begun`, or `in progress` if our patience has come to its end.
        """
        until = time.monotonic() + PATIENCE_S
        while True:
            status, *answers = self.ask([_FATE.format(int(xid or 0)), *questions(known)])
            rows = as_routing(answers, known)
            if status.error is not None and xid:
                raise status.error
            fate = (status.rows[0][0] or "unknown") if xid else "never begun"
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
            holders = "; ".join(str(row[0]) for row in self._rows(HOLDERS))
            return _violation(
                held,
                f"{detail}; held by {holders or 'somebody who has let go by now'}",
                "run it again, or end the holder with: select pg_terminate_backend(<pid>);",
            )
        if error.sqlstate == "42501":
            missing, role = next(iter(self._rows(RIGHTS)), (None, None))
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

    def _rows(self, query: str) -> tuple[Row, ...]:
        try:
            (answer,) = self.ask([query])
        except psycopg.Error:
            return ()
        return answer.rows


def _violation(outcome: Outcome, detail: str, remedy: str) -> Violation:
    return Violation(object=ROUTING, detail=detail, remedy=remedy, outcome=outcome)
