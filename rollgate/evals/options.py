"""The command line of the report and the ingest, checked before anything is read."""

from __future__ import annotations

import argparse
import datetime
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from rollgate.command import Parser
from rollgate.errors import UsageError
from rollgate.evals.metrics import complete, option_of
from rollgate.evals.names import METRICS, P95
from rollgate.evals.report import RunType, Variant
from rollgate.release import BUILTIN, MANIFEST_NAME, Release, Threshold, load_release

_AHEAD = datetime.timedelta(minutes=5)  # how far a clock may be ahead of this one


@dataclass(frozen=True)
class Options:
    """What the command is to do."""

    input: Path
    sql_output: Path | None
    report_output: Path
    run_type: RunType
    variant: Variant
    triggered_by: str
    commit_sha: str | None
    dataset_ref: str | None
    release: Release
    thresholds: Mapping[str, Threshold]
    min_samples: int
    baseline: Path | None
    quarantine: bool
    strict_exit: bool
    dsn_env: str | None  # of the database to ingest into
    started_at: datetime.datetime
    finished_at: datetime.datetime


#: The script that the runbook names; the command line may have another way here.
SCRIPT = "generate_eval_ingest_sql.py"


def parser(prog: str = SCRIPT) -> Parser:
    """Return the parser, with an option for each threshold."""
    found = Parser(
        prog=prog,
        usage="%(prog)s [options]\n"
        "         --input PATH --report-output PATH --sql-output PATH\n"
        "         --run-type TYPE --schema-variant LAYOUT",
        description="Turn exported eval records into a report, its gates, and the SQL that ingests them.",
        epilog="Exit codes: 0 done, 1 it could not be done, 2 a gate did not pass (--strict-exit), 4 a "
        "mistake in the call, the manifest or the input, 130 interrupted.",
    )
    add = found.add_argument_group("records and files").add_argument
    add(
        "--input",
        type=Path,
        required=True,
        metavar="PATH",
        help="the exported records, one JSON object a line",
    )
    add("--report-output", type=Path, required=True, metavar="PATH", help="the report, JSON")
    add("--sql-output", type=Path, metavar="PATH", help="the SQL to paste; may be left out with --apply")
    add("--baseline-report", type=Path, metavar="PATH", help="an earlier report to compare with")
    add("--on-bad-record", choices=("fail", "quarantine"), default="fail",
        help="stop at the first bad line (default), or keep each beside the report")  # fmt: skip
    add = found.add_argument_group("the run").add_argument
    add("--run-type", required=True, choices=get_args(RunType), help="kept with the run")
    add("--schema-variant", required=True, choices=get_args(Variant), help="the layout of the eval tables")
    add("--triggered-by", default="manual", metavar="WHO", help="kept with the run (default: manual)")
    add("--commit-sha", metavar="SHA", help="what was evaluated; a part of the run's identity")
    add("--dataset-ref", metavar="REF", help="likewise (default: the input's name, and then no part of it)")
    add("--started-at", metavar="TIME", help="ISO 8601 with its offset (default: --finished-at)")
    add("--finished-at", metavar="TIME", help="likewise (default: when the input was last written)")
    add = found.add_argument_group("the ingest").add_argument
    add("--apply", action="store_true", help="ingest the run directly as well; needs --dsn-env")
    add("--dsn-env", metavar="NAME", help="the variable that holds the DSN")
    add = found.add_argument_group("the judgement").add_argument
    add("--release", type=Path, default=BUILTIN / MANIFEST_NAME, metavar="PATH",
        help="the release manifest (default: the one that comes with the suite)")  # fmt: skip
    add("--strict-exit", action="store_true", help="exit with 2 unless every gate passes")
    add = found.add_argument_group("thresholds, each in place of the manifest's").add_argument
    add("--min-samples", type=int, metavar="N", help="below, nothing is judged")
    for name in METRICS:
        add(option_of(name), dest=name, type=float, metavar="MS" if name == P95 else "SHARE")
    return found


