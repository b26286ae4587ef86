"""The commands of `python -m rollgate`: one module each."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import rollgate
from rollgate.command import Parser
from rollgate.commands import apply, enter, files, release_log, schema, verify

COMMANDS = (apply, verify, release_log, enter, schema, files)
#: The commands of the daily evals, which are scripts too: their module, and what they do.
EVALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "evals-export": ("rollgate.evals.export_command", "export recent eval records from Supabase"),
        "evals-ingest": (
            "rollgate.evals.generate",
            "make report, gates, and the SQL that ingests them",
        ),
        "evals-trend": ("rollgate.evals.trend_command", "add a report to the history, and print the trend"),
    }
)
ABOUT = """\
Release verification for PostgreSQL. The gates are asked by pytest; the rest of a rollout is here:

  pytest --env=ephemeral                        rehearse the release on a server of its own
  pytest --env=staging --stage=preflight        GO: it may be applied
  {apply}
  pytest --env=staging --stage=verify           GO: it is applied, and the soak begins
  pytest --env=staging --soak-log=DIR           a day later; GO: on to prod, likewise
  {release_log}
"""
EXITS = (
    "exit codes: 0 done, 1 it could not be done or did not hold, 2 refused, 3 nothing found, 4 a mistake\n"
    "in the call, the manifest or an input, 130 interrupted"
)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that the words of the command line name; return its exit code."""
    words = sys.argv[1:] if words is None else words
    prog = "rollgate" if Path(sys.argv[0]).stem == "rollgate" else "python -m rollgate"
    if words and words[0] in EVALS:
        module, _ = EVALS[words[0]]
        return int(importlib.import_module(module).main(words[1:], prog=f"{prog} {words[0]}"))
    arguments = _parser(prog).parse_args(words)
    return int(arguments.main(arguments))


def _parser(prog: str) -> Parser:
    parser = Parser(
        prog=prog,
        usage="%(prog)s COMMAND ...    (%(prog)s COMMAND --help tells more)",
        description=ABOUT.format(
            apply=f"{prog} apply --env staging --yes".ljust(45) + " run its files",
            release_log=f"{prog} release-log".ljust(45) + " all that was done, from the records",
        ),
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=rollgate.__version__)
    summaries = {command.NAME: _summary(command.__doc__) for command in COMMANDS}
    summaries |= {name: summary for name, (_, summary) in EVALS.items()}
    subparsers = parser.add_subparsers(
        title="commands",
        description="\n".join(f"{name:<14}{summary}" for name, summary in summaries.items()),
        metavar="COMMAND",
        help=argparse.SUPPRESS,
        required=True,
        parser_class=Parser,
        prog=prog,
    )
    for command in COMMANDS:
        made = subparsers.add_parser(
            command.NAME,
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(made)
        made.set_defaults(main=command.main)
    for name in EVALS:
        subparsers.add_parser(name)
    return parser


def _summary(documentation: str | None) -> str:
    line = (documentation or "").partition("\n")[0].rstrip(".")
    return line[:1].lower() + line[1:]
