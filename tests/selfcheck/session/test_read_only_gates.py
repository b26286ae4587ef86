"""The two gates about writing, seen red: a session that could write, and a role that could have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import psycopg
import pytest

from rollgate.evidence.record import GateRecord
from rollgate.open_gate import OpenGate
from rollgate.target.query import ask_all
from rollgate.target.session import read_only_session
from rollgate.verdict import Outcome, Severity
from tests.gates import test_read_only as gates

ROLE = "a role that verifies"
GROUP = "a group of it"
RUN = SimpleNamespace(
    gates=[SimpleNamespace(requires=("public.ai_provider_configs", "public.ai_eval_runs", "public.gone"))]
)


def plan(severity: Severity) -> GateRecord:
    return GateRecord(
        id="asked",
        target="prod",
        subject="rollout",
        title="",
        prevents="",
        sections=(),
        checks=(),
        severity=severity,
        outcome=Outcome.ERROR,
    )


def ask(test: Callable[..., None], connection: psycopg.Connection, severity: Severity) -> GateRecord:
    gate = OpenGate(plan(severity))
    examined = SimpleNamespace(ask=lambda target, *queries: ask_all(connection, queries))
    more = {"run": RUN} if test is gates.test_role_can_only_read else {}
    test(gate=gate, live=None, examined=examined, **more)
    return gate.close()


@pytest.fixture
def role(prod) -> Iterator[Callable[[str], GateRecord]]:
    """Make a role with what a test grants it, and ask what it could have written."""
    with psycopg.connect(prod.direct, autocommit=True) as admin:

        def judge(statements: str) -> GateRecord:
            admin.execute(f'create role "{ROLE}" login; create role "{GROUP}"')
            for statement in filter(None, statements.split(";")):
                admin.execute(statement.replace("ROLE", f'"{ROLE}"').replace("GROUP", f'"{GROUP}"').encode())
            with read_only_session(
                prod.at(application_name="x").replace("user=postgres", f"user='{ROLE}'")
            ) as s:
                return ask(gates.test_role_can_only_read, s, Severity.WARNING)

        yield judge
        admin.execute(f'reassign owned by "{ROLE}" to postgres; drop owned by "{ROLE}", "{GROUP}"')
        admin.execute(f'drop role "{ROLE}", "{GROUP}"')


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        ("alter role ROLE superuser", "do anything, as a superuser: everything"),
        ("alter role ROLE createrole", "make roles and become them: roles"),
        ("grant insert on public.ai_eval_runs to ROLE", "insert: ai_eval_runs"),
        ("grant update (weight) on public.ai_provider_configs to ROLE", "update: ai_provider_configs"),
        ("grant delete, truncate on public.ai_provider_configs to ROLE", "delete, truncate: ai_provider"),
        ("alter table public.ai_provider_configs owner to ROLE", "own it: ai_provider_configs"),
        ("grant GROUP to ROLE; grant update on public.ai_eval_runs to GROUP", "(through a group of it)"),
        (
            "alter role ROLE noinherit; grant GROUP to ROLE; grant update on public.ai_eval_runs to GROUP",
            "update: ai_eval_runs (through a group of it)",
        ),
        ("grant pg_write_all_data to ROLE", "write, as a member: everything"),
        ("grant create on schema public to ROLE", "create: schema public"),
    ],
    ids=[
        *("superuser", "createrole", "insert", "one-column", "delete", "owner", "member", "set-role"),
        *("write-all-data", "create"),
    ],
)
def test_a_role_that_could_have_written_is_a_warning(role, statements, says):
    record = role(statements)
    assert (record.outcome, record.severity) == (Outcome.FAIL, Severity.WARNING)
    (violation,) = record.violations
    assert violation.object == ROLE
    assert says in violation.detail
    assert "create role rollgate_reader" in violation.remedy


def test_a_role_that_may_only_select_passes_and_shows_what_was_looked_at(role):
    record = role("grant select on all tables in schema public to ROLE; alter role ROLE bypassrls")
    assert record.outcome is Outcome.PASS, record.violations
    assert record.evidence[0].rows[0][0] == ROLE
    assert record.evidence[1].total == 0


def test_what_the_remedy_makes_passes_every_gate(prod, verify):
    """As it is printed, but for the password."""
    with psycopg.connect(prod.direct, autocommit=True) as admin:
        for line in gates.READER.format("public").replace("<your own>", "made up").splitlines():
            admin.execute(line.encode())
    try:
        run = verify(prod.at().replace("user=postgres", "user=rollgate_reader"))
        assert run.gate("role-can-only-read")["outcome"] == "PASS"
        assert not run.blocking
    finally:
        with psycopg.connect(prod.direct, autocommit=True) as admin:
            admin.execute("drop owned by rollgate_reader; drop role rollgate_reader")


def test_a_session_that_could_write_is_no_go(prod):
    with psycopg.connect(prod.direct) as connection:
        connection.execute("select 1")
        record = ask(gates.test_session_refuses_writes, connection, Severity.ERROR)
    assert (record.outcome, record.severity) == (Outcome.FAIL, Severity.ERROR)
    assert {each.object for each in record.violations} == {"transaction", "probe"}
    assert "the server ran it" in record.violations[-1].detail


def test_a_session_that_sees_many_instants_is_no_go(prod):
    with psycopg.connect(prod.direct) as connection:
        connection.read_only = True
        connection.execute("select 1")
        record = ask(gates.test_session_refuses_writes, connection, Severity.ERROR)
    assert [each.object for each in record.violations] == ["transaction"]
    assert "read committed" in record.violations[0].detail


def test_a_session_that_cannot_write_passes(prod):
    with read_only_session(prod.direct) as connection:
        record = ask(gates.test_session_refuses_writes, connection, Severity.ERROR)
    assert record.outcome is Outcome.PASS
