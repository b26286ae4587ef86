"""The command of runbook section 5.1: what it is asked, and what it says."""

from __future__ import annotations

import argparse
import math
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rollgate.command import Exit, Failure, Parser
from rollgate.errors import UsageError
from rollgate.evals.direct import OPTION, sql_rows
from rollgate.evals.export import Export, Result, Rows, Wanted
from rollgate.evals.exported import SOURCES
from rollgate.evals.paging import PAGE_SIZE, RestRows
from rollgate.evals.partial import opened
from rollgate.evals.rest import RETRIES, TIMEOUT_S, Rest
from rollgate.evals.supabase import read_project
from rollgate.target.conninfo import named_conninfo, secrets_in, secrets_of, settings
from rollgate.target.redaction import Redaction

#: The script that the runbook names; the command line may have another way here.
SCRIPT = "export_eval_records_from_supabase.py"


def main(arguments: Sequence[str] | None = None, prog: str = SCRIPT) -> int:
    """Export eval records, and return the exit code; whatever fails, no secret is shown.

    Raises:
        UsageError: a mistake that the user can mend.
        Failure: it could not be done.
    """
    secrets = Redaction()
    try:
        return _export(parser(prog).parse_args(arguments), settings(os.environ, Path.cwd()), secrets)
    except UsageError as error:
        parts = {name: secrets.text(getattr(error, name)) for name in ("found", "needed", "fix")}
        raise UsageError(secrets.text(error.where), **parts) from None
    except Failure as error:
        raise Failure(secrets.text(str(error))) from None
    except Exception:  # a defect: its traceback may hold one too
        print(secrets.text(traceback.format_exc()), file=sys.stderr)
        return Exit.FAILED


def _export(asked: argparse.Namespace, variables: Mapping[str, str], secrets: Redaction) -> int:
    wanted = Wanted(
        sources=tuple(dict.fromkeys(asked.source or SOURCES)),
        days=asked.days,
        limit=asked.limit,
        since=asked.since,
        until=asked.until,
        leave_out_wrong=asked.on_bad_record == "leave-out",
    )
    voice = _Voice(secrets, quiet=asked.quiet)
    with _rows(asked, variables, secrets, voice) as rows, opened(asked.output) as partial:
        try:
            result = Export(rows, wanted, partial, voice.say, voice.progress).run(resume=asked.resume)
        except (KeyboardInterrupt, Failure):
            if partial.note() is not None:
                voice.say(f"what was read is kept in {partial.path}: the same command goes on from there")
            raise
        finally:
            voice.end()
    _conclude(result, asked, voice)
    if asked.fail_on_empty and not result.tally.records:
        voice.say("nothing was exported, and --fail-on-empty was asked for")
        return Exit.EMPTY
    return Exit.OK


@contextmanager
def _rows(
    asked: argparse.Namespace, variables: Mapping[str, str], secrets: Redaction, voice: _Voice
) -> Iterator[Rows]:
    if asked.dsn_env:
        secrets.learn(secrets_in(variables.get(asked.dsn_env, "")))
        conninfo = named_conninfo(asked.dsn_env, option=OPTION, variables=variables)
        secrets.learn(secrets_of(conninfo))
        with sql_rows(conninfo, asked.dsn_env, page_size=asked.page_size) as rows:
            yield rows
        return
    project = read_project(variables)
    secrets.learn(project.secrets)
    with Rest(project, timeout=asked.timeout, retries=asked.retries, say=voice.say) as rest:
        yield RestRows(rest, page_size=asked.page_size)


