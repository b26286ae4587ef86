"""What a live run costs at a distance: round trips, and the wall time beside pytest with one empty test.

    python bench/live.py

A PostgreSQL of its own on 127.0.0.1, and a proxy in this process that adds the round-trip time. Two runs
are shown: the gates that ask the target through its one session, and all that is collected for a live
target (the clone that the rollout is previewed on, and the rollback's rehearsal, have connections of
their own). Ratios are of this one machine and run. Bounded to 60 s.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402

from rollgate.rehearsal.rollout import Rehearsal  # noqa: E402
from rollgate.release import BUILTIN, MANIFEST_NAME, load_release  # noqa: E402
from rollgate.server.binaries import find_binaries  # noqa: E402
from rollgate.server.cluster import running_cluster  # noqa: E402
from rollgate.server.databases import Databases  # noqa: E402
from tests.selfcheck.session.proxy import distant  # noqa: E402

DISTANCES = (0.0, 0.02, 0.08)
TIMES = 3
BUDGET_S = 60
MOST_ROUND_TRIPS = 12
MOST_TIMES_EMPTY = 2.0
GATES = ("tests/gates/test_gates.py", "tests/gates/test_read_only.py", "tests/evals/test_eval_view.py")


def seconds(folder: Path, arguments: Sequence[str], **variables: str) -> tuple[float, int]:
    """Run pytest in a process of its own; return its wall time and its exit code."""
    began = time.perf_counter()
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=BUDGET_S,
    )
    return time.perf_counter() - began, finished.returncode


@dataclass(frozen=True)
class Cost:
    """What one live run took."""

    seconds: float
    round_trips: int  # more than connecting once
    connections: int
    sent: int
    received: int


def live_run(
    scratch: Path, server: tuple[str, int], database: str, files: Sequence[str], distance: float
) -> Cost:
    """Run the suite against `database`, as far away as `distance` says."""
    with distant(server, round_trip_s=distance) as traffic:
        dsn = f"host=127.0.0.1 port={traffic.port} user=postgres dbname={database} sslmode=disable"
        psycopg.connect(dsn).close()
        start = replace(traffic)
        second, code = seconds(
            ROOT, (*files, "--env=staging", f"--reports={scratch}"), STAGING_DATABASE_URL=dsn
        )
        if code not in (0, 1, 10):
            raise SystemExit(f"pytest ended with {code}: nothing was measured")
        return Cost(
            second,
            traffic.round_trips - 2 * start.round_trips,
            traffic.connections - start.connections,
            traffic.sent - start.sent,
            traffic.received - start.received,
        )


def main() -> int:
    began = time.monotonic()
    release = load_release(BUILTIN / MANIFEST_NAME)
    binaries = find_binaries(majors=release.postgres)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = listener.getsockname()
    settings = {"listen_addresses": server[0], "port": str(server[1])}
    with tempfile.TemporaryDirectory() as name, running_cluster(binaries, settings=settings) as cluster:
        scratch = Path(name)
        with Databases(replace(cluster, port=server[1])) as databases:
            rehearsal = Rehearsal(release, databases)
            database = databases.clone(rehearsal.with_traffic(release.topologies["staging"]))
        (scratch / "test_empty.py").write_text("def test_empty():\n    pass\n")
        seconds(scratch, ())
        empty = statistics.median(seconds(scratch, ())[0] for _ in range(TIMES))
        print(f"PostgreSQL {binaries.version}; pytest with one empty test: {empty:.2f} s = 1.0")
        print("run     distance   seconds   ratio   round trips   connections     sent   received")
        met = True
        for run, files, times in (("gates", GATES, TIMES), ("all", (), 1)):
            for distance in DISTANCES:
                if time.monotonic() - began > BUDGET_S * 0.75:
                    print("... out of time")
                    break
                costs = [live_run(scratch, server, database, files, distance) for _ in range(times)]
                wall = statistics.median(cost.seconds for cost in costs)
                cost = costs[-1]
                print(
                    f"{run:<6}{distance * 1000:>7.0f} ms{wall:>10.2f}{wall / empty:>8.2f}"
                    f"{cost.round_trips:>14}{cost.connections:>14}"
                    f"{cost.sent / 1000:>6.0f} kB{cost.received / 1000:>8.0f} kB"
                )
                if run == "gates" and distance:
                    met &= cost.round_trips <= MOST_ROUND_TRIPS
                elif run == "gates":
                    met &= wall <= MOST_TIMES_EMPTY * empty
        print(
            f"goals of `gates`: at most {MOST_ROUND_TRIPS} round trips more than connecting; at no distance "
            f"at most {MOST_TIMES_EMPTY:.0f} times an empty test: {'met' if met else 'NOT met'}"
        )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
