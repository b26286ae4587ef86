"""docs/gates.md is what the gates say of themselves today, and leaves none out."""

from __future__ import annotations

from tests.selfcheck.docs.gates_page import BESIDE, COMMAND, DOC, document, unnamed


def test_the_page_is_current():
    assert DOC.read_text(encoding="utf-8") == document(), f"run {COMMAND}"


def test_every_gate_of_a_run_has_a_row():
    assert unnamed() == set()


def test_every_row_says_what_it_prevents_and_how_it_was_seen():
    """The sabotages hold that every gate is seen red; a row that says nothing of it was looked up wrongly."""
    rows = [line.split(" | ") for line in document().splitlines() if line.startswith("| [`")]
    assert rows
    assert [row[0] for row in rows if not (row[1] and row[2] and row[5])] == []


def test_a_check_without_a_gate_has_something_beside_it():
    (table,) = (part for part in document().split("## ") if part.startswith("The runbook's checks"))
    rows = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    assert rows
    assert [row[0].strip() for row in rows if row[3] == "-" and not row[4].strip()] == []
    assert BESIDE.keys() <= {row[0].strip() for row in rows}
