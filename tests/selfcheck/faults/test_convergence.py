"""kill -9 at random moments of a migration and of an ingest, of client or backend: a re-run converges.

A killed backend takes the whole server down with it, which recovers: all sessions end, as in a crash.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from rollgate.catalog.snapshot import Snapshot, difference, take_snapshot
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release
from rollgate.server.databases import Databases
from tests.selfcheck.evals.conftest import BASELINES, command, mixed
from tests.selfcheck.faults import client
from tests.selfcheck.faults.conftest import FULL, eventually
from tests.selfcheck.rollback.crashing import CrashingServer, crashing_server

pytestmark = pytest.mark.thorough

__all__ = ["command"]
SEED = 20260215
#: Moments of the migration, and of the ingest into each layout: together 50.
MIGRATION, INGEST = (26, 12) if FULL else (4, 2)
RECORDS = 1_000
#: What no two runs have in common: numbers of sequences, and when it was.
PASSING = {"created_at", "updated_at", "superseded_at"}
NUMBERED = {"public.ai_eval_samples"}
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def server(cluster) -> Iterator[CrashingServer]:
    with crashing_server(cluster.binaries) as server:
        yield server


@pytest.fixture(scope="module")
def templates(server: CrashingServer, release: Release) -> dict[str, str]:
    """What the migration starts from, and databases of both layouts to ingest into."""
    topology = release.topologies["prod"]
    with Databases(server.cluster) as databases:
        rehearsal = Rehearsal(release, databases)
        made = {name: rehearsal.rolled_out(topology, baseline) for name, baseline in BASELINES.items()}
        return {**made, "before": rehearsal.baseline("narrow-configs")}


class Trial:
    """One database after the other, of which one is brought to its end undisturbed."""

    def __init__(self, server: CrashingServer, template: str, files: Sequence[Path]) -> None:
        self.server = server
        self.template = template
        self.files = files
        with self.database() as conninfo:
            started = time.perf_counter()
            self.apply(conninfo)
            self.seconds = time.perf_counter() - started
            self.wanted = state(conninfo)

    @contextmanager
    def database(self) -> Iterator[str]:
        with Databases(self.server.cluster) as databases:
            name = databases.clone(self.template)
        yield self.server.cluster.dsn(name)
        with Databases(self.server.cluster) as databases:
            databases.drop(name)

    def apply(self, conninfo: str) -> None:
        client.main(conninfo, "whole", *map(str, self.files))

    def kill(self, conninfo: str, victim: str, way: str, share: float) -> None:
        """Start a client, and kill it or its backend when `share` of its time has passed."""
        run = subprocess.Popen(
            [sys.executable, "-B", "-m", client.__name__, conninfo, way, *map(str, self.files)],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        with psycopg.connect(conninfo, autocommit=True) as watcher:
            backend = self.backend(watcher, run)
            time.sleep(share * self.seconds)
            with suppress(ProcessLookupError):  # done already
                os.kill(run.pid if victim == "client" else backend, signal.SIGKILL)
        run.wait()
        assert eventually(lambda: self.gone(backend)), f"backend {backend} goes on"

    def backend(self, watcher: psycopg.Connection, run: subprocess.Popen[bytes]) -> int:
        found: list[int] = []

        def looked() -> bool:
            query = "select pid from pg_stat_activity where datname = %s and application_name = %s"
            found[:] = [row[0] for row in watcher.execute(query, (watcher.info.dbname, client.NAME))]
            return bool(found) or run.poll() is not None

        assert eventually(looked)
        return found[0] if found else 0

    def gone(self, backend: int) -> bool:
        """Tell whether the server accepts connections, and none is left of that backend."""
        try:
            with psycopg.connect(self.server.cluster.dsn("postgres")) as connection:
                query = "select 1 from pg_stat_activity where pid = %s"
                return connection.execute(query, (backend,)).fetchone() is None
        except psycopg.OperationalError:
            return False


def state(conninfo: str) -> Snapshot:
    """Return every object, and every row but for what no two runs have in common."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        found = take_snapshot(connection)
    rows = {
        table: Counter(json.dumps(lasting(json.loads(row), table)) for row in of.elements())
        for table, of in found.rows.items()
    }
    return replace(found, rows=rows)


def lasting(value: object, table: str) -> object:
    if not isinstance(value, dict):
        return value
    passing = PASSING | ({"id"} if table in NUMBERED else set())
    return {name: lasting(each, table) for name, each in value.items() if name not in passing}


def converges(trial: Trial, moments: int, ways: Sequence[str]) -> tuple[int, int]:
    """Strike at so many moments, the client and its backend in turn, and run it again each time.

    Returns how many of the moments found it unfinished, and how many of these with something done.
    """
    chance = random.Random(SEED)  # noqa: S311
    unfinished = halfway = 0
    for number in range(moments):
        victim, way = ("client", "backend")[number % 2], ways[number // 2 % len(ways)]
        share = chance.uniform(0, 1.1)
        with trial.database() as conninfo:
            before = state(conninfo)
            trial.kill(conninfo, victim, way, share)
            struck = state(conninfo)
            if difference(struck, trial.wanted):
                unfinished += 1
                halfway += bool(difference(before, struck))
            trial.apply(conninfo)
            changes = difference(trial.wanted, state(conninfo))
            told = (
                f"seed {SEED}, moment {number}: {victim}, {way}, after {share:.3f} of {trial.seconds:.3f} s"
            )
            assert not changes, f"{told}: {changes}"
    return unfinished, halfway


def test_a_killed_rollout_is_finished_by_a_second_one(server, templates, release: Release) -> None:
    topology = release.topologies["prod"]
    trial = Trial(server, templates["before"], [*topology.migrations, topology.overlay])
    unfinished, halfway = converges(trial, MIGRATION, ("whole", "statements"))
    if FULL:
        assert unfinished >= halfway > 0  # some blows fell in the middle


@pytest.mark.parametrize("layout", BASELINES)
def test_a_killed_ingest_is_finished_by_a_second_one(server, templates, command, layout: str) -> None:
    made = command(mixed(RECORDS), layout=layout)
    trial = Trial(server, templates[layout], [made.folder / "ingest.sql"])
    assert len(list(trial.wanted.rows["public.ai_eval_samples"].elements())) >= RECORDS
    unfinished, halfway = converges(trial, INGEST, ("whole",))
    assert halfway == 0, "an ingest is all or nothing"
    if FULL:
        assert unfinished > 0