def read_options(arguments: Sequence[str] | None = None, prog: str = SCRIPT) -> Options:
    """Read the command line.

    Raises:
        UsageError: what was given doesn't go together, or can't be meant.
    """
    given = parser(prog).parse_args(arguments)
    release = load_release(given.release)
    thresholds = {**release.thresholds, **_given_thresholds(given)}
    _check_files(given)
    if given.apply != bool(given.dsn_env):
        raise UsageError(
            "--apply",
            found="--apply without --dsn-env" if given.apply else "--dsn-env without --apply",
            needed="both, or none of them",
            fix="add --dsn-env NAME, the variable that holds the DSN" if given.apply else "add --apply",
        )
    if given.min_samples is not None and given.min_samples < 1:
        raise UsageError("--min-samples", found=str(given.min_samples), needed="1 or more", fix="correct it")
    for name in ("triggered_by", "commit_sha", "dataset_ref"):
        _check_text(f"--{name.replace('_', '-')}", getattr(given, name))
    finished = _time("--finished-at", given.finished_at) or _written(given.input)
    started = _time("--started-at", given.started_at) or finished
    _check_times(started, finished)
    return Options(
        input=given.input,
        sql_output=given.sql_output,
        report_output=given.report_output,
        run_type=given.run_type,
        variant=given.schema_variant,
        triggered_by=given.triggered_by,
        commit_sha=given.commit_sha,
        dataset_ref=given.dataset_ref,
        release=release,
        thresholds=complete(thresholds, str(given.release)),
        min_samples=given.min_samples or release.eval_min_samples,
        baseline=given.baseline_report,
        quarantine=given.on_bad_record == "quarantine",
        strict_exit=given.strict_exit,
        dsn_env=given.dsn_env,
        started_at=started,
        finished_at=finished,
    )


def _given_thresholds(given: argparse.Namespace) -> dict[str, Threshold]:
    found = {}
    for name in METRICS:
        bound = getattr(given, name)
        if bound is None:
            continue
        option = option_of(name)
        if not math.isfinite(bound) or bound < 0 or (name != P95 and bound > 1):
            needed = "milliseconds, 0 or more" if name == P95 else "a share from 0 to 1"
            raise UsageError(option, found=str(bound), needed=needed, fix="correct it")
        found[name] = Threshold(None, bound) if option.startswith("--max") else Threshold(bound, None)
    return found


def _check_files(given: argparse.Namespace) -> None:
    if given.sql_output is None and not given.apply:
        raise UsageError(
            "--sql-output", found="nothing", needed="where the SQL goes", fix="name a file, or add --apply"
        )
    there = os.path.exists(given.input)
    if not os.path.isfile(given.input):
        raise UsageError(
            f"--input {given.input}",
            found="no regular file: it may be read twice" if there else "no such file",
            needed="a file of eval records, one JSON object a line",
            fix="export it first (runbook, 5.1), or correct the path",
        )
    paths = [path.resolve() for path in (given.input, given.sql_output, given.report_output) if path]
    if len(set(paths)) < len(paths):
        raise UsageError(
            "--input, --sql-output, --report-output",
            found="one file twice",
            needed="three files",
            fix="give each its own name",
        )


def _check_text(option: str, text: str | None) -> None:
    if text is not None and (not text.strip() or re.search("[\ud800-\udfff]", text)):
        raise UsageError(
            option,
            found="nothing" if not text.strip() else "bytes that are not UTF-8",
            needed="a text",
            fix="correct it, or leave the option out",
        )


def _time(option: str, text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(
            option,
            found=ascii(text),
            needed="a time with its offset from UTC, as 2026-02-16T03:00:00Z",
            fix="correct it",
        )
    return found.astimezone(datetime.UTC)


def _written(path: Path) -> datetime.datetime:
    """Return when a file was last written, to the millisecond: no clock reads finer in a run's id."""
    milliseconds = path.stat().st_mtime_ns // 1_000_000
    return datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC).replace(
        microsecond=milliseconds % 1000 * 1000
    )


def _check_times(started: datetime.datetime, finished: datetime.datetime) -> None:
    if started > finished:
        raise UsageError(
            "--started-at",
            found=f"{started.isoformat()}, which is after {finished.isoformat()}",
            needed="a time before --finished-at",
            fix="correct one of them",
        )
    if finished > datetime.datetime.now(datetime.UTC) + _AHEAD or finished.year < 1971:
        raise UsageError(
            "--finished-at",
            found=f"{finished.isoformat()}, no time at which this can have ended",
            needed="a time that is over: ids sort by it, and the latest run is the one that is looked at",
            fix="give the right one; without the option it is the time at which the input was written",
        )
