"""Write the release log that the runbook's section 4 asks for, from the ledger's records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollgate.evidence.candidates import OVERRIDE, Candidate, overridden
from rollgate.evidence.chain import Chain
from rollgate.evidence.passage import Passage
from rollgate.evidence.record import Table
from rollgate.report.markdown import escape
from rollgate.report.page import moment
from rollgate.verdict import Outcome

_MOST_ROWS = 60


def release_log(chain: Chain, digest: str, found: Sequence[Passage], gone: Sequence[str]) -> str:
    """Return the log as Markdown, to be committed: who, when, what was seen, and what proves it.

    What section 4 asks for and no record has, `gone`, is named as missing, not left out.
    """
    lines = (line for each in found for line in _passage(each))
    return "\n".join([*_head(chain, digest, found, gone), *lines, ""])


def _head(chain: Chain, digest: str, found: Sequence[Passage], gone: Sequence[str]) -> Iterator[str]:
    last = found[-1].last.record
    yield f"# Release log: {escape(last.release)}"
    yield ""
    yield escape(last.title)
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| Status | {_status(chain, gone)} |"
    yield f"| Rollout timestamp | {_rollout(found[-1])} |"
    operators = dict.fromkeys(
        origin.operator
        for each in found
        for origin in (
            *(run.record.origin for run in each.runs),
            *(record.origin for _, record in each.applications),
        )
    )
    yield f"| Operator | {escape(', '.join(operators))} |"
    for each in found:
        ended = moment(each.ended.record.finished_at) if each.ended else "not ended"
        begun = moment(each.started_at)
        yield f"| {escape(each.topology)}, start and end | {begun} to {ended} |"
    yield f"| Rollback test | {_rollback(found)} |"
    yield f"| Release digest | `{digest}` |"
    yield f"| Commit | {_commit(last.origin.commit, last.origin.dirty)} |"
    state = "intact" if chain.intact else "**not intact**"
    yield f"| Ledger | {chain.length} entries, {state}, head `{chain.head.hash}` |"
    yield ""
    for what in gone:
        yield f"- Missing: {escape(what)}."
    if gone:
        yield ""
    yield "| file of the release | role | SHA-256 |"
    yield "|---|---|---|"
    for file in last.files:
        yield f"| {escape(file.path)} | {escape(file.role)} | `{escape(file.sha256)}` |"
    yield ""


def _status(chain: Chain, gone: Sequence[str]) -> str:
    if not chain.intact:
        return "**not to be relied on**: the ledger is not intact"
    return "**incomplete**" if gone else "complete"


def _rollout(passage: Passage) -> str:
    """Return when the files were applied: to the second if the suite did it, else when a run first saw it."""
    if passage.rolled_out is not None:
        return f"{moment(passage.rolled_out.finished_at)} ({escape(passage.topology)}, applied)"
    if passage.applied is not None:
        seen = moment(passage.applied.record.started_at)
        return f"{seen} ({escape(passage.topology)}, first seen applied)"
    return "no run has found it applied yet"


def _rollback(found: Sequence[Passage]) -> str:
    gates = [(each.topology, gate) for each in found for gate in each.rollback]
    if not gates:
        return "none was kept"
    return ", ".join(f"{escape(gate.id)} on {escape(name)}: {gate.outcome}" for name, gate in gates)


def _commit(commit: str, dirty: bool | None) -> str:
    if not commit:
        return "none"
    return f"`{commit}`" + (", with changes that are in no commit" if dirty else "")


def _passage(passage: Passage) -> Iterator[str]:
    yield f"## {escape(passage.topology)}"
    yield ""
    yield "| entry | stage | begun | ended | verdict | operator | record |"
    yield "|---|---|---|---|---|---|---|"
    for run in passage.runs:
        yield _run_row(run)
    yield ""
    target = passage.last.target
    yield (
        f"Database {escape(target.database)} at {escape(target.host)}, PostgreSQL "
        f"{escape(target.server_version)}, system {escape(target.system_identifier or 'unknown')}, read as "
        f"{escape(target.role)}."
    )
    yield ""
    yield from _waivers(passage)
    yield from _applications(passage)
    yield f"### Gates of entry {passage.last.run.entry.sequence}"
    yield ""
    yield "| gate | verdict | lines of the runbook |"
    yield "|---|---|---|"
    for gate in passage.gates:
        yield f"| {escape(gate.id)} | {gate.outcome} | {escape(', '.join(gate.checks))} |"
    yield ""
    yield "### Outputs of the verification queries"
    yield ""
    for table in passage.outputs:
        yield from _table(table)
    tests = [table for gate in passage.rollback for table in gate.evidence]
    if tests:
        yield "### Test of the rollback"
        yield ""
        for table in tests:
            yield from _table(table)


def _run_row(run: Candidate) -> str:
    record = run.record
    cells = (
        *(str(run.run.entry.sequence), record.stage.value),
        *(moment(record.started_at), moment(record.finished_at)),
        *(run.target.verdict.value, escape(record.origin.operator), escape(run.run.entry.record)),
    )
    return f"| {' | '.join(cells)} |"


def _applications(passage: Passage) -> Iterator[str]:
    if not passage.applications:
        return
    yield "### Applied by the suite"
    yield ""
    yield "| entry | begun | ended | how | statements | operator | allowed by | record |"
    yield "|---|---|---|---|---|---|---|---|"
    for each, record in passage.applications:
        statements = sum(len(file.statements) for file in record.files)
        grounds = "; ".join((*record.grounds, *record.overridden))
        cells = (
            *(str(each.entry.sequence), moment(record.started_at), moment(record.finished_at)),
            *(record.ending.value, str(statements), escape(record.origin.operator)),
            *(escape(grounds), escape(each.entry.record)),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _waivers(passage: Passage) -> Iterator[str]:
    waived = [
        (gate, each) for gate in passage.gates for each in gate.violations if each.outcome is Outcome.WAIVED
    ]
    for gate, each in waived:
        yield f"- Waived: {escape(gate.id)}, {escape(each.object)}: {escape(each.waiver)}"
    said = [*overridden(passage.last)]
    yield from (f"- Override: {escape(OVERRIDE)}: {escape(each)}" for each in said)
    if waived or said:
        yield ""


def _table(table: Table) -> Iterator[str]:
    yield f"**{escape(table.title)}**"
    yield ""
    if table.error:
        yield f"Could not be read: {escape(table.error)}"
    elif not table.rows:
        yield "No rows."
    else:
        yield f"| {' | '.join(map(escape, table.columns))} |"
        yield "|" + "---|" * len(table.columns)
        for row in table.rows[:_MOST_ROWS]:
            yield f"| {' | '.join('null' if cell is None else escape(cell) for cell in row)} |"
        if table.total > min(len(table.rows), _MOST_ROWS):
            yield ""
            yield f"Showing {min(len(table.rows), _MOST_ROWS)} of {table.total:,} rows."
    yield ""
