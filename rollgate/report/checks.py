"""The runbook's numbered lines, and which gates cover each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rollgate.report.view import Gate

CHECKS_PATH = Path(__file__).with_name("checks.toml")


@dataclass(frozen=True)
class Check:
    """One line of the runbook; `known` is false for an id that only a gate names."""

    id: str
    section: str
    shows: str
    known: bool = True


@dataclass(frozen=True)
class Trace:
    """A line of the runbook and the gates that cover it; none is a hole."""

    check: Check
    gates: tuple[Gate, ...]


@cache
def load_checks() -> tuple[Check, ...]:
    """Return the lines of the runbook, in its order."""
    with CHECKS_PATH.open("rb") as file:
        return tuple(Check(**entry) for entry in tomllib.load(file)["check"])


def trace(gates: Iterable[Gate]) -> tuple[Trace, ...]:
    """Return every line with its gates; ids that are no line of the runbook come last."""
    covering: dict[str, list[Gate]] = {}
    for gate in gates:
        for check in gate.checks:
            covering.setdefault(check, []).append(gate)
    lines = load_checks()
    strays = sorted(covering.keys() - {line.id for line in lines})
    lines += tuple(Check(id=stray, section="", shows="", known=False) for stray in strays)
    return tuple(Trace(check=line, gates=tuple(covering.get(line.id, ()))) for line in lines)
