"""Print the folder of the release that comes with the suite.

It holds the manifest and the SQL: to be pasted, or copied for a release of your own.
"""

from __future__ import annotations

import argparse

from rollgate.command import Exit
from rollgate.suite import SQL

NAME = "files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add none."""


def main(arguments: argparse.Namespace) -> int:
    """Print it."""
    print(SQL)
    return Exit.OK
