"""What exporting eval records costs: a row at n and at ten n rows, beside fetching alone, and memory.

    python -m bench.evals_export

The server is the tests' own REST API over an ephemeral PostgreSQL, so most of the time is its; the ratios are
within this run. The script runs in a process of its own, as an operator starts it. About a minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg

from bench.figures import machine, show
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, load_release
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases
from tests.selfcheck.export.conftest import SCRIPT, Database, token
from tests.selfcheck.export.postgrest import PostgREST, serving

COUNTS = (10_000, 100_000)
MOST_MORE_A_ROW = 1.5  # at ten times the rows
MOST_MORE_MEMORY = 1.2


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    seconds: float
    peak_mb: float

    def per_row(self, count: int) -> float:
        """Microseconds."""
        return self.seconds / count * 1e6


def run(folder: Path, variables: Mapping[str, str], *arguments: str) -> Cost:
    """Run the script, and return its wall time and the most memory that it had."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--output", str(folder / "records.jsonl"), "--quiet", *arguments],
        cwd=folder,
        env={**os.environ, "NO_PROXY": "*", **variables},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the export ended with {process.returncode}: nothing was measured")
    return Cost(time.perf_counter() - began, usage.ru_maxrss / 1024)


def fetch_only(project: PostgREST) -> float:
    """Ask for the pages that the export asked for last, do nothing with them, and return the seconds."""
    pages = list(project.pages)
    headers = {"apikey": project.key, "Authorization": f"Bearer {project.key}"}
    began = time.perf_counter()
    with httpx2.Client(headers=headers, trust_env=False, timeout=60) as client:
        for page in pages:
            url = f"{project.url}/rest/v1/ai_training_examples"
            client.get(url, params=list(page.parameters)).raise_for_status()
    return time.perf_counter() - began


def measure(database: Database, project: PostgREST, count: int, folder: Path) -> list[Sequence[object]]:
    """Export `count` rows over REST and with SQL; return the rows of the table."""
    have = len(database.ids())
    database.add(
        count - have, created_at=f"now() - interval '1 hour' - make_interval(secs => (n + {have}) * 0.1)"
    )
    database.admin.execute("analyze public.ai_training_examples")
    rest = {"SUPABASE_URL": project.url, "SUPABASE_SERVICE_ROLE_KEY": project.key}
    project.asked.clear()
    over_rest = run(folder, rest)
    fetched = fetch_only(project)
    with_sql = run(folder, {"EVALS_DSN": database.dsn}, "--dsn-env", "EVALS_DSN")
    return [
        [f"REST, {count:,} rows", over_rest, count, over_rest.seconds / fetched],
        [f"SQL, {count:,} rows", with_sql, count, with_sql.seconds / fetched],
    ]


def main() -> int:
    release = load_release(BUILTIN)
    binaries = find_binaries(majors=release.postgres)
    measured: list[Sequence[object]] = []
    with (
        tempfile.TemporaryDirectory() as name,
        running_cluster(binaries) as cluster,
        Databases(cluster) as databases,
    ):
        clone = databases.clone(Rehearsal(release, databases).rolled_out(release.topologies["prod"]))
        with (
            databases.connect(clone, autocommit=True) as admin,
            psycopg.connect(cluster.dsn(clone), autocommit=True) as own,
            serving(own, token()) as project,
        ):
            admin.execute("delete from public.ai_training_examples")
            database = Database(cluster.dsn(clone), admin)
            for count in COUNTS:
                measured += measure(database, project, count, Path(name))
    rows = []
    met = True
    first: dict[str, Cost] = {}
    for what, cost, count, beside in measured:
        assert isinstance(what, str)
        assert isinstance(cost, Cost)
        assert isinstance(count, int)
        kind = what.split(",")[0]
        small = first.setdefault(kind, cost)
        growth = cost.per_row(count) / small.per_row(COUNTS[0])
        met &= growth <= MOST_MORE_A_ROW and cost.peak_mb <= MOST_MORE_MEMORY * small.peak_mb
        figures = [f"{cost.seconds:.2f}", f"{cost.per_row(count):.0f}", f"{growth:.2f}"]
        rows.append([what, *figures, f"{beside:.2f}", f"{cost.peak_mb:.0f}"])
    columns = ("what", "seconds", "µs a row", "x at 10,000", "x the fetch", "peak MB")
    show(f"Exporting ({machine(f'PostgreSQL {binaries.version}')})", columns, rows)
    print(
        f"\ngoals: at ten times the rows at most {MOST_MORE_A_ROW} times a row's time, and "
        f"{MOST_MORE_MEMORY} times the memory: {'met' if met else 'NOT met'}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
