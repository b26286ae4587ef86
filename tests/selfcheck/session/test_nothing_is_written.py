"""A live target is read and nothing else: what its log says, and what its transaction refuses."""

from __future__ import annotations

import re

import psycopg
import pytest

from tests.gates.test_read_only import PROBE

READS = re.compile(
    r"(select\b|with\b|savepoint \w+$|rollback$|rollback to savepoint \w+$|release savepoint \w+$"
    r"|begin isolation level repeatable read read only; select [^;]*; savepoint \w+$)",
    re.IGNORECASE,
)
COMMENTS = re.compile(r"(\s|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
#: Words of statements that write, which no reading query has outside of its strings.
WRITES = re.compile(
    r"\b(insert\s+into|update\s+\w+\s+set|delete\s+from|merge\s+into|truncate|create|alter|drop|for\s+update"
    r"|for\s+share|nextval|setval|copy|lo_\w+|pg_notify|pg_advisory_\w+)\b",
    re.IGNORECASE,
)
STRING = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)


def without_strings(text: str) -> str:
    return STRING.sub("''", re.sub(r"--[^\n]*", "", text))


def test_no_write_statement_is_ever_sent(prod, statements, verify):
    run = verify(prod.at())
    assert not run.blocking
    sent = [each.text for each in statements() if each.application == "rollgate"]
    assert len(sent) > 100, "the log is what it is taken for"
    assert sent.count(PROBE) == 1
    others = [text for text in sent if text != PROBE]
    assert [text for text in others if not READS.match(COMMENTS.sub("", text, count=1))] == []
    assert [text for text in others if WRITES.search(without_strings(text))] == []


def test_nobody_else_asks_in_its_name(prod, statements, verify):
    verify(prod.at())
    assert {each.application for each in statements()} - {"rollgate"} <= {"", "psql"}


def test_the_refused_write_is_in_the_evidence(prod, verify):
    run = verify(prod.at())
    gate = run.gate("session-refuses-writes")
    assert gate["outcome"] == "PASS"
    session, probe = gate["evidence"]
    assert session["rows"][0][:4] == ["on", "repeatable read", "30s", "2s"]
    assert "SQLSTATE 25006" in probe["rows"][0][0]
    assert probe["query"] == PROBE


def test_the_probe_is_refused_to_a_role_that_may_not_write_either(server, prod):
    """And so tells of the transaction, not of the role."""
    with psycopg.connect(prod.direct, autocommit=True) as admin:
        admin.execute("drop role if exists probing; create role probing login")
    with psycopg.connect(prod.direct, user="probing") as connection:
        connection.read_only = True
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(PROBE)
    with (
        psycopg.connect(prod.direct, user="probing") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(PROBE)
    with psycopg.connect(prod.direct, autocommit=True) as admin:
        admin.execute("drop role probing")


def test_the_probe_does_no_harm_where_it_is_not_refused(prod):
    with psycopg.connect(prod.direct) as connection:
        cursor = connection.execute(PROBE)
        assert cursor.rowcount == 0
        row = connection.execute("select pg_current_xact_id_if_assigned()").fetchone()
    assert row == (None,), "nothing was written: there is not even a transaction id"
