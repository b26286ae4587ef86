"""The files of the rollback folder, each with a topology it is for, and what routing looks like around it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, Topology
from rollgate.server.cluster import Cluster

Routing = list[tuple[Any, ...]]

HERE = Path(__file__).parent
PATIENCE = 30.0
"""Seconds after which a hang becomes a failure; nothing here waits that long."""

#: What the operator wants: the instant apart, every column that a rollback or an overlay may set.
ROUTING = """
select environment, provider, enabled, is_default, weight, timeout_ms, max_retries, model,
       prompt_template_version, metadata
from public.ai_provider_configs
order by environment, provider
"""
#: What "nothing was changed" means: the same versions of the same rows.
VERSIONS = "select ctid::text, xmin::text, to_jsonb(c) from public.ai_provider_configs c order by id"


@dataclass(frozen=True)
class Step:
    """A rollback file; `whole` where it is a topology's P0 rollback, not one of the lesser steps."""

    path: Path
    topology: Topology
    whole: bool

    @property
    def id(self) -> str:
        """Its name in a test's id."""
        return self.path.stem.replace("_", "-")


def find_steps(release: Release) -> list[Step]:
    """Return every file that an operator may paste to roll back, each with the first topology it is for."""
    steps: dict[Path, Step] = {}
    for topology in release.topologies.values():
        for path in topology.rollbacks.values():
            steps.setdefault(path, Step(path, topology, whole=path == topology.rollback))
    return sorted(steps.values(), key=lambda step: not step.whole)


def prepared(rehearsal: Rehearsal, step: Step) -> str:
    """Return the template that a step starts from: a rollout, for a P0 rollback with custom in charge."""
    topology = step.topology
    if not step.whole:
        return rehearsal.rolled_out(topology)
    base = rehearsal.rolled_out(topology)
    return rehearsal.databases.template(f"incident_{topology.name}", incident, base=base)


def take_over(connection: psycopg.Connection) -> None:
    """Put custom in charge."""
    connection.execute((HERE / "incident.sql").read_bytes())


def incident(connection: psycopg.Connection) -> None:
    """Put custom in charge of everything, also of an environment that no file speaks of."""
    connection.execute((HERE / "elsewhere.sql").read_bytes())
    take_over(connection)


def routing(connection: psycopg.Connection) -> Routing:
    """Return what routes where."""
    return connection.execute(ROUTING).fetchall()


def versions(connection: psycopg.Connection) -> Routing:
    """Return the rows as they lie in the table."""
    return connection.execute(VERSIONS).fetchall()


def connect(conninfo: str, **settings: object) -> psycopg.Connection:
    """Connect as an operator's client does; nothing lasts longer than `PATIENCE`."""
    chosen = {"statement_timeout": f"{PATIENCE:.0f}s", **settings}
    options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
    return psycopg.connect(conninfo, autocommit=True, options=options)


def psql(cluster: Cluster, conninfo: str, path: Path, *more: str) -> subprocess.Popen[str]:
    """Start psql on a file, statement by statement; it goes on after an error, as psql does by default."""
    command = [str(cluster.binaries.bindir / "psql"), "-X", "-v", "VERBOSITY=verbose", *more]
    return subprocess.Popen(
        [*command, "-d", conninfo, "-f", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"LC_ALL": "C", "PATH": ""},
    )
