"""Write a run's result as a GitHub step summary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollgate.evidence.ledger import Head
from rollgate.evidence.record import RunRecord
from rollgate.report.text import clip, one_line
from rollgate.report.view import (
    Gate,
    alarms_of,
    counts_of,
    gates_of,
    meaning_of,
    standing_of,
    targets_of,
    waived_of,
)

_MARKS = re.compile(r"""[&<>"'`*_\[\](){}|~#@$\\!:]|(?<=www)\.""", re.IGNORECASE)
_MOST_ROWS = 1000  # GitHub takes 1 MiB a step
_MOST_FINDINGS = 100


def step_summary(record: RunRecord, *, head: Head | None = None) -> str:
    """Return Markdown: the verdict, the gates by target, what they found. Text from data stays text.

    `head` is where the ledger stands with this run in it: kept by GitHub, it shows later that nothing was
    cut off.
    """
    gates = gates_of(record)
    return "\n".join(
        [*_head(record, head), "", *_matrix(gates, targets_of(record)), "", *_findings(gates), ""]
    )


def escape(text: str, most: int = 500) -> str:
    """Return `text` on one line, with every character that Markdown or HTML reads as an entity."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", clip(one_line(text), most))


def _head(record: RunRecord, head: Head | None) -> Iterator[str]:
    verdict, reasons = standing_of(record, shown=record.recorded)
    found = [f"{number:,} {label}" for label, number in counts_of(record).items() if number]
    yield f"## {verdict.value}: {escape(record.release)}"
    yield ""
    yield escape(meaning_of(verdict, record.stage))
    yield ""
    for gate, violation in waived_of(record):
        what = f"<code>{escape(gate.id)}</code> {escape(violation.object)}"
        yield f"- Waived: {what}: {escape(violation.waiver)}"
    alarms = alarms_of(record, shown=record.recorded)
    for reason in (*(alarm for alarm in alarms if alarm not in reasons), *reasons):
        yield f"- {escape(reason)}"
    yield ""
    yield f"{record.planned:,} results planned, {record.recorded:,} recorded: {', '.join(found) or 'none'}. "
    who = escape(record.origin.operator)
    yield f"Environment {escape(record.environment)}, stage {record.stage}, by {who}. "
    yield f"Digest <code>{escape(record.digest)}</code>."
    if head is not None:
        yield ""
        yield f"Ledger: entry {head.sequence}, head <code>{head.hash}</code>."


def _matrix(gates: tuple[Gate, ...], targets: tuple[str, ...]) -> Iterator[str]:
    yield f"| subject | gate | {' | '.join(map(escape, targets))} |"
    yield "|---|---|" + "---|" * len(targets)
    for gate in gates[:_MOST_ROWS]:
        said = (" ".join(_word(result.label) for result in gate.on(target)) or "·" for target in targets)
        yield f"| {escape(gate.subject)} | <code>{escape(gate.id)}</code> | {' | '.join(said)} |"
    if len(gates) > _MOST_ROWS:
        yield f"\nShowing {_MOST_ROWS:,} of {len(gates):,} gates."


def _word(label: str) -> str:
    return label if label == "PASS" else f"**{label}**"


def _findings(gates: tuple[Gate, ...]) -> Iterator[str]:
    """Give every result that isn't a pass, with its violations, the worst first."""
    results = sorted((r for gate in gates for r in gate.results if r.label != "PASS"), key=lambda r: r.rank)
    for result in results[:_MOST_FINDINGS]:
        gate = result.record
        yield f"### {result.label}: <code>{escape(gate.id)}</code> on {escape(gate.target)}"
        yield ""
        yield f"- Not true: {escape(gate.title)}"
        if gate.error:
            yield f"- Could not be evaluated: {escape(gate.error)}"
        for violation in gate.violations[:10]:
            remedy = f"; remedy: {escape(violation.remedy)}" if violation.remedy else ""
            waiver = f"; waiver: {escape(violation.waiver)}" if violation.waiver else ""
            yield f"- <code>{escape(violation.object)}</code> {escape(violation.detail)}{remedy}{waiver}"
        if len(gate.violations) > 10:
            yield f"- Showing 10 of {len(gate.violations):,} violations."
        yield ""
    if len(results) > _MOST_FINDINGS:
        yield f"Showing {_MOST_FINDINGS} of {len(results):,} results that are not a pass."
