"""How long the P0 rollback takes to commit, in one round trip: idle, beside inserts, beside a reader.

Before each run custom takes over again, so that there is something to roll back. In the same turns, on the
same connection, two things to compare with: a transaction that does nothing, and the runbook's single UPDATE.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psycopg

from bench.figures import Times, machine, milliseconds, show, timed
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, load_release
from rollgate.server import places
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases

ROUNDS = 400
RATE = 200
GOAL = 0.050
SECONDS = 6.0
"""A scene's time at most, whatever it has measured by then."""

#: As on a real server: a commit is in the log before it is acknowledged.
SETTINGS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}

NOTHING = b"begin; commit"
RUNBOOK = b"""
begin;
update public.ai_provider_configs
set
  enabled = case when provider = 'openai' then true else false end,
  is_default = case when provider = 'openai' then true else false end,
  weight = case when provider = 'openai' then 100 else 0 end,
  updated_at = timezone('utc', now())
where environment in ('staging', 'prod');
commit;
"""
#: custom takes a share again, while openai stays the default: the runbook's UPDATE survives nothing else.
SHARED = b"update public.ai_provider_configs set enabled = true, weight = 20 where provider = 'custom'"
INSERT = """
insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, output_site_json, request_id, selected_provider, route_strategy)
values ('generation', 'hash', 'a site', 'openai', '{"pages": 1}', gen_random_uuid(), 'openai', 'weighted')
"""
POLL = "select provider, weight from public.ai_provider_configs where environment = 'prod' and enabled"

Load = Callable[[psycopg.Connection], None]


def main() -> int:
    """Measure every topology's rollback in every scene; return 1 when the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.rollback", description=__doc__)
    parser.add_argument("--disk", action="store_true", help="the server on the disk (TMPDIR), not in memory")
    disk = parser.parse_args().disk
    if disk:
        places.MEMORY = Path("/nonexistent")
    where = "on disk" if disk else "in memory"
    release = load_release(BUILTIN)
    topologies = {each.rollback: each for each in release.topologies.values()}
    binaries = find_binaries(majors=release.postgres)
    rows: list[Sequence[object]] = []
    missed = False
    with running_cluster(binaries, settings=SETTINGS) as cluster, Databases(cluster) as databases:
        rehearsal = Rehearsal(release, databases)
        for path, topology in topologies.items():
            subjects = {path.name: path.read_bytes(), "the runbook's UPDATE": RUNBOOK, "nothing": NOTHING}
            for scene, loads in SCENES.items():
                with databases.cloned(rehearsal.with_traffic(topology)) as conninfo:
                    times, beside = run(conninfo, subjects, loads)
                nothing = times["nothing"].median
                for name, each in times.items():
                    p99 = each.quantile(0.99)
                    missed = missed or (name == path.name and p99 > GOAL)
                    figures = [milliseconds(value) for value in (each.median, p99, each.worst)]
                    rows.append(
                        [
                            f"{name}, {scene}",
                            len(each.seconds),
                            *figures,
                            f"{each.median / nothing:.1f}",
                            beside,
                        ]
                    )
    show(
        f"Time to commit, milliseconds ({machine(f'PostgreSQL {binaries.version}, fsync on, data {where}')})",
        ("what, beside what", "runs", "median", "p99", "worst", "x nothing", "beside it, a second"),
        rows,
    )
    print(f"\ngoal: p99 of the rollback <= {GOAL * 1000:.0f} ms: {'missed' if missed else 'met'}")
    return int(missed)


def run(conninfo: str, subjects: dict[str, bytes], loads: Sequence[Load]) -> tuple[dict[str, Times], str]:
    """Take turns between the subjects; return their times, and how often each load did its work a second."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    with ExitStack() as stack:
        client = stack.enter_context(psycopg.connect(conninfo, autocommit=True))
        counts = [stack.enter_context(beside(conninfo, load)) for load in loads]
        started = time.perf_counter()
        while len(times["nothing"]) < ROUNDS and time.perf_counter() - started < SECONDS:
            for name, text in subjects.items():
                client.execute(SHARED)
                timed(times[name], partial(client.execute, text))
        lasted = time.perf_counter() - started
        rates = [f"{len(count) / lasted:.0f}" for count in counts]
    return {name: Times(tuple(each)) for name, each in times.items()}, ", ".join(rates) or "-"


@contextmanager
def beside(conninfo: str, load: Load) -> Iterator[list[None]]:
    """Do something on another connection while the block lasts; the list grows with each time."""
    done: list[None] = []
    stop = threading.Event()

    def repeat() -> None:
        while not stop.is_set():
            load(connection)
            done.append(None)

    with psycopg.connect(conninfo, autocommit=True) as connection:
        thread = threading.Thread(target=repeat)
        thread.start()
        try:
            yield done
        finally:
            stop.set()
            thread.join()


def _insert(connection: psycopg.Connection) -> None:
    """Insert at a steady rate: sleep until the next one is due."""
    due = time.perf_counter() // (1 / RATE) * (1 / RATE) + 1 / RATE
    time.sleep(max(0.0, due - time.perf_counter()))
    connection.execute(INSERT)


def _poll(connection: psycopg.Connection) -> None:
    connection.execute(POLL)


SCENES: dict[str, tuple[Load, ...]] = {
    "idle": (),
    "200 inserts a second": (_insert,),
    "a polling reader": (_poll,),
    "both": (_insert, _poll),
}

if __name__ == "__main__":
    sys.exit(main())
