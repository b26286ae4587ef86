"""Asking gates: errors stay with the gate they belong to, waivers expire, missing evidence is no pass."""

from __future__ import annotations

import datetime
from pathlib import Path

import psycopg
import pytest

from rollgate.evidence.capping import MAX_ROWS
from rollgate.evidence.record import GateRecord
from rollgate.examination import Context, examine
from rollgate.gates import EvidenceQuery, Gate, Phase
from rollgate.release import Waiver
from rollgate.target.session import read_only_session
from rollgate.verdict import Outcome, Severity

CONTEXT = Context("staging", "staging", ("staging",), "phase2")
PASSES = "select 'o' as object, 'd' as detail, 'r' as remedy where false"
FAILS = "select 'o' as object, 'found 1, needed 2' as detail, 'mend it' as remedy"
TODAY = datetime.date(2026, 2, 16)


def a_gate(query: str, **facts) -> Gate:
    return Gate(
        **{
            "id": "a-gate",
            "subject": "selfcheck",
            "title": "it holds",
            "prevents": "nothing",
            "sections": (),
            "checks": (),
            "severity": Severity.ERROR,
            "phase": Phase.VERIFY,
            "path": Path("a-gate.sql"),
            "query": query,
            **facts,
        }
    )


@pytest.fixture(scope="module")
def connection(databases):
    template = databases.template(
        "examination", lambda build: build.execute("create table public.t (n integer)")
    )
    with databases.cloned(template) as conninfo, read_only_session(conninfo) as connection:
        yield connection


@pytest.fixture
def ask(connection):
    def ask(*gates: Gate, evidence=None, waivers=()) -> list[GateRecord]:
        return examine(
            connection, gates, context=CONTEXT, evidence=evidence or {}, waivers=waivers, today=TODAY
        )

    return ask


def test_no_violations_are_a_pass(ask):
    (record,) = ask(a_gate(PASSES))
    assert (record.outcome, record.violations, record.error) == (Outcome.PASS, (), "")


def test_a_violation_is_a_failure(ask):
    (record,) = ask(a_gate(FAILS))
    assert record.outcome is Outcome.FAIL
    assert record.violations[0].detail == "found 1, needed 2"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("select 1 / 0 as object, '' as detail, '' as remedy", "SQLSTATE 22012"),
        ("select * from public.gone", "SQLSTATE 42P01"),
        ("selec", "SQLSTATE 42601"),
        ("select 'o', 'd', 'r'; commit; create table public.u ()", "SQLSTATE 42601"),
        ("commit", "a select is needed"),
        ("select 'o' as object", "returns the columns object"),
        ("insert into public.t values (1) returning 'o', 'd', 'r'", "SQLSTATE 25006"),
        (FAILS + ", 'MAYBE' as outcome", "outcome 'MAYBE'; needed: FAIL or HOLD"),
        (FAILS + ", 'PASS' as outcome", "outcome 'PASS'; needed: FAIL or HOLD"),
        (FAILS + ", 'WAIVED' as outcome", "outcome 'WAIVED'; needed: FAIL or HOLD"),
        (FAILS + ", 'FAIL' as outcome, 'grave' as severity", "severity 'grave'; needed: error or warning"),
        (PASSES + "; select 1", "a gate is one select"),
        ("with gone as (delete from public.t returning 1) select * from gone", "a gate only reads"),
    ],
)
def test_an_error_stays_with_its_gate(ask, query, says):
    broken, healthy = ask(a_gate(query), a_gate(PASSES, id="healthy"))
    assert broken.outcome is Outcome.ERROR
    assert says in broken.error
    assert healthy.outcome is Outcome.PASS


def test_a_missing_relation_is_named(ask):
    (record,) = ask(a_gate(PASSES, requires=("public.t", "public.gone")))
    assert [each.object for each in record.violations] == ["public.gone"]
    assert record.outcome is Outcome.FAIL


def test_a_missing_relation_may_be_fine_before_the_rollout(ask):
    (record,) = ask(a_gate("select * from public.gone", requires=("public.gone",), passes_when_absent=True))
    assert record.outcome is Outcome.PASS


