"""Databases to migrate, and the two ways of sending a file: pasted, or statement by statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest

from rollgate.examination import Context, examine
from rollgate.gates import Phase
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, Topology
from rollgate.run import Run
from rollgate.target.session import read_only_session
from rollgate.verdict import Outcome

#: Conninfo, and an autocommit connection.
Database = tuple[str, psycopg.Connection]
#: Some 40 MB.
ROWS_OF_A_BIG_TABLE = 75_000


@pytest.fixture
def topology(release: Release) -> Topology:
    return release.topologies["prod"]


@pytest.fixture
def base(topology: Topology) -> Path:
    """The base migration."""
    return topology.migrations[0]


@pytest.fixture
def old_telemetry(topology: Topology) -> Path:
    """The file that fills many nulls."""
    return topology.migrations[1]


@pytest.fixture
def index_files(topology: Topology) -> tuple[Path, ...]:
    """The files that build the indexes of a big table."""
    return topology.migrations[2:]


@pytest.fixture
def starting_from(rehearsal: Rehearsal) -> Callable[[str], AbstractContextManager[Database]]:
    """Clone a starting state: conninfo and an autocommit connection."""

    @contextmanager
    def clone(state: str) -> Iterator[Database]:
        with (
            rehearsal.databases.cloned(rehearsal.baseline(state)) as conninfo,
            psycopg.connect(conninfo, autocommit=True) as connection,
        ):
            yield conninfo, connection

    return clone


@pytest.fixture
def phase1(starting_from) -> Iterator[Database]:
    """A clean Phase 1 database."""
    with starting_from("clean") as database:
        yield database


@pytest.fixture(scope="session")
def big_template(rehearsal: Rehearsal) -> str:
    """A Phase 1 database whose training examples are too many for a plain index build."""

    def build(connection: psycopg.Connection) -> None:
        connection.execute(
            "insert into public.ai_training_examples (source, prompt, provider, output_site_json)"
            " select 'generation', repeat('x', 400), 'openai', '{}'"
            f" from generate_series(1, {ROWS_OF_A_BIG_TABLE})"
        )

    return rehearsal.databases.template("big_phase1", build, base=rehearsal.baseline())


@pytest.fixture
def big(rehearsal: Rehearsal, big_template: str) -> Iterator[Database]:
    with (
        rehearsal.databases.cloned(big_template) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        yield conninfo, connection


@pytest.fixture
def migrated(rehearsal: Rehearsal, topology: Topology) -> Iterator[Database]:
    """A database that the release was applied to."""
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        yield conninfo, connection


@pytest.fixture
def roll_out(topology: Topology) -> Callable[[psycopg.Connection], None]:
    def roll_out(connection: psycopg.Connection) -> None:
        for path in topology.rollout:
            apply_file(connection, path)

    return roll_out


@pytest.fixture
def blocking(run: Run, topology: Topology) -> Callable[[str], list[str]]:
    """Return what the gates find, one line a violation, apart from evals that haven't run."""

    def find(conninfo: str) -> list[str]:
        context = Context.of(topology)
        gates = [gate for gate in run.gates if gate.phase is Phase.VERIFY]
        with read_only_session(conninfo) as connection:
            records = examine(connection, gates, context=context, evidence=run.evidence)
        return [
            f"{record.id}: {found}"
            for record in records
            if record.outcome is not Outcome.PASS and record.id != "eval-view-agrees-with-samples"
            for found in [record.error] * bool(record.error) + [each.object for each in record.violations]
        ]

    return find


@pytest.fixture
def left_to_paste() -> Callable[[psycopg.Connection, Path], list[str]]:
    """Run the base migration, and return the files that its last statement names."""

    def run(connection: psycopg.Connection, base: Path) -> list[str]:
        return [str(row[2]) for row in apply_file(connection, base).rows if row[1] != "done"]

    return run
