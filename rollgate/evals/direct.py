"""The rows of a window with SQL: for those who may connect to the database, and not to its REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evals.exported import Row
from rollgate.evals.paging import PAGE_SIZE, Key, Window
from rollgate.evals.refusals import TABLE, by_sqlstate
from rollgate.target.conninfo import Conninfo
from rollgate.target.query import describe
from rollgate.target.relations import hides_rows
from rollgate.target.session import read_only_session

_ROWS = Path(__file__).with_name("training_rows.sql").read_text(encoding="utf-8")
_COUNT = f"""select count(*) from {TABLE}
where source = any (%(sources)s) and created_at >= %(since)s and created_at <= %(until)s"""  # noqa: S608
_MAY_READ = f"select exists (select from {TABLE})"  # noqa: S608
OPTION = "--dsn-env"


class SqlRows:
    """The rows of a database, in the read-only transaction that the connection is in: all of one instant."""

    def __init__(self, connection: psycopg.Connection[Any], *, page_size: int = PAGE_SIZE) -> None:
        self.place = f"{connection.info.host or 'localhost'}:{connection.info.port}/{connection.info.dbname}"
        self._connection = connection
        self._page_size = page_size
        self._role = connection.info.user

    def now(self) -> datetime:
        """Return the instant that is seen.

        Raises:
            UsageError: row level security hides rows from this role, without a word.
        """
        with self._asking():
            self._role = self._one("select current_user")[0]
            self._one(_MAY_READ)
            if self._one(hides_rows(TABLE))[0]:
                raise UsageError(
                    TABLE,
                    found=f"row level security, which hides rows from {self._role}",
                    needed="a role that sees every row",
                    fix="connect as the table's owner, or as a role with bypassrls",
                )
            now: datetime = self._one("select now()")[0]
            return now

    def count(self, window: Window) -> int:
        """Return how many rows there are in the window."""
        with self._asking():
            return int(self._one(_COUNT, _parameters(window, None))[0])

    def pages(self, window: Window, *, below: Key | None, at_most: int | None) -> Iterator[list[Row]]:
        """Yield the rows in the window below a key, newest first, through a cursor of the server's."""
        with self._asking(), self._connection.cursor("rollgate_export") as cursor:
            cursor.execute(_ROWS, _parameters(window, below))
            left = at_most
            while left is None or left > 0:
                found = cursor.fetchmany(self._page_size if left is None else min(self._page_size, left))
                if not found:
                    return
                yield [Row(*values) for values in found]
                left = None if left is None else left - len(found)

    def _one(self, query: str, parameters: Mapping[str, object] | None = None) -> tuple[Any, ...]:
        row = self._connection.execute(query.encode(), parameters).fetchone()
        return row or ()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            message = error.diag.message_primary or describe(error)
            known = by_sqlstate(error.sqlstate or "", message, role=self._role)
            raise known or Failure(f"{self.place}: {describe(error)}") from None


@contextmanager
def sql_rows(conninfo: Conninfo, variable: str, *, page_size: int = PAGE_SIZE) -> Iterator[SqlRows]:
    """Open the rows of a database.

    Raises:
        UsageError: nobody answers at the DSN.
    """
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(read_only_session(conninfo))
        except psycopg.Error as error:
            raise UsageError(
                OPTION,
                found=" ".join(str(error).split()),
                needed=f"a database that answers at the DSN in {variable}",
                fix="check host, port, user, password and network; psql with the same DSN shows the same",
            ) from None
        yield SqlRows(connection, page_size=page_size)


def _parameters(window: Window, below: Key | None) -> Mapping[str, object]:
    return {
        "sources": list(window.sources),
        "since": window.since,
        "until": window.until,
        "below_at": below.created_at if below else None,
        "below_id": below.id if below else None,
    }
