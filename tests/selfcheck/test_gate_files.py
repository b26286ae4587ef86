"""Gate files: what their header must say, and that every shipped one says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollgate.errors import UsageError
from rollgate.gates import Phase, find_evidence, find_gates, read_gate
from rollgate.release import BUILTIN
from rollgate.report.checks import load_checks
from rollgate.verdict import Severity

HEADER = """\
-- title:    rows are there
-- prevents: an empty table
--           in production
-- section:  0.3, 1.4
-- checks:   -
-- severity: warning
-- phase:    verify
-- requires: public.things
-- evidence: things
select 'a' as object, 'b' as detail, 'c' as remedy where false
"""


@pytest.fixture
def gate_file(tmp_path: Path) -> Path:
    path = tmp_path / "subject" / "rows-are-there.sql"
    path.parent.mkdir()
    path.write_text(HEADER)
    return path


def test_a_header_is_read(gate_file):
    gate = read_gate(gate_file)
    assert (gate.id, gate.subject, gate.title) == ("rows-are-there", "subject", "rows are there")
    assert gate.prevents == "an empty table in production"
    assert gate.sections == ("0.3", "1.4")
    assert gate.checks == ()
    assert (gate.severity, gate.phase) == (Severity.WARNING, Phase.VERIFY)
    assert (gate.requires, gate.evidence) == (("public.things",), ("things",))
    assert gate.query.startswith("select 'a'")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("-- title:    rows are there\n", "", "title"),
        ("severity: warning", "severity: severe", "severity"),
        ("phase:    verify", "phase:    later", "phase"),
        ("-- checks:   -\n", "-- cheks: -\n", "cheks"),
        ("select 'a' as object, 'b' as detail, 'c' as remedy where false\n", "", "query"),
        ("-- phase: ", "-- severity: error\n-- phase: ", "severity"),
        ("-- evidence: things\n", "", "evidence"),
        ("-- evidence: things\n", "-- evidence: -\n", "evidence"),
    ],
)
def test_a_wrong_header_is_named(gate_file, old, new, where):
    gate_file.write_text(gate_file.read_text().replace(old, new))
    with pytest.raises(UsageError) as caught:
        read_gate(gate_file)
    assert caught.value.where == f"{gate_file}: {where}"


def test_all_that_a_header_lacks_is_named_at_once(gate_file):
    gate_file.write_text("select 1;\n")
    with pytest.raises(UsageError) as caught:
        find_evidence([gate_file.parent])
    assert caught.value.where == f"{gate_file}: title, section"
    assert "`-- title: ...`, `-- section: ...`" in caught.value.needed


@pytest.mark.parametrize(
    "read",
    [lambda path: find_gates([path.parent.parent]), lambda path: find_evidence([path.parent])],
    ids=["gates", "evidence"],
)
def test_a_file_that_is_no_text_is_named(gate_file, read):
    gate_file.write_bytes(HEADER.replace("rows are", "Zeilen f\xfcr").encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        read(gate_file)
    assert caught.value.where == str(gate_file)
    assert caught.value.needed == "text in UTF-8 that can be read"


def test_one_id_belongs_to_one_gate(gate_file):
    twin = gate_file.parent.parent / "other" / gate_file.name
    twin.parent.mkdir()
    twin.write_text(HEADER)
    assert len(find_gates([gate_file.parent.parent])) == 1, "a copy is the same gate"
    twin.write_text(HEADER + "-- but not the same\n")
    with pytest.raises(UsageError, match="a second gate"):
        find_gates([gate_file.parent.parent])


@pytest.mark.parametrize("place", ["stray.sql", "things/deep/er.sql", "things/shouted.SQL"])
def test_a_gate_where_none_is_looked_for_is_told(gate_file, place):
    folder = gate_file.parent.parent
    path = folder / place
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(HEADER)
    with pytest.raises(UsageError) as caught:
        find_gates([folder])
    assert caught.value.where == str(path)
    assert caught.value.needed == "<subject>/<gate>.sql below the folder of gates"


def test_every_shipped_gate_names_evidence_that_exists():
    evidence = find_evidence([BUILTIN / "evidence"])
    for gate in find_gates([BUILTIN / "gates"]):
        assert gate.evidence, gate.id
        assert set(gate.evidence) <= evidence.keys(), gate.id


def test_every_shipped_gate_names_checks_of_the_runbook():
    known = {check.id for check in load_checks()}
    for gate in find_gates([BUILTIN / "gates"]):
        assert set(gate.checks) <= known, gate.id
        assert gate.checks or gate.prevents, gate.id
