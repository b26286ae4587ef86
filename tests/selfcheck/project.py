"""A release of one table in a folder of its own, and runs over it as its user starts them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from rollgate.release import MANIFEST_NAME

ROOT = Path(__file__).parents[2]
TESTS = {
    "test_gates.py": ROOT / "tests" / "gates" / "test_gates.py",
    "test_rollout.py": ROOT / "tests" / "gates" / "test_rollout.py",
    "test_p0_rollback.py": ROOT / "tests" / "rollback" / "test_p0_rollback.py",
}
SMALL_SUITE = "tests.selfcheck.small_suite"
TABLE = "create table public.t (n integer); insert into public.t values (1);"
GATE = """\
-- title:    t holds one row
-- prevents: an empty table
-- section:  1.4
-- checks:   RG-2
-- severity: {severity}
-- phase:    {phase}
-- requires: {requires}
-- evidence: rows
select 't' as object, 'found ' || count(*) || ' rows, needed 1' as detail, 'insert one' as remedy{more}
from public.t having count(*) <> 1
"""

OWN_GATE = """
import pytest
@pytest.mark.gate("own", title="it holds", prevents="nothing")
def test_own(gate, rehearsed):
    gate.show("looked-at", "Looked at", ("n",), [(1,)])
"""


def gate_text(
    *, severity: str = "error", phase: str = "verify", requires: str = "public.t", more: str = ""
) -> str:
    """Return the file of a gate; `more` are columns beside those that each has."""
    return GATE.format(severity=severity, phase=phase, requires=requires, more=more)


class Project:
    """A release of one table, in a folder of its own, with the suite's tests of the gates."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.sql = pytester.path / "sql"
        for folder in ("gates/things", "evidence", "baseline"):
            (self.sql / folder).mkdir(parents=True)
        self.write("baseline/clean.sql", "select 1;")
        self.write("baseline/traffic.sql", "select 1;")
        self.write("migration.sql", TABLE)
        self.write("overlay.sql", "select 1;")
        self.write("rollback.sql", "select 1;")
        self.write("evidence/rows.sql", "-- title: Rows\n-- section: 1.4\nselect * from public.t")
        self.gate("one-row")
        self.manifest()
        shutil.copy(TESTS["test_gates.py"], pytester.path)
        pytester._monkeypatch.setenv("PYTEST_PLUGINS", SMALL_SUITE)
        pytester.makeini("[pytest]\naddopts = -p no:cacheprovider -p no:randomly\nfilterwarnings = error\n")

    def write(self, name: str, text: str) -> None:
        (self.sql / name).write_text(text)

    def gate(self, name: str, **says: str) -> None:
        self.write(f"gates/things/{name}.sql", gate_text(**says))

    def manifest(self, more: str = "") -> None:
        self.write(
            MANIFEST_NAME,
            f"""\
format = 1
[release]
name  = "things"
title = "Things"
[gates]
folders  = ["gates"]
evidence = "evidence"
builtin  = false
[topologies.staging]
routes     = ["staging"]
migrations = ["migration.sql"]
overlay    = "overlay.sql"
rollback   = "rollback.sql"
dsn        = "STAGING_DATABASE_URL"
[rehearsal]
traffic = "baseline/traffic.sql"
[rehearsal.baselines]
clean = ["baseline/clean.sql"]
{more}
""",
        )

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_subprocess(
            "-p", "rollgate.plugin", f"--release={self.sql}", *arguments
        )

    def record(self) -> dict[str, Any]:
        (path,) = (self.pytester.path / "reports").glob("*/record.json")
        record: dict[str, Any] = json.loads(path.read_text())
        return record

    def left(self) -> list[Path]:
        reports = self.pytester.path / "reports"
        return sorted(each for each in reports.iterdir() if each.is_dir()) if reports.exists() else []
