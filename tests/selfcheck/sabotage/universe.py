"""Every gate that a run may ask, found where gates are kept, and asking one that is a test."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from rollgate.evidence.record import GateRecord
from rollgate.gates import Gate, find_gates
from rollgate.open_gate import OpenGate
from rollgate.release import BUILTIN, Release
from rollgate.verdict import Outcome, Severity

TESTS = Path(__file__).parents[2]
FOLDERS = ("gates", "rollback", "evals")

Test = Callable[..., None]


@cache
def sql_gates() -> Mapping[str, Gate]:
    """Return the gates that are SQL files, by id."""
    return {gate.id: gate for gate in find_gates([BUILTIN / "gates"])}


@cache
def tests() -> Mapping[str, Test]:
    """Return the gates that are tests, by the id that their marker gives."""
    found: dict[str, Test] = {}
    for path in sorted(path for folder in FOLDERS for path in (TESTS / folder).glob("**/test_*.py")):
        module = importlib.import_module(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))
        for value in vars(module).values():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                for mark in marks_of(value, "gate"):
                    found[mark.args[0]] = value
    return found


def marks_of(test: Test, name: str) -> list[pytest.Mark]:
    return [mark for mark in getattr(test, "pytestmark", []) if mark.name == name]


def every_gate(release: Release) -> set[str]:
    """Return the ids of all gates, those with a starting state or a layout in their names spelled out."""
    values = {"baseline": tuple(release.baselines)}
    found = set(sql_gates())
    for id, test in tests().items():
        spread = {**values, **{mark.args[0]: tuple(mark.args[1]) for mark in marks_of(test, "parametrize")}}
        names = [name for name in spread if f"{{{name}}}" in id]
        ids = {id}
        for name in names:
            ids = {each.replace(f"{{{name}}}", value) for each in ids for value in spread[name]}
        found |= ids
    return found


def severity_of(id: str) -> Severity:
    """Return what a gate weighs by its header or marker; one whose name was spelled out is an error."""
    if id in sql_gates():
        return sql_gates()[id].severity
    marks = marks_of(tests()[id], "gate") if id in tests() else []
    return Severity(marks[0].kwargs.get("severity", "error")) if marks else Severity.ERROR


def ask(id: str, **fixtures: Any) -> GateRecord:
    """Ask a gate that is a test, with these for its fixtures, and return what a run would record of it."""
    test = tests()[id]
    (mark,) = marks_of(test, "gate")
    gate = OpenGate(
        GateRecord(
            id=id.format(**{name: value for name, value in fixtures.items() if isinstance(value, str)}),
            target="sabotaged",
            subject="",
            title="",
            prevents="",
            sections=(),
            checks=(),
            severity=Severity(mark.kwargs.get("severity", "error")),
            outcome=Outcome.ERROR,
        )
    )
    given = {"gate": gate, **fixtures}
    try:
        test(**{name: given[name] for name in inspect.signature(test).parameters})
    except AssertionError as failed:
        return gate.close(failed=str(failed) or "an assertion")
    except Exception as error:
        return gate.close(error=f"{type(error).__name__}: {error}")
    return gate.close()
