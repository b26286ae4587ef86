"""The options of the suite."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from rollgate.errors import UsageError, empty
from rollgate.plugin.soaking import add_soak_options
from rollgate.rehearsal.in_place import is_allowed
from rollgate.stage import Stage
from rollgate.target.target import Target


def add_options(parser: pytest.Parser) -> None:
    """Add the options to pytest's."""
    group = parser.getgroup("rollgate", "release verification")
    group.addoption(
        "--env",
        action="append",
        metavar="NAME",
        help="what to verify: `ephemeral` (default: every topology, rehearsed on a server of its own), "
        "or a live target of the manifest, for example staging; repeatable",
    )
    group.addoption(
        "--target",
        action="append",
        metavar="NAME=VARIABLE",
        help="one database of a fleet: a name for it and the variable that holds its DSN, judged as the one "
        "live --env says; repeatable",
    )
    group.addoption(
        "--drill",
        action="store_true",
        help="live staging only: commit the P0 rollback, verify it, and put the exact rows back",
    )
    group.addoption(
        "--release",
        metavar="PATH",
        help="the release manifest, or the folder that holds a release.toml (default: sql/ of this suite)",
    )
    group.addoption(
        "--pg-bin",
        metavar="DIR",
        help="the folder with initdb and postgres for the ephemeral server (also: ROLLGATE_PG_BIN)",
    )
    group.addoption(
        "--reports",
        metavar="DIR",
        help="where a run leaves its record and report, beside the ledger (default: reports/)",
    )
    group.addoption(
        "--stage",
        choices=[stage.value for stage in Stage],
        default=Stage.RELEASE.value,
        help="how far the rollout has come on a live target: `preflight` (nothing is applied yet), `verify` "
        "(the files are applied), `release` (default: all of it, the soak and the promotion too)",
    )
    add_soak_options(group)
    group.addoption(
        "--operator",
        metavar="NAME",
        help="who runs this, for the record (default: who started the CI job, else git's user)",
    )
    group.addoption(
        "--sign-key",
        metavar="PEM",
        help="the private Ed25519 key that signs what the run leaves (also: ROLLGATE_SIGN_KEY)",
    )
    group.addoption(
        "--no-color",
        action="store_const",
        dest="color",
        const="no",
        help="no colours on the terminal (also: NO_COLOR)",
    )


def refuse_empty(config: pytest.Config) -> None:
    """Refuse an option with nothing behind its `=`.

    Raises:
        UsageError: one is empty.
    """
    for name in ("env", "target", "release", "pg-bin", "reports", "soak-log", "operator", "sign-key"):
        given = config.getoption(name.replace("-", "_"))
        if given == "" or (isinstance(given, list) and "" in given):
            raise empty(f"--{name}=", found="nothing behind the =")


def is_asked_for(config: pytest.Config) -> bool:
    """Tell whether the command line asks for a verdict by name."""
    return bool(config.getoption("env") or config.getoption("release"))


def refuse_drill(targets: Iterable[Target], *, spread: bool, stage: Stage) -> None:
    """Refuse `--drill` for anything but live targets that serve no `prod`, too early, and on several workers.

    Raises:
        UsageError: nothing has been connected to.
    """
    found = [each.option if each.live else f"--env={each.kind}" for each in targets if not is_allowed(each)]
    if found:
        raise UsageError(
            "--drill",
            found=", ".join(dict.fromkeys(found)),
            needed="live staging targets alone: it commits the rollback, if only for a moment",
            fix="--env=staging --drill; anything that serves prod is rehearsed on a clone, without --drill",
        )
    if stage is Stage.PREFLIGHT:
        raise UsageError(
            "--drill",
            found=f"--stage={stage}, at which nothing is applied yet",
            needed="a release that is applied: before, there is nothing to roll back",
            fix=f"--stage={Stage.VERIFY} --drill, once its files are applied",
        )
    if spread:
        raise UsageError(
            "--drill",
            found="a run that is spread over workers",
            needed="one process, so that nothing else is in the way of the drill",
            fix="leave -n away",
        )
