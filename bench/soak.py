"""What a soak costs: its questions on 1,000,000 rows, and reading a server's log, at n and at 10 n.

    python -m bench.soak [--megabytes 100]

The rows are 30 days of traffic, and then one day of it. The log is jsonlog, csvlog and stderr of a busy
server with one error in it; jsonlog is compared with a decoder that only decodes every line. Each reading
is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import datetime
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import psycopg

from bench.figures import machine, show
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, Release, load_release
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases
from rollgate.soak.entry import Clock, Entry, Stretch
from rollgate.soak.facts import read_facts
from rollgate.soak.files import read_files
from rollgate.soak.matching import Kept, Names, match
from rollgate.soak.rows import read_rows
from rollgate.soak.window import Window
from rollgate.target.query import ask_all

GOAL_S = 1.0
GOAL_TIMES = 1.5
ROWS = 1_000_000
INSERT = """
insert into public.ai_training_examples
  (source, prompt_hash, prompt, provider, model, output_site_json, metadata, request_id, selected_provider,
   route_strategy, fallback_provider, fallback_used, latency_ms, prompt_template_version, created_at)
select
  case when n % 4 = 0 then 'generation_cached' else 'generation' end, md5(n::text), 'a site ' || n,
  'openai', 'model-1', jsonb_build_object('pages', n, 'html', repeat(md5(n::text), 12)),
  '{"schemaValid": true, "safetyHtmlTailwindCompliant": true, "patchApplySuccess": true}', gen_random_uuid(),
  'openai', 'weighted', case when n % 10 = 0 then 'custom' end, n % 10 = 0,
  800 + (n::bigint * 7919 % 30000)::integer, 'v1', now() - n * (interval '1 day' * %s / 1e6)
from generate_series(1000000, 1, -1) as n
"""
NAMES = Names(
    "public",
    "ai_training_examples",
    frozenset({"latency_ms"}),
    {"ai_training_examples_latency_ms_check": ("latency_ms",)},
)
ERROR = (
    'new row for relation "ai_training_examples" violates check constraint '
    '"ai_training_examples_latency_ms_check"'
)


def questions(release: Release) -> tuple[list[Sequence[object]], bool]:
    """Time every question on 1,000,000 rows; return the lines, and whether the goal was met."""
    lines: list[Sequence[object]] = []
    met = True
    with (
        running_cluster(find_binaries(majors=release.postgres)) as cluster,
        Databases(cluster) as databases,
        databases.cloned(Rehearsal(release, databases).rolled_out(release.topologies["staging"])) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        for days in (30, 1):
            connection.execute("truncate public.ai_training_examples cascade")
            connection.execute(INSERT.replace("%s", str(days)))
            connection.execute("vacuum analyze public.ai_training_examples")
            with connection.transaction():
                ask = lambda *queries: ask_all(connection, queries)  # noqa: E731
                facts = read_facts(ask, release.soak, routes=("staging",), nonce="0")
                window = Window.of(facts.now - datetime.timedelta(hours=24), facts.now, 24)
                rows = [
                    read_rows(ask, release.soak, release.thresholds, facts, window, minutes=30)
                    for _ in range(5 if days > 1 else 2)
                ]
            judged = rows[0].overall.rows[0][0]
            for name in ("windows", "overall", "hours", "again", "earlier"):
                seconds = statistics.median(getattr(each, name).seconds for each in rows)
                met = met and (name != "windows" or days == 1 or seconds <= GOAL_S)
                lines.append((name, f"{days} days", judged, f"{seconds * 1000:.0f}"))
    return lines, met


def write(path: Path, format: str, megabytes: float) -> None:
    """Write a log of a busy server, with one error in its middle."""
    written, number, size, told = 0, 0, megabytes * 1e6, False
    began = datetime.datetime(2026, 2, 16, tzinfo=datetime.UTC)
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            at = began + datetime.timedelta(milliseconds=number * 20)
            error = not told and written > size / 2
            told = told or error
            written += file.write(
                _line(format, f"{at:%Y-%m-%d %H:%M:%S}.{number * 20 % 1000:03d} UTC", number, error)
            )
            number += 1


def _line(format: str, at: str, number: int, error: bool) -> str:
    severity, state = ("ERROR", "23514") if error else ("LOG", "00000")
    message = (
        ERROR
        if error
        else f"duration: {number % 900}.123 ms  statement: select * from sites where id = {number}"
    )
    statement = "insert into public.ai_training_examples (latency_ms) values (-1)" if error else ""
    if format == "stderr":
        more = f"{at} [4711] postgres@postgres STATEMENT:  {statement}\n" if error else ""
        return f"{at} [4711] postgres@postgres {severity}:  {message}\n{more}"
    if format == "csvlog":
        quoted = message.replace('"', '""')
        return (
            f'{at},"postgres","postgres",4711,"10.0.0.1:5000",67b1.1267,{number},"SELECT",{at},3/9,0,'
            f'{severity},{state},"{quoted}",,,,,,"{statement}",,,"PostgREST","client backend",,0\n'
        )
    line = {
        "timestamp": at,
        "user": "postgres",
        "dbname": "postgres",
        "pid": 4711,
        "remote_host": "10.0.0.1",
        "remote_port": 5000,
        "session_id": "67b1.1267",
        "line_num": number,
        "ps": "SELECT",
        "session_start": at,
        "vxid": "3/9",
        "txid": 0,
        "error_severity": severity,
        "state_code": state,
        "message": message,
        **({"statement": statement} if error else {}),
        "application_name": "PostgREST",
        "backend_type": "client backend",
        "query_id": 0,
    }
    return json.dumps(line, separators=(",", ":")) + "\n"


class Looking:
    """What a reader calls with each event that may matter."""

    def __init__(self, stretch: Stretch) -> None:
        self.stretch = stretch
        self.found: list[Kept] = []

    def look(self, entry: Entry) -> None:
        kept = match(entry, NAMES)
        if kept is not None:
            self.found.append(kept)


def reading(path: Path) -> int:
    """Read a log; return how many events touch the table."""
    sources = read_files(
        [path],
        Looking,  # type: ignore[arg-type]
        zones={},
        prefix="%m [%p] %q%u@%d ",
        problems=[],
    )
    assert Clock({}) is not None
    return sum(len(source.found) for source in sources)  # type: ignore[attr-defined]


def decoding(path: Path) -> int:
    """Decode every line, and do nothing with it."""
    decode, number = msgspec.json.Decoder().decode, 0
    with path.open("rb") as file:
        for line in file:
            decode(line)
            number += 1
    return number


def alone(work: Callable[[Path], int], path: Path) -> tuple[float, float, int]:
    """Do it in a process of its own; return seconds, peak memory in MB, and what it returned."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_measured, args=(work, path, theirs))
    process.start()
    with closing(ours):
        answer: tuple[float, float, int] = ours.recv()
    process.join()
    return answer


