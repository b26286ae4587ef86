"""Add tonight's eval report to the history, and print the trend as Markdown, as for a job's summary."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rollgate.command import Exit, Parser
from rollgate.errors import UsageError
from rollgate.evals.outputs import together
from rollgate.evals.report import FORMAT
from rollgate.evals.trend import Night, markdown, with_night

#: The script; the command line may have another way here.
SCRIPT = "summarize_eval_trend.py"


def parser(prog: str = SCRIPT) -> Parser:
    """Return the command's parser."""
    made = Parser(prog=prog, description=__doc__)
    made.add_argument(
        "--report", type=Path, required=True, metavar="PATH", help="tonight's report; may be missing"
    )
    made.add_argument(
        "--history", type=Path, required=True, metavar="PATH", help="the nights so far, a JSON line each"
    )
    return made


def main(arguments: Sequence[str] | None = None, prog: str = SCRIPT) -> int:
    """Read report and history, write the history, and print the trend; return the exit code.

    Without a report there is still the trend of the nights before, and the history stays as it is.

    Raises:
        UsageError: the report is none.
        Failure: the history can't be written.
    """
    given = parser(prog).parse_args(arguments)
    nights, tonight = _history(given.history), _report(given.report)
    if tonight is not None:
        nights = with_night(nights, tonight)
        with together() as outputs, outputs.draft(given.history) as file:
            file.write(b"".join(msgspec.json.encode(each) + b"\n" for each in nights))
    print(markdown(nights, tonight), end="")
    return Exit.OK


def _report(path: Path) -> Night | None:
    if not path.exists():
        return None
    try:
        return _night(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--report {path}",
            found=error.strerror or str(error) if isinstance(error, OSError) else str(error),
            needed=f"a report of generate_eval_ingest_sql.py, format {FORMAT}",
            fix="name that file",
        ) from None


def _history(path: Path) -> list[Night]:
    """Return the nights that can be read; a line that can't is left out, and told."""
    try:
        lines = path.read_bytes().splitlines() if path.exists() else []
    except OSError as error:
        raise UsageError(
            f"--history {path}", found=error.strerror or str(error), needed="a file", fix="correct the path"
        ) from None
    nights = []
    for number, line in enumerate(lines, 1):
        try:
            nights.append(_night(line))
        except ValueError as error:
            print(f"warning: {path}: line {number} is left out: {error}", file=sys.stderr)
    return nights


def _night(text: bytes) -> Night:
    """Return the night that a report or a line of the history tells of.

    Raises:
        ValueError: it tells of none.
    """
    night = msgspec.json.decode(text, type=Night)
    if night.format != FORMAT:
        raise ValueError(f"format {night.format}")
    if night.finished_at.tzinfo is None:
        raise ValueError("finished_at has no offset")
    if any(each.minimum is None and each.maximum is None for each in night.metrics):
        raise ValueError("a metric without a threshold")
    return night
