"""Evals: report and SQL beside `json.loads` over the same lines; the SQL beside one INSERT a row; COPY.

Each figure is a ratio within one run. The command runs in a process of its own, whose peak memory is told.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import psycopg

from bench.figures import Times, machine, show, timed
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, load_release
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "evals" / "generate_eval_ingest_sql.py"
ROUNDS = 3
BATCH = 5000
COLUMNS = (
    "run_id, request_id, requested_provider, selected_provider, route_strategy, fallback_used, latency_ms,"
    " schema_valid, patch_apply_success, edited_after_generate, published_within_7d,"
    " safety_html_tailwind_compliant, metadata"
)
RUN = "00000000-0000-7000-8000-000000000001"


def main() -> int:
    """Measure and print; return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.evals", description=__doc__)
    parser.add_argument(
        "--records", type=int, default=10_000, help="the smaller number; the other is ten times"
    )
    parser.add_argument("--no-ingest", action="store_true", help="report and SQL only")
    given = parser.parse_args()
    small = given.records
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        missed = [_generate(folder, count) for count in (small, 10 * small)]
        if not given.no_ingest:
            missed.append(_execute(folder, 10 * small))
    return int(any(missed))


def _generate(folder: Path, count: int) -> bool:
    """Report and SQL, beside json.loads over the same lines; in turns."""
    path = folder / f"{count}.jsonl"
    _write(path, count)
    reading: list[float] = []
    whole: list[float] = []
    peak = 0
    for _ in range(ROUNDS):
        timed(reading, partial(_read, path))
        started = time.perf_counter()
        peak = max(peak, _command(folder, path, "--sql-output", str(folder / f"{count}.sql")))
        whole.append(time.perf_counter() - started)
    ratio = Times(tuple(whole)).median / Times(tuple(reading)).median
    show(
        f"Report and SQL for {count} records, {path.stat().st_size / 1e6:.0f} MB ({machine()})",
        ("what", "seconds", "x json.loads", "peak MB"),
        [
            ("json.loads over the lines", f"{Times(tuple(reading)).median:.2f}", "1.00", "-"),
            ("the command, its start included", f"{Times(tuple(whole)).median:.2f}", f"{ratio:.2f}", peak),
        ],
    )
    return (count >= 100_000 and ratio > 3) or peak > 150