def _measured(work: Callable[[Path], int], path: Path, answer: multiprocessing.connection.Connection) -> None:  # type: ignore[name-defined]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()  # on a machine with other work to do, the wall tells of that
    found = work(path)
    seconds = time.process_time() - began
    answer.send((seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, found))


def logs(megabytes: float) -> tuple[list[Sequence[object]], bool]:
    """Time the readers; return the lines, and whether the goal was met."""
    lines: list[Sequence[object]] = []
    met = True
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "postgresql.log"
        for format in ("jsonlog", "csvlog", "stderr"):
            for size in (megabytes, 10 * megabytes):
                write(path, format, size)
                decoded = alone(decoding, path)[0] if format == "jsonlog" else None
                seconds, grown, found = alone(reading, path)
                met = met and found == 1 and (decoded is None or seconds <= GOAL_TIMES * decoded)
                times = f"{seconds / decoded:.2f}" if decoded else "-"
                lines.append(
                    (
                        format,
                        f"{size:.0f}",
                        f"{seconds:.2f}",
                        f"{size / seconds:.0f}",
                        times,
                        f"{grown:.0f}",
                        found,
                    )
                )
    return lines, met


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument(
        "--megabytes", type=float, default=100, help="the smaller log; the greater has ten times that"
    )
    megabytes = parser.parse_args().megabytes
    release = load_release(BUILTIN)
    lines, quick = questions(release)
    show(
        f"Questions on {ROWS:,} rows, a window of 24 hours ({machine('PostgreSQL')})",
        ("question", "rows of", "in the window", "milliseconds"),
        lines,
    )
    lines, fast = logs(megabytes)
    show(
        "Reading a log with one error in it",
        ("format", "MB", "CPU seconds", "MB a second", "x decoding", "memory grown, MB", "found"),
        lines,
    )
    print(
        f"\ngoals: the windows' question on 30 days <= {GOAL_S:.0f} s: {'met' if quick else 'missed'}; "
        f"jsonlog <= {GOAL_TIMES} x a decoder, and the error found: {'met' if fast else 'missed'}"
    )
    return int(not (quick and fast))


if __name__ == "__main__":
    sys.exit(main())
