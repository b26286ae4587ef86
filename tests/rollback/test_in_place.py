"""The P0 rollback on a live staging target: rehearsed there and taken back, and with --drill for real.

These two are all that ever writes to a live target. Neither runs on a target that serves prod.
"""

from __future__ import annotations

import pytest

from rollgate.errors import UsageError
from rollgate.examined import Examined
from rollgate.open_gate import OpenGate
from rollgate.rehearsal.drill import Drill
from rollgate.rehearsal.findings import Findings, Rules
from rollgate.rehearsal.in_place import LIMITS, rehearse
from rollgate.rehearsal.lexer import Statement
from rollgate.rehearsal.restore import unfinished, what_is_unfinished
from rollgate.rehearsal.routing import SHOWN, Routing
from rollgate.rehearsal.script import statements_without_transaction_control
from rollgate.run import Run
from rollgate.target.conninfo import Conninfo
from rollgate.target.identity import read_identity, same_database
from rollgate.target.session import read_only_session
from rollgate.target.target import Target, live_conninfo, rehearsal_conninfo
from rollgate.verdict import Outcome


@pytest.mark.gate(
    "rollback-rehearsed-in-place",
    title="the P0 rollback works on the staging target itself, and leaves no trace when it is rolled back",
    prevents="A rollback that was only ever tried on copies, and meets staging's own rows, rights and locks "
    "in the incident.",
    section="3",
    checks="RG-4, RB-1, LG-4",
)
def test_rollback_rehearsed_in_place(gate: OpenGate, in_place: Target, run: Run, examined: Examined) -> None:
    statements = statements_of(gate, in_place, run)
    conninfo = writing_conninfo(gate, in_place, examined)
    if statements is None or conninfo is None:
        return
    for path in unfinished(run.folder.parent, in_place.name):
        if path.parent != run.folder:
            gate.require(False, *what_is_unfinished(path))
    seen = rehearse(conninfo, in_place, statements, rules_of(run))
    show_rows(gate, "before", "Routing rows before", seen.before)
    show_rows(gate, "rolled-back", "Routing rows after the rollback, inside its transaction", seen.after)
    show_rows(gate, "undone", "Routing rows after it was undone, seen by a second connection", seen.finally_)
    gate.show(
        "writes",
        "What this gate did beside the read-only session, and what became of it",
        ("connection", "limits", "transaction", "the server says", "committed"),
        [
            (
                "one of its own, read write",
                ", ".join(f"{name} {value}" for name, value in LIMITS.items()),
                seen.xid or None,
                seen.fate or "unknown",
                "nothing",
            )
        ],
    )
    tell(gate, seen)


@pytest.mark.gate(
    "rollback-drill",
    title="the P0 rollback, committed on staging, does its work, and the exact rows of before come back",
    prevents="A rollback that nobody has ever run for real, and a staging that a drill has left rolled back.",
    section="3",
    checks="RG-4, RB-1, RB-2, LG-4",
)
def test_rollback_drill(gate: OpenGate, drilled: Target, run: Run, examined: Examined) -> None:
    statements = statements_of(gate, drilled, run)
    conninfo = writing_conninfo(gate, drilled, examined)
    if statements is None or conninfo is None:
        return
    drill = Drill(conninfo, drilled, rules_of(run), run.folder)
    seen = drill.run(statements)
    show_rows(gate, "before", "Routing rows before the drill", seen.before)
    show_rows(gate, "committed", "Routing rows after the commit, seen by a second connection", drill.between)
    show_rows(
        gate, "restored", "Routing rows after they were put back, seen by a second connection", seen.finally_
    )
    gate.show(
        "gates",
        "The rollback's gate and those of the routing, asked in between",
        ("gate", "outcome", "severity"),
        [(each.id, each.outcome, each.severity) for each in seen.judged],
    )
    gate.show(
        "way-back",
        "The SQL that puts the rows back",
        ("file", "SQL still to be run by hand"),
        [(run.release.shown(drill.path), drill.sql or None)] if seen.fate == "committed" else [],
    )
    tell(gate, seen)


def statements_of(gate: OpenGate, target: Target, run: Run) -> tuple[Statement, ...] | None:
    """Return the rollback's statements; a file that could commit by itself fails the gate, unrun."""
    try:
        return statements_without_transaction_control(target.topology.rollback)
    except UsageError as refused:
        gate.require(
            False,
            run.release.shown(target.topology.rollback),
            f"{refused.where}: found {refused.found}, needed {refused.needed}; nothing was run",
            refused.fix,
        )
        return None


def writing_conninfo(gate: OpenGate, target: Target, examined: Examined) -> Conninfo | None:
    """Return the DSN to rehearse with; a second one counts only if it leads to the very same database."""
    conninfo = rehearsal_conninfo(target)
    if conninfo == live_conninfo(target):
        return conninfo
    with read_only_session(conninfo) as connection:
        there = read_identity(connection)
    if same_database(examined.identity(target), there):
        return conninfo
    gate.hold(
        target.rehearsal_variable,
        f"found another database than the one in {target.dsn_variable}, or one that can't be told from it: "
        "nothing was run",
        f"correct the DSN in {target.rehearsal_variable}: the same database, a role that may change routing",
    )
    return None


def rules_of(run: Run) -> Rules:
    """Return what the rows are judged by after the rollback."""
    release = run.release
    return Rules(run.gates, run.evidence, release.waivers, tuple(release.topologies))


def show_rows(gate: OpenGate, name: str, title: str, rows: Routing | None) -> None:
    """Keep the rows as evidence, with the version that the server keeps of each."""
    if rows is not None:
        gate.show(name, title, SHOWN, [row.cells() for row in rows.rows])


def tell(gate: OpenGate, seen: Findings) -> None:
    """Keep times and violations."""
    gate.show(
        "times",
        "How long each step took",
        ("step", "milliseconds"),
        [(name, f"{seconds * 1000:.1f}") for name, seconds in seen.steps],
    )
    gate.adopt(seen.judged)
    for each in seen.violations:
        if each.outcome is Outcome.HOLD:
            gate.hold(each.object, each.detail, each.remedy, severity=each.severity)
        else:
            gate.require(False, each.object, each.detail, each.remedy, severity=each.severity)
