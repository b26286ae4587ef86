"""A target: a topology of the release, and where its database is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict

from rollgate.errors import UsageError
from rollgate.release import Release, Topology
from rollgate.target.session import CONNECT_TIMEOUT_S

EPHEMERAL = "ephemeral"


@dataclass(frozen=True)
class Target:
    """A database that is judged. A live one is only ever read."""

    topology: Topology
    live: bool

    @property
    def name(self) -> str:
        """The name that the report and the test ids use."""
        return self.topology.name

    @property
    def kind(self) -> str:
        """`live` or `ephemeral`."""
        return "live" if self.live else EPHEMERAL


def choose_targets(release: Release, environments: Sequence[str]) -> tuple[Target, ...]:
    """Return the targets that `--env` names: every topology for `ephemeral`, else the live ones.

    Raises:
        UsageError: a name that the manifest doesn't have.
    """
    targets: dict[str, Target] = {}
    for name in environments:
        if name == EPHEMERAL:
            targets.update({each.name: Target(each, live=False) for each in release.topologies.values()})
        elif name in release.topologies:
            targets[name] = Target(release.topologies[name], live=True)
        else:
            raise UsageError(
                f"--env={name}",
                found="a name that the release doesn't know",
                needed=f"one of {', '.join((EPHEMERAL, *release.topologies))}",
                fix=f"name one of them, or add [topologies.{name}] to the manifest",
            )
    if len({target.live for target in targets.values()}) > 1 or (
        EPHEMERAL in environments and len(environments) > 1
    ):
        raise UsageError(
            "--env",
            found=f"{', '.join(environments)} in one run",
            needed="either ephemeral or live targets, because their records don't mix",
            fix="start two runs",
        )
    return tuple(targets.values())


def live_conninfo(target: Target, environ: Mapping[str, str] = os.environ) -> str:
    """Return the DSN of a live target from its variable. It is a secret: never print it.

    Raises:
        UsageError: the variable is unset or doesn't hold a DSN; the text doesn't repeat it.
    """
    variable = target.topology.dsn_variable
    conninfo = environ.get(variable, "").strip()
    if not conninfo:
        raise UsageError(
            f"--env={target.name}",
            found=f"{variable} is not set",
            needed="the DSN of the database, best of a role that may only read",
            fix=f"export {variable}='postgresql://...'",
        )
    try:
        conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise UsageError(
            f"--env={target.name}",
            found=f"{variable} holds something that is not a DSN (not shown: it may hold a password)",
            needed="postgresql://user:password@host:port/database, or host=... user=... dbname=...",
            fix="percent-encode special characters of the password in a URL, for example @ as %40",
        ) from None
    return conninfo


def check_reachable(target: Target, conninfo: str) -> None:
    """Connect once and disconnect.

    Raises:
        UsageError: the database can't be reached.
    """
    try:
        psycopg.connect(conninfo, connect_timeout=CONNECT_TIMEOUT_S).close()
    except psycopg.Error as error:
        raise UsageError(
            f"--env={target.name}",
            found=str(error).strip().split("\n")[-1].strip(),
            needed=f"a database that answers at the DSN in {target.topology.dsn_variable}",
            fix="check host, port, user, password and network; psql with the same DSN shows the same",
        ) from None
