"""Apply a release to a database: a dry run, unless --yes is given.

Runs the files of the rollout statement by statement, each transaction as the file means it, and records
what it did in the ledger and in Supabase's history of migrations. Without --yes it says what it would do, and
writes nothing. Prod needs the evidence of the environment before, and the target's name: typed, or as
--confirm. The files can always be pasted instead.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rollgate.applying.application import apply
from rollgate.applying.options import Options
from rollgate.applying.runner import ATTEMPTS
from rollgate.commands.reports import add_reports
from rollgate.errors import UsageError
from rollgate.release import BUILTIN, MANIFEST_NAME

NAME = "apply"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("--env", required=True, metavar="NAME", help="the environment, as the manifest names it")
    add("--target", metavar="NAME=VARIABLE", help="one database of a fleet and the variable with its DSN")
    add(
        "--release",
        metavar="PATH",
        type=Path,
        default=BUILTIN / MANIFEST_NAME,
        help="the release manifest, or its folder (default: the one that comes with the suite)",
    )
    add_reports(parser)
    add("--operator", metavar="NAME", default="", help="who does this (default: who started the CI job, git)")
    add("--yes", action="store_true", help="write; without it nothing is written")
    add("--confirm", metavar="NAME", help="the target's name, where prod is served and nobody can be asked")
    add(
        "--without-preflight",
        action="store_true",
        help="without a preflight of this database that said GO in the ledger; it is recorded",
    )
    add("--again", action="store_true", help="run files too that the history of migrations has already")
    add(
        "--sign-key",
        metavar="PEM",
        default="",
        help="the private Ed25519 key that signs the record (also: ROLLGATE_SIGN_KEY)",
    )
    add(
        "--attempts",
        metavar="N",
        type=int,
        default=ATTEMPTS,
        help=f"how often a transaction is tried that gets no lock (default: {ATTEMPTS})",
    )


def main(arguments: argparse.Namespace) -> int:
    """Apply, or say what would be; return `Exit.OK` or `Exit.REFUSED`."""
    if not 1 <= arguments.attempts <= 100:
        raise UsageError(
            "--attempts", found=str(arguments.attempts), needed="1 to 100", fix="name a number of them"
        )
    return apply(
        Options(
            environment=arguments.env,
            member=arguments.target,
            release=arguments.release,
            reports=arguments.reports,
            operator=arguments.operator,
            yes=arguments.yes,
            confirm=arguments.confirm,
            without_preflight=arguments.without_preflight,
            again=arguments.again,
            attempts=arguments.attempts,
            sign_key=arguments.sign_key,
        )
    )
