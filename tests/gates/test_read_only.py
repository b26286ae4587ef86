"""What kept a live target from being written: the transaction, seen refusing, and the role's own rights."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import rollgate.target
from rollgate.examined import Examined
from rollgate.open_gate import OpenGate
from rollgate.run import Run
from rollgate.target.query import Answer, describe
from rollgate.target.target import Target

#: Refused by any server, on a standby too, and before privileges are looked at. Were it not refused: a
#: catalog has no triggers and no rules, `where false` finds no row, its lock stops nobody, and the
#: savepoint takes it back.
PROBE = "update pg_catalog.pg_description set description = description where false"
SESSION = """
select current_setting('transaction_read_only') as read_only,
       current_setting('transaction_isolation') as isolation,
       current_setting('statement_timeout') as statement_timeout,
       current_setting('lock_timeout') as lock_timeout,
       transaction_timestamp() as began_at
"""
ROLE = """
select session_user as role, rolsuper as superuser, rolcreaterole as makes_roles,
       rolcreatedb as makes_databases, rolbypassrls as sees_every_row
from pg_catalog.pg_roles where rolname = session_user
"""
PRIVILEGES = Path(rollgate.target.__file__).with_name("privileges.sql").read_text(encoding="utf-8")
#: It has to see every row: a gate that row level security shows an empty table has nothing to judge.
READER = """\
create role rollgate_reader login bypassrls password '<your own>';
grant usage on schema {0} to rollgate_reader; grant select on all tables in schema {0} to rollgate_reader;
grant select on all sequences in schema {0} to rollgate_reader;
alter default privileges in schema {0} grant select on tables to rollgate_reader;
alter default privileges in schema {0} grant select on sequences to rollgate_reader;"""


def relations_of(run: Run) -> list[str]:
    """Return what the release is about: the relations that its gates name."""
    return sorted({name for each in run.gates for name in each.requires})


def rights_query(run: Run) -> str:
    """Return the query for what the role may do to those."""
    return sql.SQL(PRIVILEGES).format(relations=sql.Literal(relations_of(run))).as_string(None)


@pytest.mark.gate(
    "session-refuses-writes",
    title="the session that asks every question can't write, and sees one instant; beside it only staging is "
    "written to, by rollback-rehearsed-in-place (always rolled back) and by --drill",
    prevents="A verification that changes what it verifies, in production.",
    subject="target",
)
@pytest.mark.asks(SESSION, PROBE)
def test_session_refuses_writes(gate: OpenGate, live: Target, examined: Examined) -> None:
    session, probe = examined.ask(live, SESSION, PROBE)
    _show(gate, "session", "The session, as the target sees it", SESSION, session)
    if session.rows:
        found = session.rows[0][:2]
        gate.require(
            found == ("on", "repeatable read"),
            "transaction",
            f"found read_only {found[0]} at {found[1]}, needed on at repeatable read",
            "don't use the other answers of this run; ask whoever runs the pooler what it does to `begin`",
        )
    refused = isinstance(probe.error, psycopg.errors.ReadOnlySqlTransaction)
    answer = describe(probe.error) if isinstance(probe.error, psycopg.Error) else "the server ran it"
    gate.show(
        "probe", "A write that changes nothing, and what became of it", ("answer",), [(answer,)], query=PROBE
    )
    gate.require(
        refused,
        "probe",
        f"found: {answer}; needed a refusal (SQLSTATE 25006)",
        "don't go on with this DSN: connect directly, as a role that may only read",
    )


@pytest.mark.gate(
    "role-can-only-read",
    title="the role of the DSN could not have written, whatever had been asked",
    prevents="A DSN that can change production, in the hands of everyone and everything that may verify it.",
    subject="target",
    severity="warning",
)
@pytest.mark.asks(ROLE, rights_query)
def test_role_can_only_read(gate: OpenGate, live: Target, examined: Examined, run: Run) -> None:
    query = rights_query(run)
    role, rights = examined.ask(live, ROLE, query)
    _show(gate, "role", "The role of the DSN", ROLE, role)
    _show(gate, "rights", "What it could write", query, rights)
    name = role.rows[0][0] if role.rows else "the role of the DSN"
    schemas = sorted({each.rpartition(".")[0] or "public" for each in relations_of(run)} or {"public"})
    found = "; ".join(
        f"{may}: {object}" + (f" (through {through})" if through != name else "")
        for object, may, through in rights.rows
    )
    gate.require(
        not rights.rows,
        str(name),
        f"found a role that may {found}; needed one that may only select",
        "paste this, then use that role in the DSN:\n" + READER.format(", ".join(schemas)),
    )


def _show(gate: OpenGate, name: str, title: str, query: str, answer: Answer) -> None:
    """Keep an answer as evidence; without one the gate is ERROR."""
    if answer.error is not None:
        raise answer.error
    gate.show(name, title, answer.columns, answer.rows, query=query.strip())
