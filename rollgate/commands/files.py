"""Print the folder of the release that comes with the suite.

It holds the manifest and the SQL: to be pasted, or copied for a release of your own.
"""

from __future__ import annotations

from collections.abc import Sequence

from rollgate.command import Exit, Parser
from rollgate.suite import SQL


def parser(prog: str) -> Parser:
    """Return the command's parser."""
    return Parser(prog=prog, description=__doc__)


def main(words: Sequence[str], prog: str) -> int:
    """Print it."""
    parser(prog).parse_args(words)
    print(SQL)
    return Exit.OK
