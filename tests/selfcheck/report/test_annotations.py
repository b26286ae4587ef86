"""GitHub's view of a run: annotations on the files that failed, and the step summary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from rollgate.evidence.record import RunRecord, Violation
from rollgate.release import BUILTIN
from rollgate.report.annotations import workflow_commands
from rollgate.verdict import Outcome, Severity
from tests.selfcheck.report import samples

ROOT = Path(__file__).parents[3]
COMMAND = re.compile(r"::(error|warning) (?:file=([^:,]+),)?(?:line=(\d+),)?title=([^:,]+)::(.+)")


def parsed(record: RunRecord, **where: Path) -> list[tuple[str, ...]]:
    """Return kind, file, line, title and message of each command; every line must be one."""
    lines = list(workflow_commands(record, **{"root": BUILTIN, "workspace": ROOT, **where}))
    found = [COMMAND.fullmatch(line) for line in lines]
    assert None not in found, lines
    return [each.groups("") for each in found if each]


def failing(source: str = "", object: str = "t") -> RunRecord:
    record = samples.go()
    violation = Violation(object=object, detail="found 2, needed 1", remedy="")
    gate = replace(record.gates[0], outcome=Outcome.FAIL, violations=(violation,), source=source)
    return replace(record, gates=(gate, *record.gates[1:]))


def test_every_failure_has_one_and_passes_have_none():
    commands = parsed(samples.no_go())
    assert [kind for kind, *_ in commands] == ["error"] * 4 + ["warning"]
    assert "one-default-per-environment on prod" in commands[0][3] + commands[1][3]
    assert list(workflow_commands(samples.go(), root=BUILTIN)) == []


def test_annotation_is_on_the_gate_that_failed():
    source = "gates/routing/one-default-per-environment.sql"
    assert parsed(failing(source))[0][1] == f"sql/{source}"


def test_annotation_is_on_the_line_of_the_release_that_a_violation_names(tmp_path):
    record = failing("gates/routing/one-default-per-environment.sql", f"{samples.go().files[0].path}:41")
    path = tmp_path / "db" / record.files[0].path
    path.parent.mkdir(parents=True)
    path.touch()
    ((_, file, line, _, _),) = parsed(record, root=tmp_path / "db", workspace=tmp_path)
    assert (file, line) == (f"db/{record.files[0].path}", "41")


def test_annotation_is_on_the_test_of_a_gate_that_is_one(tmp_path):
    (tmp_path / "suite" / "tests").mkdir(parents=True)
    (tmp_path / "suite" / "tests" / "test_own.py").touch()
    record = failing("tests/test_own.py")
    assert parsed(record, tests=tmp_path / "suite", workspace=tmp_path)[0][1] == "suite/tests/test_own.py"


def test_file_outside_of_the_repository_is_not_named(tmp_path):
    source = "gates/routing/one-default-per-environment.sql"
    assert parsed(failing(source), workspace=tmp_path)[0][1] == ""


@pytest.mark.parametrize("value", samples.HOSTILE, ids=range(len(samples.HOSTILE)))
def test_hostile_values_stay_inside_their_command(value):
    record = samples.go()
    violation = Violation(object=f"{value}\n::error::smuggled", detail=value, remedy=value)
    gate = replace(
        record.gates[0], id=f"a,b:c%{value}", target=value, outcome=Outcome.FAIL, violations=(violation,)
    )
    ((kind, _, _, title, message),) = parsed(replace(record, gates=(gate, *record.gates[1:])))
    assert kind == "error"
    assert "a%2Cb%3Ac%25" in title
    assert message.isprintable()
    assert len(message) < 600


def test_no_more_than_github_shows():
    record = samples.many(40)
    gates = [replace(gate, outcome=Outcome.FAIL) for gate in record.gates]
    warned = [replace(gate, severity=Severity.WARNING) for gate in gates[:20]]
    kinds = [kind for kind, *_ in parsed(replace(record, gates=(*warned, *gates[20:])))]
    assert (kinds.count("error"), kinds.count("warning")) == (10, 10)
