"""Apply a release to a database: a dry run, unless --yes is given.

Runs the files of the rollout statement by statement, each transaction as the file means it, and records
what it did in the ledger and in Supabase's history of migrations. Without --yes it says what it would do, and
writes nothing. Prod needs the evidence of the environment before, and the target's name: typed, or as
--confirm. The files can always be pasted instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from rollgate.applying.application import apply
from rollgate.applying.options import Options
from rollgate.applying.runner import ATTEMPTS
from rollgate.command import Parser
from rollgate.commands.arguments import add_release, add_reports
from rollgate.errors import UsageError


def parser(prog: str) -> Parser:
    """Return the command's parser."""
    made = Parser(prog=prog, description=__doc__)
    add = made.add_argument
    add("--env", required=True, metavar="NAME", help="the environment, as the manifest names it")
    add("--target", metavar="NAME=VARIABLE", help="one database of a fleet and the variable with its DSN")
    add_release(made)
    add_reports(made)
    add("--operator", metavar="NAME", default="", help="who does this (default: who started the CI job, git)")
    add("--yes", action="store_true", help="write; without it nothing is written")
    add("--confirm", metavar="NAME", help="the target's name, where prod is served and nobody can be asked")
    add(
        "--without-preflight",
        action="store_true",
        help="go on without a preflight of this database that said GO; it is recorded",
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
    return made


def main(words: Sequence[str], prog: str) -> int:
    """Apply, or say what would be; return `Exit.OK` or `Exit.REFUSED`."""
    arguments = parser(prog).parse_args(words)
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
