"""A staging database that stands in for the live one, and the rehearsal and the drill on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from rollgate.rehearsal.drill import Drill
from rollgate.rehearsal.findings import Findings, Rules
from rollgate.rehearsal.in_place import rehearse
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.rehearsal.script import statements_without_transaction_control
from rollgate.run import Run
from rollgate.target.target import Target
from tests.selfcheck.session.conftest import pooler, served, server  # noqa: F401

ROOT = Path(__file__).parents[3]
READ = "select c.*::text, c.xmin, c.ctid from public.ai_provider_configs c order by id"
SEQUENCE = "select last_value, is_called from public.ai_provider_configs_id_seq"


@dataclass
class Staging:
    """The database, the target that it is taken for, and what judges it."""

    conninfo: str
    target: Target
    rules: Rules
    folder: Path

    def sql(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def rows(self) -> list[tuple]:
        """Every row, byte for byte, and its version."""
        return self.sql(READ)

    @property
    def values(self) -> list[tuple]:
        return [row[:1] for row in self.rows]

    def with_rollback(self, text: str) -> Staging:
        path = self.folder / "rollback.sql"
        path.write_text(text)
        return replace(
            self, target=replace(self.target, topology=replace(self.target.topology, rollback=path))
        )

    def rehearse(self, conninfo: str = "") -> Findings:
        statements = statements_without_transaction_control(self.target.topology.rollback)
        return rehearse(conninfo or self.conninfo, self.target, statements, self.rules)

    def drill(self, conninfo: str = "", run: str = "run") -> Drill:
        drill = Drill(conninfo or self.conninfo, self.target, self.rules, self.folder / "reports" / run)
        drill.run(statements_without_transaction_control(self.target.topology.rollback))
        return drill

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("reports/*/*.sql"))


@pytest.fixture
def staging(rehearsal: Rehearsal, run: Run, tmp_path: Path) -> Iterator[Staging]:
    release = rehearsal.release
    topology = release.topologies["staging"]
    rules = Rules(run.gates, run.evidence, (), tuple(release.topologies))
    with rehearsal.databases.cloned(rehearsal.with_traffic(topology)) as conninfo:
        yield Staging(conninfo, Target(topology, live=True), rules, tmp_path)


@pytest.fixture
def verify(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run the two gates as an operator does; return the exit code and what was printed."""

    def run(*arguments: str, **variables: str) -> tuple[int, str]:
        finished = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
                *(f"--reports={tmp_path / 'reports'}", *arguments, "tests/rollback/test_in_place.py"),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTEST_ADDOPTS": "", "GITHUB_STEP_SUMMARY": "", **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return finished.returncode, finished.stdout + finished.stderr

    return run
