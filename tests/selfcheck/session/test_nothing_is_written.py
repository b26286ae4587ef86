"""A live target is read and nothing else: what its log says, and what its transaction refuses."""

from __future__ import annotations

import re

import psycopg
import pytest

from rollgate.rehearsal.script import statements_without_transaction_control
from rollgate.target.session import BEGIN
from tests.gates.test_read_only import PROBE

pytestmark = pytest.mark.thorough

READS = re.compile(
    r"(select\b|with\b|savepoint \w+$|rollback$|rollback to savepoint \w+$|release savepoint \w+$"
    r"|begin isolation level repeatable read read only; select [^;]*; savepoint \w+$)",
    re.IGNORECASE,
)
#: What begins or ends a transaction.
TRANSACTION = re.compile(
    r"(begin|start|commit|end|abort|prepare transaction|rollback(?! to savepoint))\b", re.IGNORECASE
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


ROUTING = "select c.*::text, c.xmin, c.ctid from public.ai_provider_configs c order by id"
#: What the rehearsal in place says beside the file's own statements, from the first word to the last.
REHEARSAL = (
    "begin isolation level read committed",
    "lock table public.ai_provider_configs in share row exclusive mode",
    "rollback",
)
#: What pg_dump says: it reads, in a transaction that it has declared to be for that.
DUMPS = re.compile(
    r"(select\b|with\b|set\b|begin$|prepare\b|execute\b|lock table [^;]* in access share mode"
    r"|declare\b|fetch\b|close\b)",
    re.IGNORECASE,
)
READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def by_backend(sent) -> dict[str, list[str]]:
    """Return what each backend was asked, in order."""
    found: dict[str, list[str]] = {}
    for each in sent:
        found.setdefault(each.backend, []).append(each.text)
    return found


def writes_of(texts: list[str]) -> list[str]:
    return [text for text in texts if text != PROBE and WRITES.search(without_strings(text))]


def unread(texts: list[str]) -> list[str]:
    """Return what is neither a question nor the frame of one."""
    return [
        text
        for text in texts
        if text not in (PROBE, BEGIN[0]) and not READS.match(COMMENTS.sub("", text, count=1))
    ]


def test_a_whole_run_writes_in_one_transaction_that_is_rolled_back(staging, statements, verify, release):
    """The gates, the clone's reading, the witness and the rehearsal in place: every connection of a run."""
    rows = staging.sql(ROUTING)
    run = verify(staging.at(), files=(), env="staging")
    sent = statements()
    assert run.exit_code == 10, run.output
    soak = {gate["id"] for gate in run.record["gates"] if gate["subject"] == "soak"}
    assert soak >= run.blocking.keys(), "it needs a day; it asks its questions all the same"
    assert run.gate("release-applies-to-a-clone-of-the-target")["outcome"] == "PASS"
    assert run.gate("rollback-rehearsed-in-place")["outcome"] == "PASS"
    assert {each.application for each in sent if each.backend not in staging.own} == {
        "rollgate",
        "rollgate rehearsal",
    }
    readers = by_backend(each for each in sent if each.application == "rollgate")
    assert len(readers) == 2, "the session of the gates and of the clone, and the witness"
    for asked in readers.values():
        assert asked[0].startswith(BEGIN[0])
        assert (unread(asked), writes_of(asked)) == ([], [])
    witness = min(readers.values(), key=len)
    assert witness.count(BEGIN[0]) == witness.count("rollback") == 2

    (written,) = by_backend(each for each in sent if each.application == "rollgate rehearsal").values()
    own = statements_without_transaction_control(release.topologies["staging"].rollback)
    assert (written[0], written[-1]) == (REHEARSAL[0], REHEARSAL[-1])
    assert not [text for text in written[1:-1] if TRANSACTION.match(COMMENTS.sub("", text, count=1))]
    others = [text for text in written if text not in REHEARSAL]
    for statement in own:
        said, *_ = [text for text in others if text.split() == statement.text.split()]
        others.remove(said)
    assert len(own) > 1
    assert (unread(others), writes_of(others)) == ([], [])
    assert staging.sql(ROUTING) == rows


def test_pg_dump_where_it_is_needed_reads_and_no_more(staging, statements, verify):
    staging.sql(
        'create collation public.mine from "C"; create table public.leans (t text collate public.mine)'
    )
    run = verify(staging.at(), files=("tests/gates/test_preflight_clone.py",), env="staging")
    sent = [each for each in statements() if each.backend not in staging.own]
    assert run.gate("release-applies-to-a-clone-of-the-target")["outcome"] == "PASS"
    gates, dump = sorted(by_backend(sent).values(), key=lambda texts: READ_ONLY in texts)
    assert (unread(gates), writes_of(gates)) == ([], [])
    begun = dump.index("BEGIN")
    assert dump[begun + 1] == READ_ONLY
    assert all(re.match(r"(?:set|select)\b", text, re.IGNORECASE) for text in dump[:begun])
    assert [text for text in dump if not DUMPS.match(COMMENTS.sub("", text, count=1))] == []
    assert writes_of(dump) == []


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
