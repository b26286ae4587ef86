"""What the ephemeral server costs: made, started, a template, a clone, a drop; beside DatabaseJanitor."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from psycopg import sql
from pytest_postgresql.janitor import DatabaseJanitor

from bench.figures import Times, machine, milliseconds, show, timed
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, load_release
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases

STARTS = 5
CLONES = 40


def main() -> None:
    """Start some servers, then clone and drop on the last one, in turns with the janitor."""
    release = load_release(BUILTIN)
    topology = next(iter(release.topologies.values()))
    cold: dict[str, list[float]] = {"find binaries": [], "initdb and start": [], "stop and remove": []}
    warm: dict[str, list[float]] = {name: [] for name in (*ROLLGATE, *JANITOR)}
    template: list[float] = []
    version = ""
    for number in range(STARTS):
        binaries = timed(cold["find binaries"], partial(find_binaries, majors=release.postgres))
        version = binaries.version
        with ExitStack() as stack:
            context = running_cluster(binaries)
            cluster = timed(cold["initdb and start"], partial(stack.enter_context, context))
            with Databases(cluster) as databases:
                rehearsal = Rehearsal(release, databases)
                name = timed(template, partial(rehearsal.with_traffic, topology))
                if number == STARTS - 1:
                    _clone_and_drop(databases, name, warm)
            timed(cold["stop and remove"], stack.close)
    rows: list[Sequence[object]] = [_row(name, seconds) for name, seconds in cold.items()]
    rows.append(_row("template: Phase 1, migration, overlay, traffic", template))
    rows += [_row(name, seconds) for name, seconds in warm.items()]
    show(
        f"Milliseconds ({machine(f'PostgreSQL {version}')})", ("what", "runs", "median", "p99", "worst"), rows
    )
    for own, other in zip(ROLLGATE, JANITOR, strict=True):
        ratio = Times(tuple(warm[other])).median / Times(tuple(warm[own])).median
        print(f"\n{other} takes {ratio:.1f} times as long as {own}")


ROLLGATE = ("clone", "drop")
JANITOR = ("clone, DatabaseJanitor", "drop, DatabaseJanitor")


def _clone_and_drop(databases: Databases, template: str, times: dict[str, list[float]]) -> None:
    cluster = databases.cluster
    # The janitor looks into the template that it clones, and ours take no connections.
    with databases.connect("postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("alter database {} allow_connections true").format(sql.Identifier(template)))
    for number in range(CLONES):
        name = timed(times["clone"], partial(databases.clone, template, f"own_{number}"))
        timed(times["drop"], partial(databases.drop, name))
        janitor = DatabaseJanitor(
            user=cluster.user,
            host=cluster.host,
            port=cluster.port,
            dbname=f"janitors_{number}",
            template_dbname=template,
        )
        timed(times["clone, DatabaseJanitor"], janitor.init)
        timed(times["drop, DatabaseJanitor"], janitor.drop)


def _row(name: str, seconds: Sequence[float]) -> Sequence[object]:
    times = Times(tuple(seconds))
    figures = [milliseconds(value) for value in (times.median, times.quantile(0.99), times.worst)]
    return [name, len(seconds), *figures]


if __name__ == "__main__":
    main()
