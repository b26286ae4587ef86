"""Reaching the targets before anything is asked: who answers, for the header, the workers and the gates."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

import rollgate
from rollgate.plugin import secrecy
from rollgate.plugin.plan import LIVE, RUN
from rollgate.run import Run
from rollgate.server.binaries import find_binaries
from rollgate.target.identity import Identity
from rollgate.target.reach import reach
from rollgate.target.target import EPHEMERAL

_IDENTITIES = "rollgate_identities"  # what the controller tells a worker


def reach_targets(config: pytest.Config, run: Run) -> None:
    """Open every live target's session, and look for a server to rehearse on where one is needed.

    The sessions stay open for the gates, except where workers will ask them: those open their own.

    Raises:
        UsageError: a target or a server can't be had.
    """
    for target in run.targets:
        if target.live:
            run.identities[target.name] = reach(target, config.stash[LIVE])
            secrecy.learn_from_sessions(config)
    if not all(target.live for target in run.targets):
        find_binaries(pg_bin=config.getoption("pg_bin"), majors=run.release.postgres)
    if config.pluginmanager.hasplugin("dsession"):
        config.stash[LIVE].close()


def tell_worker(node: Any) -> None:
    """Tell a worker who the targets are: it compares them without connecting to each."""
    run = node.config.stash.get(RUN, None)
    if run is not None:
        node.workerinput[_IDENTITIES] = msgspec.to_builtins(run.identities)


def hear_controller(config: pytest.Config, run: Run) -> None:
    """Take over what `tell_worker` told."""
    told = config.workerinput.get(_IDENTITIES, {})  # type: ignore[attr-defined]
    run.identities = msgspec.convert(told, dict[str, Identity])


def header(run: Run) -> list[str]:
    """Return what is verified, and against what."""
    names = ", ".join(target.name for target in run.targets)
    kind = EPHEMERAL if run.environment == EPHEMERAL else "live"
    return [
        f"rollgate {rollgate.__version__}: {run.release.name} {run.release.digest[:12]}, {kind}: {names}",
        *(f"  {name}: {identity}" for name, identity in run.identities.items()),
    ]
