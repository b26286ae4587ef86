"""How long a writer waits while the base migration runs beside it, at several sizes of its table.

    python -m bench.migration [--rows 10000 --rows 1000000] [--disk]

An inserter writes a row of ai_training_examples every 5 ms. What it waits for each is counted from the moment
when it was due, so that a stall counts for every row that it delays. In turns, each on a clone of the same
database: the release's migrations, one file after the other; and the plain version, a paste in one
transaction (bench/plain_migration.sql). Then both again while somebody else's transaction has the table for
two seconds, as a long report has: a request for a lock that waits there makes everybody else wait behind it.

A second inserter writes to a table that no file touches, at the same pace: what it waits is the machine's
doing, and no lock's. A stall that is not twice as long as the longest there counts as the machine's.

A million rows are some 600 MB and take two minutes, five million 3 GB and a quarter of an hour.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from bench.figures import Times, machine, milliseconds, show
from bench.rollback import SETTINGS
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, load_release
from rollgate.server import places
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases

PLAIN = (Path(__file__).with_name("plain_migration.sql"),)
GOAL = 0.100
EVERY = 0.005
SETTLED = 0.3  # seconds of inserting before and after the migration
HELD = 2.0
ROUNDS = {10_000: 5}  # what is over in a moment is done more than once
FILL = """
insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, model, output_site_json, metadata, created_at)
select
  'generation', md5(n::text), 'a site ' || n, 'openai', 'model-1',
  jsonb_build_object('pages', n, 'html', (
    select string_agg(md5((n * 31 + part)::text), '') from generate_series(1, 13) as part)),
  '{"schemaValid": true}', now() - n * interval '2 seconds'
from generate_series(1, %s) as n
"""
INSERT = """
insert into public.ai_training_examples (source, prompt_hash, prompt, provider, output_site_json)
values ('generation', 'hash', 'a site', 'openai', '{"pages": 1}')
"""
ELSEWHERE = "insert into public.elsewhere (note) values ('a site')"
HOLD = "delete from public.ai_training_examples where false"  # ROW EXCLUSIVE, to the end of its transaction


@dataclass
class Found:
    """Seconds: what inserters waited, here and elsewhere, and what each migration took."""

    waits: list[float] = field(default_factory=list)
    elsewhere: list[float] = field(default_factory=list)
    lasted: list[float] = field(default_factory=list)


def main() -> int:
    """Measure each size and scene; return 1 when the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.migration", description=__doc__)
    parser.add_argument("--rows", type=int, action="append", help="rows of the table; may be repeated")
    parser.add_argument("--disk", action="store_true", help="the server on the disk (TMPDIR), not in memory")
    given = parser.parse_args()
    if given.disk:
        places.MEMORY = Path("/nonexistent")
    release = load_release(BUILTIN)
    versions = {"the release": release.topologies["prod"].migrations, "plain": PLAIN}
    binaries = find_binaries(majors=release.postgres)
    lines: list[Sequence[object]] = []
    missed = False
    with (
        running_cluster(binaries, settings={**SETTINGS, "max_wal_size": "8GB"}) as cluster,
        Databases(cluster) as databases,
    ):
        rehearsal = Rehearsal(release, databases)
        for rows in given.rows or (10_000, 1_000_000):
            template = databases.template(f"rows_{rows}", partial(fill, rows=rows), base=rehearsal.baseline())
            for scene, held in (("alone", 0.0), ("beside 2 s of another", HELD)):
                found = {name: Found() for name in versions}
                for _ in range(ROUNDS.get(rows, 1)):
                    for name, files in versions.items():
                        with databases.cloned(template) as conninfo:
                            size = measure(conninfo, files, held, found[name])
                plain = Times(tuple(found["plain"].waits))
                for name, each in found.items():
                    times, elsewhere = Times(tuple(each.waits)), Times(tuple(each.elsewhere))
                    beyond = times.worst > GOAL and times.worst > 2 * elsewhere.worst
                    missed = missed or (name != "plain" and beyond)
                    figures = (times.median, times.quantile(0.99), times.worst)
                    lines.append(
                        [
                            f"{rows:,} rows, {size}, {scene}: {name}",
                            f"{Times(tuple(each.lasted)).median:.1f}",
                            len(each.waits),
                            *map(milliseconds, figures),
                            milliseconds(elsewhere.worst),
                            f"{times.worst / plain.worst:.3f}",
                        ]
                    )
    where = f"PostgreSQL {binaries.version}, fsync on, data {'on disk' if given.disk else 'in memory'}"
    show(
        f"Milliseconds that an inserter waits ({machine(where)})",
        (
            "table, scene: version",
            "migration, s",
            "inserts",
            "p50",
            "p99",
            "worst",
            "worst elsewhere",
            "x plain's worst",
        ),
        lines,
    )
    print(
        f"\ngoal: nobody waits longer than {GOAL * 1000:.0f} ms, but for what the machine does: "
        f"{'missed' if missed else 'met'}"
    )
    return int(missed)


def fill(connection: psycopg.Connection, *, rows: int) -> None:
    """Give the table rows of some 600 bytes, as the runtime wrote them before the rollout."""
    connection.execute(FILL, (rows,))
    connection.execute("create table public.elsewhere (id bigint generated always as identity, note text)")
    connection.execute("analyze public.ai_training_examples")


def measure(conninfo: str, files: Sequence[Path], held: float, found: Found) -> str:
    """Migrate beside the inserters; add what they waited, and what it took; return the table's size."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute(
            "select pg_size_pretty(pg_relation_size('public.ai_training_examples'))"
        ).fetchone()
        with inserting(conninfo, INSERT) as here, inserting(conninfo, ELSEWHERE) as there:
            time.sleep(SETTLED)
            with holding(conninfo, held):
                started = time.perf_counter()
                for path in files:
                    apply_file(connection, path)
                ended = time.perf_counter()
            time.sleep(SETTLED)
    found.waits += [wait for due, wait in here if started - EVERY <= due <= ended]
    found.elsewhere += [wait for due, wait in there if started - EVERY <= due <= ended]
    found.lasted.append(ended - started)
    return row[0] if row else ""


@contextmanager
def inserting(conninfo: str, statement: str) -> Iterator[list[tuple[float, float]]]:
    """Insert a row every 5 ms while the block lasts; the list gets when each was due, and what it waited."""
    done: list[tuple[float, float]] = []
    stop = threading.Event()

    def insert() -> None:
        due = time.perf_counter()
        while not stop.is_set():
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.execute(statement)
            done.append((due, time.perf_counter() - due))
            due += EVERY

    with psycopg.connect(conninfo, autocommit=True) as connection:
        thread = threading.Thread(target=insert)
        thread.start()
        try:
            yield done
        finally:
            stop.set()
            thread.join()


@contextmanager
def holding(conninfo: str, seconds: float) -> Iterator[None]:
    """Have somebody else's transaction on the table from now on, for as long as is said."""
    if not seconds:
        yield
        return
    with psycopg.connect(conninfo) as connection:
        connection.execute(HOLD)
        timer = threading.Timer(seconds, connection.rollback)
        timer.start()
        try:
            yield
        finally:
            timer.join()


if __name__ == "__main__":
    sys.exit(main())