def _execute(folder: Path, count: int) -> bool:
    """The SQL, pasted; the same by --apply; the plain ways."""
    sql = (folder / f"{count}.sql").read_bytes()
    release = load_release(BUILTIN)
    binaries = find_binaries(majors=release.postgres)
    times: dict[str, list[float]] = {}
    with running_cluster(binaries) as cluster, Databases(cluster) as databases:
        rehearsal = Rehearsal(release, databases)
        template = rehearsal.rolled_out(release.topologies["prod"])
        records = [json.loads(line) for line in (folder / f"{count}.jsonl").open("rb")]
        few = records[: count // 10]
        plain = _plain(few)
        for _ in range(ROUNDS):
            for name, work in {
                "pasted": lambda connection: connection.execute(sql),
                "plain": lambda connection: connection.execute(plain),
                "one by one": partial(_one_by_one, script=plain),
                "copy": partial(_copy, records=records),
                "apply": lambda connection: _apply(folder, count, connection.info.dsn),
            }.items():
                with (
                    databases.cloned(template) as conninfo,
                    psycopg.connect(conninfo, autocommit=True) as connection,
                ):
                    timed(times.setdefault(name, []), partial(work, connection))
    each = {name: Times(tuple(seconds)).median for name, seconds in times.items()}
    each["plain"] *= 10
    each["one by one"] *= 10
    generated = _without_database(folder, count)
    each["apply"] -= generated
    show(
        f"Ingest of {count} records ({machine(f'PostgreSQL {binaries.version}')})",
        ("what", "seconds", "x COPY"),
        [
            (title, f"{each[name]:.2f}", f"{each[name] / each['copy']:.2f}")
            for name, title in {
                "copy": "a bare COPY into ai_eval_samples",
                "apply": "--apply, less the command without it",
                "pasted": "the SQL, pasted",
                "plain": "one INSERT a row, pasted (a tenth of them, times ten)",
                "one by one": "one INSERT a row, as psql sends them (likewise)",
            }.items()
        ],
    )
    gain, price = each["one by one"] / each["pasted"], each["apply"] / each["copy"]
    print(f"\npasted: {gain:.1f} times as fast as one INSERT a row as psql sends them (goal: 8 or more)")
    print(f"--apply: {price:.2f} times a bare COPY (goal: 1.5 or less)")
    return gain < 8 or price > 1.5


def _read(path: Path) -> None:
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


def _command(folder: Path, path: Path, *more: str, dsn: str = "") -> int:
    """Run the command; return the peak of its memory in MB."""
    measure = (
        "import resource, runpy, sys; sys.argv = sys.argv[1:]\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit as end: code = end.code\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, str(SCRIPT), "--input", str(path), "--report-output",
         str(folder / "report.json"), "--run-type", "canary", "--schema-variant", "v2", *more],
        capture_output=True, text=True, env={**os.environ, "BENCH_DSN": dsn},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    return int(done.stderr.splitlines()[-1]) * unit // 1_000_000


def _apply(folder: Path, count: int, conninfo: str) -> None:
    _command(folder, folder / f"{count}.jsonl", "--apply", "--dsn-env", "BENCH_DSN", dsn=conninfo)


def _without_database(folder: Path, count: int) -> float:
    """Return what the command takes without --apply."""
    seconds: list[float] = []
    for _ in range(ROUNDS):
        work = partial(_command, folder, folder / f"{count}.jsonl", "--sql-output", os.devnull)
        timed(seconds, work)
    return Times(tuple(seconds)).median


def _one_by_one(connection: psycopg.Connection, script: bytes) -> None:
    for line in script.split(b"\n"):
        connection.execute(line)


def _copy(connection: psycopg.Connection, records: Sequence[dict[str, object]]) -> None:
    connection.execute("begin")
    connection.execute(f"insert into public.ai_eval_runs (run_id, run_type) values ('{RUN}', 'canary')")
    with connection.cursor().copy(f"copy public.ai_eval_samples ({COLUMNS}) from stdin") as copy:
        for start in range(0, len(records), BATCH):
            copy.write("".join(_lines(records[start : start + BATCH])))
    connection.execute("commit")


def _lines(records: Sequence[dict[str, object]]) -> Iterator[str]:
    for each in records:
        yield "\t".join(map(str, _values(each))) + "\n"


def _plain(records: Sequence[dict[str, object]]) -> bytes:
    """Return a script with one INSERT a row, in one transaction."""
    lines = ["begin;", f"insert into public.ai_eval_runs (run_id, run_type) values ('{RUN}', 'canary');"]
    for each in records:
        values = ", ".join("'" + str(value) + "'" for value in _values(each))
        lines.append(f"insert into public.ai_eval_samples ({COLUMNS}) values ({values});")
    return "\n".join([*lines, "commit;"]).encode()


def _values(each: dict[str, object]) -> list[object]:
    names = [name.strip() for name in COLUMNS.split(",")][1:-1]
    return [RUN, *(each[name] for name in names), json.dumps({"recordId": each["record_id"]})]


def _write(path: Path, count: int) -> None:
    """Write records as the export does, of which each hundredth or so is bad."""
    chance = random.Random(7)  # noqa: S311 - the same records each time
    with path.open("w") as file:
        for _ in range(count):
            custom = chance.random() < 0.1
            record = {
                "record_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                "request_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                "schema_valid": chance.random() < 0.995,
                "patch_apply_success": chance.random() < 0.97,
                "edited_after_generate": chance.random() < 0.4,
                "published_within_7d": chance.random() < 0.2,
                "safety_html_tailwind_compliant": chance.random() < 0.998,
                "fallback_used": custom,
                "latency_ms": int(chance.lognormvariate(8.5, 0.7)),
                "requested_provider": "openai",
                "selected_provider": "custom" if custom else "openai",
                "route_strategy": "weighted",
            }
            file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    sys.exit(main())
