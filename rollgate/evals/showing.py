"""What the command says on the terminal: the figures, what they amount to, and what to do next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rollgate.evals.ingest import EDITOR_BYTES
from rollgate.evals.metrics import Metric, needed
from rollgate.evals.options import Options
from rollgate.evals.report import EvalReport
from rollgate.release import Threshold

if TYPE_CHECKING:
    from rollgate.evals.apply import Ingested

_COLUMNS = ("metric", "value", "needed", "n", "defaults", "95 % interval", "evidence", "gate")


def show(report: EvalReport, options: Options) -> None:
    """Print the report in short; warnings go to the error stream."""
    print(f"{report.run_type} run {report.run_id}, {report.records} records of {report.input.name}\n")
    rows = [_COLUMNS, *(_row(each, skipped=report.gate == "SKIPPED") for each in report.metrics)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()
    _show_comparison(report)
    for step in report.rollback:
        print(f"ROLLBACK MATRIX: {step.action}: {'; '.join(step.because)}")
        for topology, path in step.files.items():
            print(f"  {topology}: paste {path}")
    print(_verdict(report))
    _warn(report)
    print(f"report: {options.report_output}")
    if options.sql_output:
        _show_sql(options, report)


def show_ingested(ingested: Ingested | None, report: EvalReport) -> None:
    """Print what became of the run in the database."""
    if ingested is None:
        print("nothing to ingest: the input held no eval record")
    elif ingested.added:
        print(f"ingested run {ingested.run_id}: {report.records} samples added")
    else:
        print(f"run {ingested.run_id} was ingested before: nothing was added")


def _row(metric: Metric, *, skipped: bool) -> tuple[str, ...]:
    value = "none" if metric.value is None else f"{metric.value:.6g}"
    bound = needed(Threshold(metric.minimum, metric.maximum), metric.unit)
    defaults = f"{metric.defaulted_share:.1%}" if metric.defaulted else "-"
    interval = f"{metric.low:.4f} to {metric.high:.4f}"
    gate = "-" if skipped else metric.gate
    return metric.name, value, bound, str(metric.n), defaults, interval, metric.evidence, gate


def _verdict(report: EvalReport) -> str:
    if report.gate == "SKIPPED":
        return f"GATE SKIPPED: {report.why}. The run is stored as {report.status}, never as passed."
    why = f": {report.why}" if report.why else ""
    return f"GATE {report.gate}{why}"


def _show_comparison(report: EvalReport) -> None:
    if report.comparison is None:
        return
    print(f"beside the baseline {report.comparison.run_id} ({report.comparison.records} records):")
    for change in report.comparison.changes:
        if change.worse_by is None:
            print(f"  {change.name}: nothing to compare")
            continue
        word = "worse" if change.worse_by > 0 else "better"
        interval = "" if change.low is None else f", 95 % interval {change.low:+.4f} to {change.high:+.4f}"
        print(f"  {change.name}: {word} by {abs(change.worse_by):.6g}{interval}")
    if report.comparison.rollback_trigger:
        print(f"ROLLBACK TRIGGER: {report.comparison.rollback_trigger}")
    print()


def _warn(report: EvalReport) -> None:
    for key, count in report.input.unknown_keys.items():
        print(f"warning: unknown key {key[:80]!a} in {count} lines: left out", file=sys.stderr)
    for metric in report.metrics:
        if metric.defaulted:
            print(
                f"warning: {metric.name}: {metric.defaulted} of {metric.n} values are defaults "
                f"({metric.defaulted_share:.1%}); a default is no evidence",
                file=sys.stderr,
            )
        if metric.missing:
            print(f"warning: {metric.name}: {metric.missing} records have no value", file=sys.stderr)
    if report.input.bad:
        print(
            f"warning: {report.input.bad} bad lines were put aside: {report.input.quarantine}",
            file=sys.stderr,
        )


def _show_sql(options: Options, report: EvalReport) -> None:
    path = options.sql_output
    if path is None:
        return
    size = path.stat().st_size
    if not report.records:
        print(f"SQL: {path} (nothing to ingest)")
    elif size <= EDITOR_BYTES:
        print(f"SQL: {path} ({size // 1000 + 1} kB), to be pasted into the SQL Editor")
    else:
        print(
            f"SQL: {path} ({size / 1e6:.1f} MB): too big for Supabase's SQL Editor, which takes "
            f"{EDITOR_BYTES // 1000} kB; run it with psql -f, or use --apply --dsn-env NAME"
        )
