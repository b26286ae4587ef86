"""Asking a target the gates' questions: each in a savepoint, so that one's error spares the others."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import psycopg

from rollgate.evidence.record import GateRecord, Table, Violation
from rollgate.gates import EvidenceQuery, Gate
from rollgate.release import Waiver
from rollgate.verdict import Outcome, Severity, worst

MAX_ROWS = 200  # of evidence, and of violations, that a record keeps
_VIOLATION_COLUMNS = ("object", "detail", "remedy")
_OPTIONAL_COLUMNS = ("outcome", "severity")


@dataclass(frozen=True)
class Context:
    """What a gate's query may ask about the run: `current_setting('rollgate.topology')` and `.routes`."""

    target: str
    topology: str
    routes: tuple[str, ...]


def examine(
    connection: psycopg.Connection,
    gates: Iterable[Gate],
    *,
    context: Context,
    evidence: Mapping[str, EvidenceQuery],
    waivers: Sequence[Waiver] = (),
    today: datetime.date | None = None,
) -> list[GateRecord]:
    """Ask every gate that applies, in the transaction that `connection` is in.

    `today` (UTC) decides whether a waiver has expired.
    """
    today = today or datetime.datetime.now(datetime.UTC).date()
    asked = [gate for gate in gates if gate.applies_to(context.topology)]
    _set_context(connection, context)
    missing = _missing_relations(connection, asked)
    tables = _gather(connection, asked, evidence)
    return [
        _waive(
            _ask(
                connection,
                gate,
                context=context,
                missing=[name for name in gate.requires if name in missing],
                shown=tuple(tables[name] for name in gate.evidence),
            ),
            waivers,
            today,
        )
        for gate in asked
    ]


def _set_context(connection: psycopg.Connection, context: Context) -> None:
    routes = "{" + ",".join(f'"{name}"' for name in context.routes) + "}"
    connection.execute(
        "select set_config('rollgate.topology', %s, true), set_config('rollgate.routes', %s, true)",
        (context.topology, routes),
    )


def _missing_relations(connection: psycopg.Connection, gates: Iterable[Gate]) -> set[str]:
    names = sorted({name for gate in gates for name in gate.requires})
    rows = connection.execute(
        "select name from unnest(%s::text[]) name where to_regclass(name) is null", (names,)
    )
    return {row[0] for row in rows}


def _gather(
    connection: psycopg.Connection, gates: Iterable[Gate], evidence: Mapping[str, EvidenceQuery]
) -> dict[str, Table]:
    """Run each evidence query once, however many gates keep its rows."""
    names = dict.fromkeys(name for gate in gates for name in gate.evidence)
    return {name: _look(connection, name, evidence.get(name)) for name in names}


def _look(connection: psycopg.Connection, name: str, wanted: EvidenceQuery | None) -> Table:
    if wanted is None:
        return Table(
            name=name, title=name, query="", columns=(), rows=(), total=0, error="no such evidence query"
        )
    try:
        columns, rows = fetch_text(connection, wanted.query)
    except psycopg.Error as error:
        return Table(
            name=name,
            title=wanted.title,
            query=wanted.query,
            columns=(),
            rows=(),
            total=0,
            error=describe(error),
        )
    return Table(
        name=name,
        title=wanted.title,
        query=wanted.query,
        columns=columns,
        rows=rows[:MAX_ROWS],
        total=len(rows),
    )


def _ask(
    connection: psycopg.Connection,
    gate: Gate,
    *,
    context: Context,
    missing: Sequence[str],
    shown: tuple[Table, ...],
) -> GateRecord:
    """Ask one gate and return what it says, waivers apart."""
    started = time.perf_counter()
    error = ""
    violations: tuple[Violation, ...] = ()
    if missing:
        violations = () if gate.passes_when_absent else tuple(_absent(gate, name) for name in missing)
    else:
        try:
            violations = _violations(gate, *fetch_text(connection, gate.query))
        except (psycopg.Error, ValueError) as problem:
            error = describe(problem)
    if not error and not violations and not missing:
        violations = tuple(_unseen(gate, table) for table in shown if table.error)
    outcome, severity = weigh(violations, gate.severity)
    return GateRecord(
        id=gate.id,
        target=context.target,
        subject=gate.subject,
        title=gate.title,
        prevents=gate.prevents,
        sections=gate.sections,
        checks=gate.checks,
        severity=gate.severity if error else severity,
        outcome=Outcome.ERROR if error else outcome,
        violations=violations,
        evidence=shown,
        error=error,
        source=f"gates/{gate.subject}/{gate.path.name}",
        query=gate.query,
        seconds=time.perf_counter() - started,
    )


