"""Asking a target the gates' questions: each in a savepoint, so that one's error spares the others."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from rollgate.evidence.record import GateRecord, Table, Violation
from rollgate.gates import EvidenceQuery, Gate
from rollgate.judging import waive, weigh
from rollgate.release import Waiver
from rollgate.target.query import describe, fetch_text
from rollgate.verdict import Outcome, Severity

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

    `today` (UTC, default: the real one) decides whether a waiver has expired.
    """
    asked = [gate for gate in gates if gate.applies_to(context.topology)]
    _set_context(connection, context)
    missing = _missing_relations(connection, asked)
    tables = _gather(connection, asked, evidence)
    return [
        waive(
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
