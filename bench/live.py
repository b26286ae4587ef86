"""What a live run costs at a distance: round trips, and the wall time beside pytest with one empty test.

    python bench/live.py

A PostgreSQL of its own on 127.0.0.1, and a proxy in this process that adds the round-trip time. Three runs
are shown: `none` reaches the target, says who answers, and has one empty test; `gates` asks what goes
through the target's one session; `all` is all that is collected for a live target, with the clone that the
rollout is previewed on (its schema comes through that session too) and the rollback rehearsed in place,
over two connections of its own. Round trips are those more than of `none`, connections included; each
connection to a server that wants TLS and a password takes some five more. Ratios are of this one machine
and run. Bounded to 90 s.
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


from rollgate.rehearsal.rollout import Rehearsal  # noqa: E402
from rollgate.release import BUILTIN, MANIFEST_NAME, load_release  # noqa: E402
from rollgate.server.binaries import find_binaries  # noqa: E402
from rollgate.server.cluster import running_cluster  # noqa: E402
from rollgate.server.databases import Databases  # noqa: E402
from tests.selfcheck.session.proxy import distant  # noqa: E402

DISTANCES = (0.0, 0.02, 0.08)
TIMES = {"none": 3, "gates": 3, "all": 3}
BUDGET_S = 90
MOST_ROUND_TRIPS = 12
MOST_TIMES_EMPTY = 2.0
NOTHING = ("test_empty.py",)
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
    round_trips: int
    connections: int
    sent: int
    received: int


def live_run(
    scratch: Path, server: tuple[str, int], database: str, files: Sequence[str], distance: float
) -> Cost:
    """Run the suite against `database`, as far away as `distance` says.

    The empty test lies in the scratch folder, and is run from there.
    """
    with distant(server, round_trip_s=distance) as traffic:
        dsn = f"host=127.0.0.1 port={traffic.port} user=postgres dbname={database} sslmode=disable"
        second, code = seconds(
            scratch if files == NOTHING else ROOT,
            ("-p", "rollgate.plugin", *files, "--env=staging", f"--reports={scratch}"),
            STAGING_DATABASE_URL=dsn,
            PYTHONPATH=str(ROOT),
        )
        # A run without a gate has no verdict, and says so by 4.
        if code not in ((4,) if files == NOTHING else (0, 1, 10)):
            raise SystemExit(f"pytest ended with {code}: nothing was measured")
        return Cost(second, traffic.round_trips, traffic.connections, traffic.sent, traffic.received)


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
        empty = statistics.median(seconds(scratch, ())[0] for _ in range(max(TIMES.values())))
        print(f"PostgreSQL {binaries.version}; pytest with one empty test: {empty:.2f} s = 1.0")
        print("run     distance   seconds   ratio   round trips   connections     sent   received")
        found: dict[tuple[str, float], Cost] = {}
        for run, files in (("none", NOTHING), ("gates", GATES), ("all", ())):
            for distance in DISTANCES:
                if time.monotonic() - began > BUDGET_S * 0.8:
                    print("... out of time")
                    break
                costs = [live_run(scratch, server, database, files, distance) for _ in range(TIMES[run])]
                wall = statistics.median(cost.seconds for cost in costs)
                cost = found[run, distance] = replace(costs[-1], seconds=wall)
                more = cost.round_trips - found["none", distance].round_trips
                print(
                    f"{run:<6}{distance * 1000:>7.0f} ms{wall:>10.2f}{wall / empty:>8.2f}"
                    f"{f'{cost.round_trips}' if run == 'none' else f'+{more}':>14}{cost.connections:>14}"
                    f"{cost.sent / 1000:>6.0f} kB{cost.received / 1000:>8.0f} kB"
                )
        far = [distance for distance in DISTANCES if distance]  # where the count is exact
        few = all(
            found[run, distance].round_trips - found["none", distance].round_trips <= MOST_ROUND_TRIPS
            for run in ("gates", "all")
            for distance in far
            if (run, distance) in found
        )
        quick = {
            run: found[run, 0.0].seconds <= MOST_TIMES_EMPTY * empty for run in TIMES if (run, 0.0) in found
        }
        print(f"at most {MOST_ROUND_TRIPS} round trips more than `none`: {'met' if few else 'NOT met'}")
        for run, fast in quick.items():
            print(
                f"at most {MOST_TIMES_EMPTY:.0f} times an empty test, {run}: {'met' if fast else 'NOT met'}"
            )
        met = few and all(quick.values())
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