def weigh(violations: Sequence[Violation], severity: Severity) -> tuple[Outcome, Severity]:
    """Return what the violations amount to, and how much that weighs.

    Violations of severity `error` decide where there are any: a warning beside them changes
    nothing. None at all is a pass, at the gate's own `severity`.
    """
    if not violations:
        return Outcome.PASS, severity
    grave = [each for each in violations if each.severity is Severity.ERROR]
    decisive = grave or violations
    return worst(each.outcome for each in decisive), Severity.ERROR if grave else Severity.WARNING


def _violations(
    gate: Gate, columns: tuple[str, ...], rows: Sequence[tuple[str | None, ...]]
) -> tuple[Violation, ...]:
    extra = columns[len(_VIOLATION_COLUMNS) :]
    if columns[: len(_VIOLATION_COLUMNS)] != _VIOLATION_COLUMNS or not set(extra) <= set(_OPTIONAL_COLUMNS):
        raise ValueError(
            f"the gate returns the columns {', '.join(columns)}; "
            "needed: object, detail, remedy, and if wanted outcome, severity"
        )
    found = []
    for row in rows[:MAX_ROWS]:
        cells = dict(zip(columns, row, strict=True))
        found.append(
            Violation(
                object=cells["object"] or "",
                detail=cells["detail"] or "",
                remedy=cells["remedy"] or "",
                outcome=Outcome(cells.get("outcome") or Outcome.FAIL),
                severity=Severity(cells.get("severity") or gate.severity),
            )
        )
    if len(rows) > MAX_ROWS:
        found.append(
            Violation(
                object="...",
                detail=f"{len(rows) - MAX_ROWS} more violations are not shown",
                remedy="mend those that are shown, then run again",
                severity=gate.severity,
            )
        )
    return tuple(found)


def _absent(gate: Gate, relation: str) -> Violation:
    return Violation(
        object=relation,
        detail=f"found nothing of this name, needed to judge: {gate.title}",
        remedy="apply the release to this database, or check that this is the right database",
        severity=gate.severity,
    )


def _unseen(gate: Gate, table: Table) -> Violation:
    return Violation(
        object=f"evidence {table.name}",
        detail=f"the gate found nothing wrong, but its evidence could not be read: {table.error}",
        remedy="grant select on what the query reads to the role of the DSN",
        outcome=Outcome.HOLD,
        severity=gate.severity,
    )


def _waive(record: GateRecord, waivers: Sequence[Waiver], today: datetime.date) -> GateRecord:
    """Return the record with its waived violations marked; an expired waiver is said to be one."""
    if record.outcome is Outcome.ERROR or not record.violations:
        return record
    by_object = {waiver.object: waiver for waiver in waivers if waiver.gate == record.id}
    judged = []
    for violation in record.violations:
        waiver = by_object.get(violation.object)
        if waiver is None:
            judged.append(violation)
        elif waiver.expires < today:
            expired = f"{violation.detail} (its waiver expired on {waiver.expires})"
            judged.append(msgspec.structs.replace(violation, detail=expired))
        else:
            judged.append(msgspec.structs.replace(violation, outcome=Outcome.WAIVED, waiver=str(waiver)))
    outcome, severity = weigh(judged, record.severity)
    return msgspec.structs.replace(record, violations=tuple(judged), outcome=outcome, severity=severity)


def fetch_text(
    connection: psycopg.Connection, query: str
) -> tuple[tuple[str, ...], tuple[tuple[str | None, ...], ...]]:
    """Run `query` in a savepoint; return its columns and its rows as the text that psql would print.

    Savepoint and query go out together, in pipeline mode: one round trip, and the server refuses a
    text of several statements, so that none can end the transaction that keeps it from writing.
    """
    with connection.cursor() as cursor:
        try:
            with connection.pipeline():
                connection.execute("savepoint rollgate")
                cursor.execute(query.encode())
        except psycopg.Error:
            connection.execute("rollback to savepoint rollgate")
            raise
        result = cursor.pgresult
        if result is None or cursor.description is None:
            raise ValueError("the query returns no rows: a select is needed")
        columns = tuple(column.name for column in cursor.description)
        rows = []
        for row in range(result.ntuples):
            cells = [result.get_value(row, column) for column in range(result.nfields)]
            rows.append(tuple(None if cell is None else cell.decode("utf-8", "replace") for cell in cells))
        return columns, tuple(rows)


def describe(error: Exception) -> str:
    """Return what went wrong in one line: PostgreSQL's message, its SQLSTATE and its hint."""
    if not isinstance(error, psycopg.Error):
        return str(error)
    text = error.diag.message_primary or str(error).strip().split("\n")[0]
    if error.sqlstate:
        text += f" (SQLSTATE {error.sqlstate})"
    if error.diag.message_hint:
        text += f"; hint: {error.diag.message_hint}"
    return text
