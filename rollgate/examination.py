"""Asking a target the gates' questions, all in one round trip, and judging the answers."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from rollgate.evidence.capping import capped_rows
from rollgate.evidence.record import GateRecord, Table, Violation
from rollgate.gates import EvidenceQuery, Gate
from rollgate.judging import found_in, kept, waive, weigh
from rollgate.release import Waiver
from rollgate.target.query import Answer, ask_all, describe
from rollgate.target.relations import absent, absentees
from rollgate.topology import Topology
from rollgate.verdict import Outcome

#: What a mistake in a gate's own query looks like to PostgreSQL, and what a gate is.
_WAYS_OUT = {
    "cannot insert multiple commands": "a gate is one select: put each question into a file of its own",
    "in a read-only transaction": "a gate only reads",
}


@dataclass(frozen=True)
class Context:
    """What a query may ask of a run: `current_setting('rollgate.topology')`, `.routes` and `.release`."""

    target: str
    topology: str
    routes: tuple[str, ...]
    release: str

    @classmethod
    def of(cls, topology: Topology, target: str = "") -> Context:
        """Return that of a target of a topology, which is called as it is unless `target` says otherwise."""
        return cls(target or topology.name, topology.name, topology.routes, topology.release)


def examine(
    connection: psycopg.Connection,
    gates: Iterable[Gate],
    *,
    context: Context,
    evidence: Mapping[str, EvidenceQuery],
    waivers: Sequence[Waiver] = (),
    today: datetime.date | None = None,
    missing: Collection[str] | None = None,
    never: Collection[str] = (),
) -> list[GateRecord]:
    """Ask every gate that applies, in the transaction that `connection` is in.

    One round trip for everything; and one more before it, for what is there to be asked about, unless the
    `missing` relations are known. Of these, `never` are those that no state of a rehearsal has. `today`
    (UTC, default: the real one) decides whether a waiver has expired.

    Raises:
        psycopg.Error: the target could not be asked at all.
    """
    gates = list(gates)
    if missing is None:
        (found,) = ask_all(connection, [absent(required(gates))])
        missing = absentees(found)
    questions = Questions.about(gates, context=context, evidence=evidence, missing=missing, never=never)
    answers = ask_all(connection, questions.queries, settings=questions.settings)
    return questions.judge(answers, waivers, today)


def required(gates: Iterable[Gate]) -> set[str]:
    """Return the relations that gates need."""
    return {name for gate in gates for name in gate.requires}


@dataclass(frozen=True)
class Questions:
    """Gates and their evidence as queries, for somebody to ask, evidence first, and what judges the answers.

    Each has to be asked in a savepoint, so that one's error spares the others; evidence is read once,
    however many gates keep its rows.
    """

    gates: tuple[Gate, ...]
    looks: tuple[EvidenceQuery, ...]
    context: Context
    missing: Collection[str]
    never: Collection[str] = ()

    @classmethod
    def about(
        cls,
        gates: Iterable[Gate],
        *,
        context: Context,
        evidence: Mapping[str, EvidenceQuery],
        missing: Collection[str] = (),
        never: Collection[str] = (),
    ) -> Questions:
        """Return the questions of those gates that apply."""
        asked = tuple(gate for gate in gates if gate.applies_to(context.topology))
        shown = dict.fromkeys(name for gate in asked for name in gate.evidence)
        looks = tuple(evidence[name] for name in shown if name in evidence)
        return cls(asked, looks, context, missing, never)

    @property
    def queries(self) -> list[str]:
        """What is to be asked."""
        return [each.query for each in self.looks] + [gate.query for gate in self._ready]

    @property
    def settings(self) -> Mapping[str, str]:
        """What has to be set while it is asked."""
        routes = "{" + ",".join(f'"{name}"' for name in self.context.routes) + "}"
        return {
            "rollgate.topology": self.context.topology,
            "rollgate.routes": routes,
            "rollgate.release": self.context.release,
        }

    def judge(
        self, answers: Sequence[Answer], waivers: Sequence[Waiver] = (), today: datetime.date | None = None
    ) -> list[GateRecord]:
        """Return what each gate says, by the answers to `queries`."""
        said = dict(zip((gate.id for gate in self._ready), answers[len(self.looks) :], strict=True))
        tables = {each.name: _table(each, answer) for each, answer in zip(self.looks, answers, strict=False)}
        return [
            waive(
                _judge(
                    gate,
                    said.get(gate.id),
                    target=self.context.target,
                    missing=[name for name in gate.requires if name in self.missing],
                    never=self.never,
                    shown=tuple(tables.get(name) or _unknown(name) for name in gate.evidence),
                ),
                waivers,
                today,
            )
            for gate in self.gates
        ]

    @property
    def _ready(self) -> list[Gate]:
        return [gate for gate in self.gates if not any(name in self.missing for name in gate.requires)]


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
    gate: Gate,
    answer: Answer | None,
    *,
    target: str,
    missing: Sequence[str],
    never: Collection[str],
    shown: tuple[Table, ...],
) -> GateRecord:
    """Return what one gate says, waivers apart. `answer` is None for a gate that can't be asked."""
    error = ""
    violations: tuple[Violation, ...] = ()
    if answer is None:
        violations = tuple(
            _never(gate, name) if name in never else _absent(gate, name)
            for name in missing
            if name in never or not gate.passes_when_absent
        )
    elif answer.error is not None:
        error = _explained(describe(answer.error))
    else:
        try:
            violations = found_in(answer.columns, answer.rows, gate.severity)
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


def _explained(error: str) -> str:
    return next((f"{error}: {way}" for sign, way in _WAYS_OUT.items() if sign in error), error)


def _absent(gate: Gate, relation: str) -> Violation:
    return Violation(
        object=relation,
        detail=f"found nothing of this name, needed to judge: {gate.title}",
        remedy="apply the release to this database, or check that this is the right database",
        severity=gate.severity,
    )


def _never(gate: Gate, relation: str) -> Violation:
    return Violation(
        object=relation,
        detail="found nothing of this name in the rehearsal, from any starting state, before or after the "
        "rollout; needed it once: a gate that is never asked is no gate",
        remedy="correct `requires` in the gate's header, or let a migration or a starting state make it",
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
