"""The command that turns exported records into a report and the SQL that ingests them (runbook, 5.2)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from rollgate import __version__
from rollgate.command import Exit
from rollgate.evals import ingest
from rollgate.evals.baseline import compare, read_baseline
from rollgate.evals.counting import Counts, kinds_of
from rollgate.evals.identity import Digest, run_id
from rollgate.evals.matrix import Step, steps_due
from rollgate.evals.metrics import measure
from rollgate.evals.options import SCRIPT, Options, read_options
from rollgate.evals.outputs import Outputs, together
from rollgate.evals.quarantine import Quarantine, Strict, beside
from rollgate.evals.reading import Reader, in_batches
from rollgate.evals.report import FORMAT, STATUS, EvalReport, Input, encode, judge, parts_of
from rollgate.evals.showing import show, show_ingested
from rollgate.evals.twins import Twins

if TYPE_CHECKING:
    from rollgate.evals.apply import Database


@dataclass(frozen=True)
class Read:
    """What one reading of the input gave."""

    reader: Reader
    counts: Counts
    digest: Digest


def main(arguments: Sequence[str] | None = None, prog: str = SCRIPT) -> int:
    """Read, judge, write and, with --apply, ingest; return the exit code.

    Raises:
        UsageError: a mistake in the call, the manifest or the input; nothing was written.
        Failure: a file can't be written, or a database doesn't take the run.
    """
    options = read_options(arguments, prog)
    baseline = read_baseline(options.baseline, FORMAT) if options.baseline else None
    database = _database(options)
    with together() as outputs, tempfile.TemporaryFile() as body:
        before = _stamp(options.input)
        read = _read(options, outputs, body)
        report = _judged(options, read)
        if baseline is not None:
            report = msgspec.structs.replace(report, comparison=compare(baseline, report.metrics))
        report = msgspec.structs.replace(report, rollback=_steps(options, read.counts, report))
        facts = ingest.facts_of(report, options.thresholds)
        with outputs.draft(options.report_output) as file:
            file.write(encode(report))
        if options.sql_output:
            with outputs.draft(options.sql_output) as file:
                _write_sql(file, report, facts, body)
    show(report, options)
    if database is not None:
        _apply(options, database, report, facts, read.reader, before)
    refused = options.strict_exit and report.gate in ("FAIL", "HOLD")
    return Exit.REFUSED if refused else Exit.OK


def _read(options: Options, outputs: Outputs, body: IO[bytes]) -> Read:
    """Read the input; once more where ids occur twice, now that it is known which these may be."""
    suspects: frozenset[int] = frozenset()
    while True:
        body.seek(0)
        body.truncate()
        with ExitStack() as stack:
            twins = stack.enter_context(Twins())
            side = (
                stack.enter_context(Quarantine(outputs, beside(options.report_output)))
                if options.quarantine
                else Strict(options.input)
            )
            read = Read(Reader(options.input, side.keep, suspects), Counts(), Digest())
            _take(read, twins, body if options.sql_output else None, options)
            found = twins.suspects()
        if found <= suspects:
            return read
        suspects |= found


def _take(read: Read, twins: Twins, body: IO[bytes] | None, options: Options) -> None:
    before, behind = ingest.batch_statement(options.variant)
    for records, ids in in_batches(read.reader, ingest.BATCH):
        twins.add(ids)
        kinds, numbered = kinds_of(records)
        read.counts.add(records, kinds, numbered)
        batch = ingest.encode_batch(records, ids, kinds, numbered)
        read.digest.add(batch)
        if body is not None:
            body.write(before + batch + behind)


def _judged(options: Options, read: Read) -> EvalReport:
    """Return the report, without a comparison and the steps that are due."""
    records = read.counts.records
    metrics = measure(read.counts, options.thresholds)
    gate, why = judge(metrics, records, options.min_samples)
    digest = read.digest.hexadecimal(_identity(options))
    return EvalReport(
        format=FORMAT,
        run_id=str(run_id(options.finished_at, digest)),
        run_type=options.run_type,
        schema_variant=options.variant,
        status=STATUS[options.variant][gate],
        gate=gate,
        why=why,
        failed_gates=() if gate == "SKIPPED" else tuple(each.name for each in metrics if each.gate != "PASS"),
        min_samples=options.min_samples,
        records=records,
        metrics=metrics,
        providers=parts_of(read.counts, options.thresholds),
        comparison=None,
        rollback=(),
        triggered_by=options.triggered_by,
        commit_sha=options.commit_sha,
        dataset_ref=options.dataset_ref or options.input.name,
        started_at=options.started_at,
        finished_at=options.finished_at,
        content_digest=digest,
        input=Input(
            name=options.input.name,
            bytes=options.input.stat().st_size,
            lines=read.reader.lines,
            records=records,
            bad=read.reader.bad,
            quarantine=beside(options.report_output).name if read.reader.bad else "",
            unknown_keys=dict(sorted(read.reader.unknown.items())),
        ),
        rollgate=__version__,
    )


def _identity(options: Options) -> bytes:
    """Return what makes a run of the same records another one. Who did it, and when, does not."""
    return msgspec.json.encode(
        {
            "run_type": options.run_type,
            "variant": options.variant,
            "thresholds": ingest.thresholds_json(options.thresholds),
            "min_samples": options.min_samples,
            "commit_sha": options.commit_sha,
            "dataset_ref": options.dataset_ref,
        },
        order="sorted",
    )


def _steps(options: Options, counts: Counts, report: EvalReport) -> tuple[Step, ...]:
    enough = report.records >= options.min_samples
    dropped = ""
    if report.comparison is not None:
        (schema,) = (each for each in report.comparison.changes if each.name == "schema_valid_rate")
        if enough or schema.certain:
            dropped = report.comparison.rollback_trigger
    return steps_due(counts, report.metrics, options.release, enough=enough, dropped=dropped)


def _write_sql(file: IO[bytes], report: EvalReport, facts: bytes, body: IO[bytes]) -> None:
    if not report.records:
        file.write(ingest.NOTHING)
        return
    file.write(ingest.head_of(report, facts))
    body.seek(0)
    shutil.copyfileobj(body, file, 1 << 20)
    file.write(ingest.tail())


def _database(options: Options) -> Database | None:
    if options.dsn_env is None:
        return None
    from rollgate.evals.apply import Database  # who pastes needs no database client

    return Database(options.dsn_env)


def _apply(
    options: Options,
    database: Database,
    report: EvalReport,
    facts: bytes,
    reader: Reader,
    before: tuple[int, ...],
) -> None:
    if not report.records:
        show_ingested(None, report)
        return
    again = Reader(options.input, lambda line: None, reader.suspects)
    ingested = database.ingest(
        variant=options.variant,
        facts=facts,
        batches=in_batches(again, ingest.BATCH),
        is_whole=lambda: _stamp(options.input) == before,
    )
    show_ingested(ingested, report)


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file is written."""
    found = os.stat(path)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
