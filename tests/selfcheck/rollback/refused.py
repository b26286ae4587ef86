"""A step that PostgreSQL or the step itself refuses, as each client shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.server.cluster import Cluster
from tests.selfcheck.rollback.steps import PATIENCE, psql

#: How a client sends a file: whole, as the SQL Editor does, or statement by statement, as psql does.
Client = Callable[[Cluster, psycopg.Connection, Path], "Refusal"]


@dataclass(frozen=True)
class Refusal:
    """What the operator is told."""

    sqlstate: str
    message: str
    detail: str
    hint: str


def one_query(cluster: Cluster, connection: psycopg.Connection, path: Path) -> Refusal:
    """Run the file on `connection` as one query."""
    try:
        applied = apply_file(connection, path)
    except ApplyError as error:
        diag = error.error.diag
        return Refusal(error.sqlstate, error.message, diag.message_detail or "", diag.message_hint or "")
    return Refusal("00000", f"not refused: {applied.rows}", "", "")


def by_psql(cluster: Cluster, connection: psycopg.Connection, path: Path) -> Refusal:
    """Run the file with psql, where `connection` leads, as who it is and with its settings."""
    info = connection.info
    dsn = make_conninfo(cluster.dsn(info.dbname), user=info.user, options=info.options)
    with psql(cluster, dsn, path, "-v", "ON_ERROR_STOP=1") as process:
        try:
            out, words = process.communicate(timeout=2 * PATIENCE)
        finally:
            process.kill()
    error = re.search(r"ERROR:  (\w{5}): (.*)", words)
    if error is None:
        return Refusal("00000", f"not refused: {out}{words}", "", "")
    assert process.returncode == 3  # psql(1): an error in a script with ON_ERROR_STOP
    return Refusal(error[1], error[2], _line("DETAIL", words), _line("HINT", words))


def _line(name: str, words: str) -> str:
    found = re.search(rf"^{name}:  (.*)", words, re.MULTILINE)
    return found[1] if found else ""
