"""The options of the suite."""

from __future__ import annotations

import pytest

from rollgate.plugin.soaking import add_soak_options
from rollgate.stage import Stage


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


def is_asked_for(config: pytest.Config) -> bool:
    """Tell whether the command line asks for a verdict by name."""
    return bool(config.getoption("env") or config.getoption("release"))