def test_a_relation_that_no_rehearsal_has_is_no_pass(connection):
    """Misspelt, it would be absent for ever."""
    gates = [a_gate(PASSES, id=name, requires=(f"public.{name}",), passes_when_absent=True) for name in "ab"]
    before, never = examine(
        connection, gates, context=CONTEXT, evidence={}, missing={"public.a", "public.b"}, never={"public.b"}
    )
    assert before.outcome is Outcome.PASS
    assert never.outcome is Outcome.FAIL
    assert "`requires`" in never.violations[0].remedy


def test_a_row_may_hold_or_only_warn(ask):
    hold, warn, both = ask(
        a_gate(FAILS + ", 'HOLD' as outcome", id="hold"),
        a_gate(FAILS + ", 'FAIL' as outcome, 'warning' as severity", id="warn"),
        a_gate(
            f"{FAILS}, 'HOLD' as outcome, 'error' as severity union all {FAILS}, 'FAIL', 'warning'", id="both"
        ),
    )
    assert (hold.outcome, hold.severity) == (Outcome.HOLD, Severity.ERROR)
    assert (warn.outcome, warn.severity) == (Outcome.FAIL, Severity.WARNING)
    assert (both.outcome, both.severity) == (Outcome.HOLD, Severity.ERROR)


def test_a_pass_whose_evidence_cannot_be_read_is_a_hold(ask):
    broken = EvidenceQuery("rows", "Rows", (), "select * from public.gone")
    (record,) = ask(a_gate(PASSES, evidence=("rows",)), evidence={"rows": broken})
    assert record.outcome is Outcome.HOLD
    assert "42P01" in record.evidence[0].error


def test_evidence_is_kept_as_the_text_that_psql_prints_and_is_capped(ask):
    query = EvidenceQuery(
        "rows", "Rows", (), "select n, n % 2 = 0 as even, null as nil from generate_series(1, 999) n"
    )
    (record,) = ask(a_gate(PASSES, evidence=("rows",)), evidence={"rows": query})
    (table,) = record.evidence
    assert table.columns == ("n", "even", "nil")
    assert table.rows[0] == ("1", "f", None)
    assert (len(table.rows), table.total) == (MAX_ROWS, 999)


def test_many_violations_are_capped_and_say_so(ask):
    (record,) = ask(
        a_gate("select n::text as object, '' as detail, '' as remedy from generate_series(1, 999) n")
    )
    assert len(record.violations) == MAX_ROWS + 1
    assert "799 more" in record.violations[-1].detail


@pytest.mark.parametrize(
    ("expires", "outcome"),
    [(TODAY, Outcome.WAIVED), (TODAY - datetime.timedelta(days=1), Outcome.FAIL)],
    ids=["on-its-last-day", "expired"],
)
def test_a_waiver_holds_until_its_last_day(ask, expires, outcome):
    waiver = Waiver("a-gate", "o", "known and harmless", "the release lead", expires)
    (record,) = ask(a_gate(FAILS), waivers=[waiver])
    assert record.outcome is outcome
    assert ("expired" in record.violations[0].detail) == (outcome is Outcome.FAIL)


def test_a_waiver_covers_one_object_only(ask):
    waiver = Waiver("a-gate", "o", "known", "the release lead", TODAY)
    (record,) = ask(a_gate(f"{FAILS} union all select 'p', 'd', 'r'"), waivers=[waiver])
    assert record.outcome is Outcome.FAIL
    assert {each.object: each.outcome for each in record.violations} == {
        "o": Outcome.WAIVED,
        "p": Outcome.FAIL,
    }


def test_a_gate_sees_the_context_of_the_run(ask):
    query = """
    select current_setting('rollgate.topology') as object,
           array_to_string(current_setting('rollgate.routes')::text[], '+') as detail,
           current_setting('rollgate.release') as remedy
    """
    (record,) = ask(a_gate(query))
    (violation,) = record.violations
    assert (violation.object, violation.detail, violation.remedy) == ("staging", "staging", "phase2")


def test_a_session_cannot_write(connection):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), connection.transaction():
        connection.execute("create table public.u ()")
