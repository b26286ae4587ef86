"""The corpus: SQL that breaks a database for one gate to catch, and SQL that no gate may mind.

A file is a row of cases. Each starts with its name and the facts that differ from the usual ones:

    -- case:     allows-a-third-provider
    -- object:   what the violation must name
    -- start:    before clean | after clean | traffic | rolled-back (baselines by their manifest name)
    -- topology: staging | prod | single-db
    -- outcome:  FAIL | HOLD
    -- severity: error | warning
    -- postgres: the first major version that has what the case needs
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
_FACT = re.compile(r"-- (case|object|start|topology|outcome|severity|postgres):\s+(\S.*)")


@dataclass(frozen=True)
class Case:
    """One change to a database. `subject` is its file's stem: of a sabotage, the gate that must see it."""

    subject: str
    name: str
    sql: str = field(repr=False)
    object: str = ""
    start: str = "after clean"
    topology: str = "prod"
    outcome: str = "FAIL"
    severity: str = "error"
    postgres: int = 0

    @property
    def id(self) -> str:
        """What pytest calls it."""
        return f"{self.subject}-{self.name}"


def read_cases(folder: str) -> list[Case]:
    """Return the cases of the files in `folder`, in order."""
    return [case for path in sorted((HERE / folder).glob("*.sql")) for case in _read(path)]


def _read(path: Path) -> list[Case]:
    cases: list[tuple[dict[str, str], list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        fact = _FACT.fullmatch(line)
        if fact and fact[1] == "case":
            cases.append(({}, []))
        if fact:
            cases[-1][0][fact[1]] = fact[2].strip()
        elif cases:
            cases[-1][1].append(line)
    return [_case(path.stem, facts, "\n".join(lines).strip()) for facts, lines in cases]


def _case(subject: str, facts: dict[str, str], sql: str) -> Case:
    known = dict(facts)
    name, postgres = known.pop("case"), int(known.pop("postgres", "0"))
    return Case(subject, name, sql, postgres=postgres, **known)
