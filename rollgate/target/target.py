"""A target: a topology of the release, and where its database is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rollgate.errors import UsageError
from rollgate.release import Release, Topology
from rollgate.target.conninfo import LIBPQ_VARIABLES, Conninfo, complete, read_conninfo, settings

EPHEMERAL = "ephemeral"

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Target:
    """A database that is judged. A live one is only ever read."""

    topology: Topology
    live: bool
    label: str = ""  # of one in a fleet; else it has its topology's name
    variable: str = ""  # of one in a fleet; else the one that the manifest names
    alone: bool = True  # whether libpq's own variables may lead to it

    @property
    def name(self) -> str:
        """The name that the report and the test ids use."""
        return self.label or self.topology.name

    @property
    def kind(self) -> str:
        """`live` or `ephemeral`."""
        return "live" if self.live else EPHEMERAL

    @property
    def dsn_variable(self) -> str:
        """The variable that holds its DSN."""
        return self.variable or self.topology.dsn_variable

    @property
    def rehearsal_variable(self) -> str:
        """The variable that may hold a second DSN, of a role that may change routing: for the rehearsal."""
        return f"{self.dsn_variable}_REHEARSAL"

    @property
    def apply_variable(self) -> str:
        """The variable that may hold a second DSN, of a role that may change the schema: to apply with."""
        return f"{self.dsn_variable}_APPLY"

    @property
    def option(self) -> str:
        """The option that named it."""
        return f"--target {self.name}={self.variable}" if self.variable else f"--env={self.name}"


def choose_targets(
    release: Release, environments: Sequence[str], fleet: Sequence[str] = ()
) -> tuple[Target, ...]:
    """Return the targets that `--env` names: every topology for `ephemeral`, else the live ones.

    With a fleet (`NAME=DSN-VARIABLE` each), its members in place of the one environment's own database.

    Raises:
        UsageError: a name that the manifest doesn't have, or options that don't go together.
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
        EPHEMERAL in environments and len(set(environments)) > 1
    ):
        raise UsageError(
            "--env",
            found=f"{', '.join(environments)} in one run",
            needed="either ephemeral or live targets, because their records don't mix",
            fix="start two runs",
        )
    chosen = _members(fleet, list(targets.values())) if fleet else list(targets.values())
    return tuple(
        Target(each.topology, each.live, each.label, each.variable, alone=len(chosen) == 1)
        if each.live
        else each
        for each in chosen
    )


def live_conninfo(
    target: Target, environ: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Conninfo:
    """Return the DSN of a live target: from its variable, else from libpq's own ones.

    The environment comes before `.env` in `folder` (default: the working folder).

    Raises:
        UsageError: there is none, or the variable doesn't hold a DSN; the text doesn't repeat it.
    """
    variables = settings(environ, folder or Path.cwd())
    text = variables.get(target.dsn_variable, "").strip()
    if text:
        return read_conninfo(text, where=target.option, variable=target.dsn_variable, variables=variables)
    given = [name for name in LIBPQ_VARIABLES if variables.get(name)]
    if given and target.alone:
        return complete({}, variables)
    if given:
        raise UsageError(
            target.option,
            found=f"{target.dsn_variable} is not set, and {given[0]} is, in a run on several targets",
            needed="a DSN for each: libpq's variables would lead all of them to one database",
            fix=f"export {target.dsn_variable}='service=...' or the like, or start one run for each",
        )
    raise UsageError(
        target.option,
        found=f"{target.dsn_variable} is not set",
        needed="the DSN of the database, best of a role that may only read",
        fix=f"export {target.dsn_variable}='postgresql://...', or write it to .env (docs/targets.md)",
    )


def rehearsal_conninfo(
    target: Target, environ: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Conninfo:
    """Return the DSN that the rollback is rehearsed with: from its own variable, else the target's.

    So the gates are read by a role that may only read, and the one exception has its own.

    Raises:
        UsageError: as `live_conninfo`.
    """
    return _second_conninfo(target, target.rehearsal_variable, environ, folder)


def apply_conninfo(
    target: Target, environ: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Conninfo:
    """Return the DSN that a release is applied with: from its own variable, else the target's.

    Raises:
        UsageError: as `live_conninfo`.
    """
    return _second_conninfo(target, target.apply_variable, environ, folder)


def _second_conninfo(
    target: Target, variable: str, environ: Mapping[str, str], folder: Path | None
) -> Conninfo:
    variables = settings(environ, folder or Path.cwd())
    text = variables.get(variable, "").strip()
    if text:
        return read_conninfo(text, where=target.option, variable=variable, variables=variables)
    return live_conninfo(target, environ, folder)


def _members(fleet: Sequence[str], targets: Sequence[Target]) -> list[Target]:
    """Return the fleet's targets; what stands behind the `=` isn't repeated, it might be a DSN."""
    if len(targets) != 1 or not targets[0].live:
        raise UsageError(
            "--target",
            found="no live --env" if not any(each.live for each in targets) else f"{len(targets)} of them",
            needed="exactly one live --env, whose topology the targets have",
            fix="for example --env=prod --target eu=EU_DATABASE_URL --target us=US_DATABASE_URL",
        )
    members: dict[str, Target] = {}
    for entry in fleet:
        name, _, variable = entry.partition("=")
        if name in members:
            raise UsageError(
                "--target",
                found=f"the name {name} twice",
                needed="a name of its own for each database",
                fix="give one of them another name",
            )
        if not _SLUG.fullmatch(name) or not _VARIABLE.fullmatch(variable):
            raise UsageError(
                "--target",
                found="something else",
                needed="NAME=VARIABLE: words in lower case joined by hyphens, and the variable with the DSN",
                fix="put the DSN into a variable and its name here, never the DSN itself",
            )
        members[name] = Target(targets[0].topology, live=True, label=name, variable=variable)
    return list(members.values())
