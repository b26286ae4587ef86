"""The commands of `python -m rollgate`: one module each."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import rollgate
from rollgate.command import Parser
from rollgate.commands import apply, enter, release_log, schema, verify

COMMANDS = (apply, verify, release_log, enter, schema)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that the words of the command line name; return its exit code."""
    parser = Parser(
        prog="python -m rollgate",
        description="What isn't a test run. The gates themselves are pytest's: pytest --env=staging.",
        epilog="exit codes: 0 done, 1 it did not hold or could not be done, 2 refused, 4 a mistake",
    )
    parser.add_argument("--version", action="version", version=rollgate.__version__)
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    for command in COMMANDS:
        summary = (command.__doc__ or "").split("\n")[0].rstrip(".")
        made = subparsers.add_parser(
            command.NAME, help=summary[0].lower() + summary[1:], description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        command.add_arguments(made)
        made.set_defaults(main=command.main)
    arguments = parser.parse_args(words)
    return int(arguments.main(arguments))