def _conclude(result: Result, asked: argparse.Namespace, voice: _Voice) -> None:
    """Say what was exported, and on stderr what somebody should look at."""
    tally, window = result.tally, result.window
    if not asked.quiet:
        print(f"exported {tally.records} records ({result.counted} in the window), {tally.missing}")
        unknown = f", {tally.latency_unknown} without a latency" if tally.latency_unknown else ""
        ends = (f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (window.since, window.until))
        print(f"  from {' to '.join(ends)}, {' and '.join(window.sources)}{unknown}: {asked.output}")
    if result.counted > tally.rows:
        voice.say(
            f"--limit {asked.limit} left out the {result.counted - tally.rows} oldest of the "
            f"{result.counted} rows in the window"
        )
    if tally.wrong:
        voice.say(f"left out {tally.wrong} rows with values of a wrong type, the first: {tally.named[0]}")
    if tally.disagreeing:
        voice.say(
            f"{tally.disagreeing} rows whose metadata says fallbackUsed have fallback_used = false: the "
            "column counts"
        )


class _Voice:
    """The terminal: lines on stderr, and a line of progress that is written over."""

    def __init__(self, secrets: Redaction, *, quiet: bool) -> None:
        self._secrets = secrets
        self._shows = not quiet and sys.stderr.isatty()
        self._open = False

    def say(self, text: str) -> None:
        """Say something that matters."""
        self.end()
        print(self._secrets.text(text), file=sys.stderr, flush=True)

    def progress(self, rows: int, expected: int) -> None:
        """Show how far it is."""
        if self._shows:
            print(f"\r{rows:,} of {expected:,} rows", end="", file=sys.stderr, flush=True)
            self._open = True

    def end(self) -> None:
        """Leave the line of progress."""
        if self._open:
            print(file=sys.stderr)
        self._open = False


def parser(prog: str = SCRIPT) -> Parser:
    """Return the command's parser."""
    made = Parser(
        prog=prog,
        usage="%(prog)s --output FILE [options]",
        description="Export recent generation rows as eval records, one JSON object a line, newest first.",
        epilog="SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY are read from the environment or from .env. "
        "Exit codes: 0 done, 1 it could not be done, 3 nothing found (--fail-on-empty), 4 a mistake in the "
        "call or a setting, 130 interrupted.",
    )
    add = made.add_argument
    begin = made.add_mutually_exclusive_group()
    begin.add_argument("--days", type=_days, default=1.0, metavar="N", help="of the last N days (1)")
    begin.add_argument(
        "--since", type=_instant, metavar="TIME", help="made at TIME or later, for example 2026-02-15T00:00Z"
    )
    add("--until", type=_instant, metavar="TIME", help="made at TIME or earlier (now)")
    add("--limit", type=_positive, metavar="N", help="the newest N at most (all of the window)")
    add(
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="appears when it is complete",
    )
    add("--source", action="append", choices=SOURCES, help="of this source only; repeatable (both)")
    add("--fail-on-empty", action="store_true", help="exit with 3 if there is nothing")
    add(
        "--on-bad-record",
        choices=("fail", "leave-out"),
        default="fail",
        help="when a value is of a wrong type: fail and name the rows (default), or export without them",
    )
    add("--no-resume", dest="resume", action="store_false", help="don't go on with what a broken run left")
    add("--dsn-env", metavar="NAME", help="read with SQL; the variable NAME holds the DSN")
    add("--timeout", type=_seconds, default=TIMEOUT_S, metavar="S", help=f"for one answer ({TIMEOUT_S:.0f})")
    add("--retries", type=_count, default=RETRIES, metavar="N", help=f"of a request that failed ({RETRIES})")
    add(
        "--page-size",
        type=_page,
        default=PAGE_SIZE,
        metavar="N",
        help=f"rows a request ({PAGE_SIZE})",
    )
    add("--quiet", action="store_true", help="say only what somebody should look at")
    return made


def _number(text: str, kind: type[int] | type[float], least: float, most: float) -> float:
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
    return value


def _days(text: str) -> float:
    return _number(text, float, 0.001, 3650)


def _seconds(text: str) -> float:
    return _number(text, float, 0.1, 3600)


def _positive(text: str) -> int:
    return int(_number(text, int, 1, 10**9))


def _count(text: str) -> int:
    return int(_number(text, int, 0, 100))


def _page(text: str) -> int:
    return int(_number(text, int, 1, PAGE_SIZE))


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 2026-02-15T00:00Z") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
