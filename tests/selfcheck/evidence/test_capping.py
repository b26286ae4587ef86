"""A record stays small, and says what it left out."""

from __future__ import annotations

import datetime

from rollgate.evidence.capping import MAX_ROWS, MAX_TEXT, capped, capped_rows
from rollgate.judging import waive
from rollgate.open_gate import OpenGate
from rollgate.release import Waiver
from rollgate.verdict import Outcome, Severity
from tests.selfcheck.evidence.runs import gate


def test_a_long_cell_is_cut_and_says_so():
    assert capped("x" * MAX_TEXT) == "x" * MAX_TEXT
    assert capped("x" * (MAX_TEXT + 1200)) == "x" * MAX_TEXT + " … 1,200 more characters"


def test_many_rows_are_cut():
    assert len(capped_rows([("x", None)] * (MAX_ROWS + 5))) == MAX_ROWS


def test_a_gate_that_shows_too_much_keeps_the_count():
    open_gate = OpenGate(gate("large", "rollout"))
    open_gate.show("rows", "Rows", ("n",), [["x" * 20_000]] * 1000)
    open_gate.require(False, "object", "y" * 20_000, "remedy")
    record = open_gate.close()
    (table,) = record.evidence
    assert (table.total, len(table.rows)) == (1000, MAX_ROWS)
    assert len(table.rows[0][0] or "") < MAX_TEXT + 50
    assert record.violations[0].detail.endswith("12,000 more characters")


def test_what_is_cut_off_still_decides():
    open_gate = OpenGate(gate("many", "rollout"))
    for number in range(MAX_ROWS):
        open_gate.require(False, f"warning {number}", "d", "r", severity=Severity.WARNING)
    open_gate.require(False, "error", "d", "r")
    record = open_gate.close()
    assert (record.outcome, record.severity) == (Outcome.FAIL, Severity.ERROR)
    assert len(record.violations) == MAX_ROWS + 1
    assert record.violations[-1].severity is Severity.ERROR
    assert waive(record, ()).severity is Severity.ERROR
    assert waive(record, [Waiver("many", "x", "r", "a", datetime.date.max)]).severity is Severity.ERROR
