"""A rollback's statements run in a transaction that is open, and what they leave asked about, at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg.pq import TransactionStatus

from rollgate.rehearsal.lexer import Statement
from rollgate.target.query import Answer, ask_all


def run_inside(
    connection: psycopg.Connection,
    statements: Sequence[Statement],
    queries: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> list[Answer]:
    """Run statements in the transaction that is open on `connection`, ask queries, return their answers.

    All in one round trip, each command by itself through the extended protocol, in which the server takes
    one and no more: a text that was misread here brings no second one along. In a transaction block the
    server refuses a `commit` within a `do` (SQLSTATE 2D000), and what can't run in one (25001). From the
    first statement that fails, the server passes over the others and answers no query.

    Raises:
        ValueError: no transaction is open.
        psycopg.Error: a statement failed; the transaction is the caller's to roll back.
    """
    if connection.info.transaction_status is not TransactionStatus.INTRANS:
        raise ValueError("no transaction is open: nothing that ran here could be rolled back")
    return ask_all(connection, queries, first=[each.text for each in statements], settings=settings)
