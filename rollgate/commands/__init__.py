"""The commands of `python -m rollgate`: one module each, with a `parser` and a `main`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, ModuleType

import rollgate
from rollgate.command import Parser

#: Each command's module and what it does, in the order of a rollout. Those of the evals are scripts too.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "apply": ("rollgate.commands.apply", "run a release's files: a dry run, unless --yes is given"),
        "verify": ("rollgate.commands.verify", "check that ledger and records are as they were written"),
        "release-log": ("rollgate.commands.release_log", "write the release log from the records"),
        "enter": ("rollgate.commands.enter", "enter a run into the ledger that never got there"),
        "schema": ("rollgate.commands.schema", "print the JSON Schema of a run's record"),
        "files": ("rollgate.commands.files", "print the folder of the release that comes with the suite"),
        "evals-export": ("rollgate.evals.export_command", "export recent eval records from Supabase"),
        "evals-ingest": ("rollgate.evals.generate", "make report, gates, and the SQL that ingests them"),
        "evals-trend": ("rollgate.evals.trend_command", "add a report to the history, print the trend"),
    }
)
ABOUT = """\
Release verification for PostgreSQL. The gates are asked by pytest, and the rest
of a rollout is here:

  pytest --env=ephemeral                        the rehearsal
  pytest --env=staging --stage=preflight        GO: it may be applied
  {apply}  run its files
  pytest --env=staging --stage=verify           GO: applied; the soak begins
  pytest --env=staging --soak-log=DIR           a day later; GO: on to prod
  {log}  all that was done

In an incident paste the rollback file that the manifest names; of the suite's
release it is below the folder that `{prog} files` prints (docs/rollback.md).

commands:
{commands}

{prog} COMMAND --help tells more.

"""
EXITS = """\
exit codes: 0 done, 1 it could not be done or did not hold, 2 refused, 3 nothing
found, 4 a mistake in the call, the manifest or an input, 130 interrupted
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that the words of the command line name; return its exit code."""
    words = sys.argv[1:] if words is None else words
    prog = "rollgate" if Path(sys.argv[0]).stem == "rollgate" else "python -m rollgate"
    name = _parser(prog).parse_args(words[:1]).command
    return int(module_of(name).main(words[1:], prog=f"{prog} {name}"))


def module_of(name: str) -> ModuleType:
    """Load the module of a command: each is loaded when it is asked for."""
    return importlib.import_module(COMMANDS[name][0])


def _parser(prog: str) -> Parser:
    about = ABOUT.format(
        apply=f"{prog} apply --env staging --yes".ljust(44),
        log=f"{prog} release-log".ljust(44),
        commands="\n".join(f"  {name:<14}{summary}" for name, (_, summary) in COMMANDS.items()),
        prog=prog,
    )
    parser = Parser(prog=prog, usage="%(prog)s COMMAND ...", description=about + EXITS)
    parser.add_argument("--version", action="version", version=rollgate.__version__)
    parser.add_argument("command", metavar="COMMAND", choices=COMMANDS, help=argparse.SUPPRESS)
    return parser
