"""Asking a target the gates' questions in two round trips, and judging the answers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from rollgate.evidence.capping import capped, capped_rows
from rollgate.evidence.record import GateRecord, Table, Violation
from rollgate.gates import EvidenceQuery, Gate
from rollgate.judging import kept, waive, weigh
from rollgate.release import Waiver
from rollgate.target.query import Answer, ask_all, describe
from rollgate.verdict import Outcome, Severity

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

    Two round trips: what is there to be asked about, then everything at once, evidence first. Each
    query is in a savepoint, so that one's error spares the others; evidence is read once, however many
    gates keep its rows. `today` (UTC, default: the real one) decides whether a waiver has expired.

    Raises:
        psycopg.Error: the target could not be asked at all.
    """
    asked = [gate for gate in gates if gate.applies_to(context.topology)]
    missing = _enter(connection, context, asked)
    shown = list(dict.fromkeys(name for gate in asked for name in gate.evidence))
    looks = [evidence[name] for name in shown if name in evidence]
    ready = [gate for gate in asked if missing.isdisjoint(gate.requires)]
    answers = ask_all(connection, [each.query for each in looks] + [gate.query for gate in ready])
    said = dict(zip((gate.id for gate in ready), answers[len(looks) :], strict=True))
    tables = {name: _unknown(name) for name in shown}
    tables |= {each.name: _table(each, answer) for each, answer in zip(looks, answers, strict=False)}
    return [
        waive(
            _judge(
                gate,
                said.get(gate.id),
                target=context.target,
                missing=[name for name in gate.requires if name in missing],
                shown=tuple(tables[name] for name in gate.evidence),
            ),
            waivers,
            today,
        )
        for gate in asked
    ]


def _enter(connection: psycopg.Connection, context: Context, gates: Iterable[Gate]) -> set[str]:
    """Set what queries may ask about the run; return the relations that they need and don't find."""
    routes = "{" + ",".join(f'"{name}"' for name in context.routes) + "}"
    names = sorted({name for gate in gates for name in gate.requires})
    with connection.pipeline():
        connection.execute(
            "select set_config('rollgate.topology', %s, true), set_config('rollgate.routes', %s, true)",
            (context.topology, routes),
        )
        found = connection.execute(
            "select name from unnest(%s::text[]) name where to_regclass(name) is null", (names,)
        )
    return {row[0] for row in found}


def _unknown(name: str) -> Table:
    return Table(
        name=name, title=name, query="", columns=(), rows=(), total=0, error="no such evidence query"
    )


def _table(wanted: EvidenceQuery, answer: Answer) -> Table:
    return Table(
        name=wanted.name,
        title=wanted.title,
        query=wanted.query,
        columns=answer.columns,
        rows=capped_rows(answer.rows),
        total=len(answer.rows),
        error=describe(answer.error) if answer.error else "",
    )


def _judge(
    gate: Gate, answer: Answer | None, *, target: str, missing: Sequence[str], shown: tuple[Table, ...]
) -> GateRecord:
    """Return what one gate says, waivers apart. `answer` is None for a gate that can't be asked."""
    error = ""
    violations: tuple[Violation, ...] = ()
    if answer is None:
        violations = () if gate.passes_when_absent else tuple(_absent(gate, name) for name in missing)
    elif answer.error is not None:
        error = describe(answer.error)
    else:
        try:
            violations = _violations(gate, answer.columns, answer.rows)
        except ValueError as problem:
            error = describe(problem)
    if not error and not violations and answer is not None:
        violations = tuple(_unseen(gate, table) for table in shown if table.error)
    outcome, severity = weigh(violations, gate.severity)
    return GateRecord(
        id=gate.id,
        target=target,
        subject=gate.subject,
        title=gate.title,
        prevents=gate.prevents,
        sections=gate.sections,
        checks=gate.checks,
        severity=gate.severity if error else severity,
        outcome=Outcome.ERROR if error else outcome,
        violations=kept(violations),
        evidence=shown,
        error=error,
        source=f"gates/{gate.subject}/{gate.path.name}",
        query=gate.query,
        seconds=answer.seconds if answer is not None else 0.0,
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
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        found.append(
            Violation(
                object=capped(cells["object"] or ""),
                detail=capped(cells["detail"] or ""),
                remedy=capped(cells["remedy"] or ""),
                outcome=Outcome(cells.get("outcome") or Outcome.FAIL),
                severity=Severity(cells.get("severity") or gate.severity),
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
