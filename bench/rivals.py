"""A live run beside what a team would use instead, near and far: psql, pgTAP with pg_prove, sqitch verify.

    python -m bench.rivals

All ask the same questions of the same database, through a proxy that adds the round-trip time: the gates of
preflight and verify, and their evidence. psql sends them as one file and judges nothing. The pgTAP file says
`is_empty` of each; sqitch's verify script fails where one returns a row. The live run also says who answers,
judges, and writes record and report. A tool that is not here is left out, and it is said why. Medians of
three; a minute or so.
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg

from bench.figures import machine, show
from bench.live import DISTANCES, GATES, live_run
from rollgate.gates import EvidenceQuery, Gate, Phase, find_evidence, find_gates
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, load_release
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases
from tests.selfcheck.session.proxy import distant

TIMES = 3
SETTINGS = """\
set local rollgate.topology = 'staging';
set local rollgate.routes = '{staging}';
set local rollgate.release = 'phase2';
"""
PACKAGES = {
    "pg_prove": "libtap-parser-sourcehandler-pgtap-perl",
    "pgtap": "postgresql-15-pgtap",
    "sqitch": "sqitch",
    "psql": "postgresql-client",
}


def main() -> int:
    release = load_release(BUILTIN)
    binaries = find_binaries(majors=release.postgres)
    gates = [
        gate
        for gate in find_gates(release.gate_folders)
        if gate.phase is not Phase.ROLLBACK and gate.applies_to("staging")
    ]
    evidence = find_evidence(release.evidence_folders)
    shown = [evidence[name] for name in dict.fromkeys(name for gate in gates for name in gate.evidence)]
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = listener.getsockname()
    settings = {"listen_addresses": server[0], "port": str(server[1])}
    lines: list[Sequence[object]] = []
    with tempfile.TemporaryDirectory() as name, running_cluster(binaries, settings=settings) as cluster:
        folder = Path(name)
        with Databases(replace(cluster, port=server[1])) as databases:
            rehearsal = Rehearsal(release, databases)
            database = databases.clone(rehearsal.with_traffic(release.topologies["staging"]))
            dsn = f"host={server[0]} port={server[1]} user=postgres dbname={database} sslmode=disable"
            prepared = prepare(folder, dsn, gates, shown)
            for distance in DISTANCES:
                took: dict[str, tuple[float, int]] = {}
                for tool, run in prepared.items():
                    runs = [far(partial(run, database), server, distance) for _ in range(TIMES)]
                    took[tool] = (statistics.median(each[0] for each in runs), runs[-1][1])
                costs = [live_run(folder, server, database, GATES, distance) for _ in range(TIMES)]
                took["rollgate, the same gates"] = (
                    statistics.median(each.seconds for each in costs),
                    costs[-1].round_trips,
                )
                least = took.get("psql -f", next(iter(took.values())))[0]
                for tool, (seconds, trips) in took.items():
                    lines.append(
                        [
                            f"{tool}, {distance * 1000:.0f} ms",
                            f"{seconds:.2f}",
                            f"{seconds / least:.1f}",
                            trips,
                        ]
                    )
    server_name = f"PostgreSQL {binaries.version}, {len(gates)} gates, {len(shown)} evidence queries"
    show(
        f"Seconds ({machine(server_name)})",
        ("tool, distance", "seconds", "x psql -f", "round trips, connecting included"),
        lines,
    )
    return 0


Run = Callable[[str, int], None]


def prepare(
    folder: Path, dsn: str, gates: Sequence[Gate], evidence: Sequence[EvidenceQuery]
) -> dict[str, Run]:
    """Write the questions as each tool wants them; return the tools that are here, ready to run."""
    tools: dict[str, Run] = {}
    queries = [each.query.rstrip("; \n") for each in (*evidence, *gates)]
    if _is_here("psql"):
        (folder / "gates.sql").write_text(
            "begin read only;\n" + SETTINGS + "".join(f"{query};\n" for query in queries) + "commit;\n"
        )
        tools["psql -f"] = partial(_psql, folder / "gates.sql")
    if _is_here("pg_prove") and _has_pgtap(dsn):
        (folder / "gates.test.sql").write_text(
            f"begin;\n{SETTINGS}select plan({len(gates)});\n"
            + "".join(
                f"select is_empty($gate$\n{gate.query.rstrip('; ' + chr(10))}\n$gate$, '{gate.id}');\n"
                for gate in gates
            )
            + "select * from finish();\nrollback;\n"
        )
        tools["pg_prove"] = partial(_pg_prove, folder / "gates.test.sql")
    if _is_here("sqitch"):
        _sqitch_project(folder / "sqitch", gates)
        _run("sqitch", "deploy", _uri(dsn), folder=folder / "sqitch")
        tools["sqitch verify"] = partial(_sqitch, folder / "sqitch")
    return tools


def far(run: Callable[[int], None], server: tuple[str, int], distance: float) -> tuple[float, int]:
    """Run something on the port of a proxy; return the seconds and the round trips."""
    with distant(server, round_trip_s=distance) as traffic:
        started = time.perf_counter()
        run(traffic.port)
        return time.perf_counter() - started, traffic.round_trips


def _psql(path: Path, database: str, port: int) -> None:
    dsn = f"host=127.0.0.1 port={port} user=postgres dbname={database} sslmode=disable"
    _run(
        "psql",
        dsn,
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-o",
        "/dev/null",
        "-f",
        str(path),
        folder=path.parent,
    )


def _pg_prove(path: Path, database: str, port: int) -> None:
    where = ("--host", "127.0.0.1", "--port", str(port), "--username", "postgres", "--dbname", database)
    _run("pg_prove", *where, str(path), folder=path.parent)


def _sqitch(project: Path, database: str, port: int) -> None:
    _run("sqitch", "verify", f"db:pg://postgres@127.0.0.1:{port}/{database}", folder=project)


def _sqitch_project(folder: Path, gates: Sequence[Gate]) -> None:
    """Make a project of one change, that deploys nothing and whose verification is the gates."""
    for kind in ("deploy", "revert", "verify"):
        (folder / kind).mkdir(parents=True)
        (folder / kind / "release.sql").write_text("select 1;\n")
    (folder / "sqitch.conf").write_text(
        "[core]\n\tengine = pg\n[user]\n\tname = bench\n\temail = bench@example.org\n"
    )
    (folder / "sqitch.plan").write_text(
        "%syntax-version=1.0.0\n%project=bench\n\n"
        "release 2026-01-01T00:00:00Z bench <bench@example.org> # the release\n"
    )
    (folder / "verify" / "release.sql").write_text(
        f"begin;\n{SETTINGS}"
        + "".join(
            f"select 1 / (count(*) = 0)::integer from (\n{gate.query.rstrip('; ' + chr(10))}\n) violations;\n"
            for gate in gates
        )
        + "rollback;\n"
    )


def _uri(dsn: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    return f"db:pg://{parts['user']}@{parts['host']}:{parts['port']}/{parts['dbname']}"


def _is_here(program: str) -> bool:
    if shutil.which(program):
        return True
    print(f"{program}: left out, not on PATH (Debian: apt-get install {PACKAGES[program]})")
    return False


def _has_pgtap(dsn: str) -> bool:
    """Make the extension in the database that is asked, which a team would have to do too."""
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("create schema tap; create extension pgtap schema tap")
            connection.execute("alter role postgres set search_path = public, tap")
    except psycopg.Error as error:
        reason = str(error).splitlines()[0]
        print(f"pg_prove: left out, {reason} (Debian: apt-get install {PACKAGES['pgtap']})")
        return False
    return True


def _run(*command: str, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise SystemExit(
            f"{command[0]} ended with {done.returncode}: {done.stdout[-800:]}{done.stderr[-800:]}"
        )


if __name__ == "__main__":
    sys.exit(main())
