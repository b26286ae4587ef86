"""Ingesting a run directly: the same statements as the file's, the samples by COPY, one transaction."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evals.counting import Kind, kinds_of
from rollgate.evals.ingest import closing, insert_statement, kind_row, opening
from rollgate.evals.record import EvalRecord
from rollgate.evals.report import Variant
from rollgate.evals.text import storable
from rollgate.target.connect import connect
from rollgate.target.conninfo import named_conninfo, secrets_in, secrets_of, settings
from rollgate.target.query import describe
from rollgate.target.redaction import Redaction

_OPTION = "--dsn-env"
_TABLES = Path(__file__).with_name("ingest_tables.sql").read_text(encoding="utf-8")
_NULL = "\\N"
#: Ids of a batch, a line each, in which COPY finds nothing to unescape.
_PLAIN = re.compile(r"[A-Za-z0-9_.\n-]*")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Batches = Iterable[tuple[list[EvalRecord], list[str]]]


@dataclass(frozen=True)
class Ingested:
    """What became of the run: whether samples were added, and its row of the summary view."""

    run_id: str
    added: bool
    summary: dict[str, Any]


class Database:
    """The database that a variable's DSN leads to, and what keeps the DSN out of every message."""

    def __init__(self, variable: str) -> None:
        """Read the DSN from the environment or from `.env`.

        Raises:
            UsageError: there is none, or it isn't one.
        """
        variables = settings(os.environ, Path.cwd())
        self._conninfo = named_conninfo(variable, option=_OPTION, variables=variables)
        self._redaction = Redaction()
        self._redaction.learn(secrets_in(variables[variable]) | secrets_of(self._conninfo))

    def ingest(
        self, *, variant: Variant, facts: bytes, batches: Batches, is_whole: Callable[[], bool]
    ) -> Ingested:
        """Ingest the batches as one transaction; `is_whole` is asked before it is committed.

        Raises:
            UsageError: the database has another layout, or lacks the release.
            Failure: it can't be reached, or refuses the run. Nothing was ingested.
        """
        hide = self._redaction.text
        try:
            connection = connect(
                self._conninfo,
                autocommit=True,
                prepare_threshold=None,
                client_encoding="utf8",
                application_name="rollgate evals",
            )
        except psycopg.Error as error:
            raise Failure(f"the database can't be reached: {hide(str(error))}") from None
        with connection:
            try:
                return _ingest(connection, variant, facts, batches, is_whole)
            except psycopg.errors.ObjectNotInPrerequisiteState as error:
                raise UsageError(
                    "--schema-variant",
                    found=hide(error.diag.message_primary or str(error)),
                    needed="the layout that the database has",
                    fix=hide(error.diag.message_hint or "give the other variant"),
                ) from None
            except psycopg.Error as error:
                raise Failure(f"the run was not ingested: {hide(describe(error))}") from None


def _ingest(
    connection: psycopg.Connection[Any],
    variant: Variant,
    facts: bytes,
    batches: Batches,
    is_whole: Callable[[], bool],
) -> Ingested:
    check, shown = closing()
    connection.execute("begin")
    connection.execute("select set_config('rollgate.eval_facts', %s, true)", (facts.decode(),))
    connection.execute(opening().encode())
    row = connection.execute(
        "select current_setting('rollgate.eval_state'), current_setting('rollgate.eval_run'),"
        " current_setting('rollgate.eval_link', true)"
    ).fetchone()
    state, run, link = row or ("", "", "")
    if state == "new":
        _copy(connection, batches)
        if not is_whole():
            connection.execute("rollback")
            raise Failure("the input changed while it was read again: nothing was ingested")
        insert = insert_statement(variant, "rollgate_samples s", "rollgate_kinds k")
        connection.execute(insert.replace("{link}", link).encode())
    connection.execute(check.encode())
    with connection.cursor() as cursor:
        cursor.execute(shown.encode())
        values = cursor.fetchone() or ()
        summary = dict(zip((column.name for column in cursor.description or ()), values, strict=True))
    try:
        connection.execute("commit")
    except psycopg.OperationalError:
        raise Failure(
            "the connection broke at the commit: the run may be ingested or not; "
            "do it again, nothing is added twice"
        ) from None
    return Ingested(run, state == "new", summary)


def _copy(connection: psycopg.Connection[Any], batches: Batches) -> None:
    """Bring the records into two temporary tables."""
    connection.execute(_TABLES.encode())
    numbers: dict[tuple[object, ...], int] = {}
    kinds: list[Kind] = []
    with (
        connection.cursor() as cursor,
        cursor.copy("copy rollgate_samples (kind, record_id, request_id, latency_ms) from stdin") as copy,
    ):
        for records, ids in batches:
            kinds, numbered = kinds_of(records, numbers)
            copy.write(_lines(records, ids, numbered))
    rows = [kind_row(kind, number) for number, kind in enumerate(kinds)]
    connection.execute(
        "insert into rollgate_kinds select * from jsonb_populate_recordset(null::rollgate_kinds, %s)",
        (Jsonb(rows),),
    )


def _lines(records: Sequence[EvalRecord], ids: Sequence[str], numbers: Sequence[int]) -> str:
    """Return lines in COPY's text format (PostgreSQL documentation, sql-copy)."""
    together = "\n".join(ids)
    if together.count("\n") >= len(ids) or not _PLAIN.fullmatch(together):
        ids = [storable(each).translate(_ESCAPES) for each in ids]
    return "".join(
        [
            f"{number}\t{record_id}\t{_NULL if request is None else request.hex}\t"
            f"{_NULL if latency is None else latency}\n"
            for number, record_id, request, latency in zip(
                numbers,
                ids,
                [record.request_id for record in records],
                [record.latency_ms for record in records],
                strict=True,
            )
        ]
    )
