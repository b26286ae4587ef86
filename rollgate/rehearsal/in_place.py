"""The rollback on a live staging target, in a transaction that is always rolled back.

Next to a drill this is the one thing that writes to a live target, and nothing of it is ever committed. It
has a connection of its own; a second one looks at the rows before and after, and asks the server what became
of the transaction. All of it is one transaction, so it is as safe behind a pooler as without one.

A topology that serves `prod`, a single database too, is never rehearsed in place: that is done on a clone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from rollgate.rehearsal.findings import Findings, Rules
from rollgate.rehearsal.inside import run_inside
from rollgate.rehearsal.lexer import Statement
from rollgate.rehearsal.restore import restore_sql
from rollgate.rehearsal.routing import as_routing, marks, questions
from rollgate.rehearsal.witness import Witness
from rollgate.target.belonging import ROUTING
from rollgate.target.connect import connect
from rollgate.target.query import Answer, Row, ask_all, describe
from rollgate.target.session import in_transaction
from rollgate.target.target import Target
from rollgate.verdict import Severity

LIMITS: Mapping[str, str] = {
    "lock_timeout": "2s",
    "statement_timeout": "10s",
    # A laptop that was closed must not keep others from changing the routing.
    "idle_in_transaction_session_timeout": "30s",
}
BEGIN = (
    "begin isolation level read committed",
    "select " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in LIMITS.items()),
)
UNDO = "rollback"
_LOCK = f"lock table {ROUTING} in share row exclusive mode"  # readers go on; nobody changes routing
_NUMBER = "select pg_current_xact_id()"
_WRITTEN = Path(__file__).with_name("written_tables.sql").read_text(encoding="utf-8")


def is_allowed(target: Target) -> bool:
    """Tell whether the rollback may be rehearsed on the target itself: it is live, and serves no `prod`."""
    return target.live and "prod" not in target.topology.routes


@contextmanager
def writing_connection(conninfo: str) -> Iterator[psycopg.Connection]:
    """Open a connection for a transaction that may write and has short limits, begun by `BEGIN`.

    Whatever raises, Ctrl-C too, it is rolled back: by us, or by the server when it finds nobody there.
    """
    connection = connect(
        conninfo,
        autocommit=True,  # we say ourselves where a transaction begins
        prepare_threshold=None,
        client_encoding="utf8",
        application_name="rollgate rehearsal",
    )
    try:
        yield connection
    finally:
        if in_transaction(connection):
            with contextlib.suppress(psycopg.Error):
                connection.execute(UNDO)
        connection.close()


def rehearse(conninfo: str, target: Target, statements: Sequence[Statement], rules: Rules) -> Findings:
    """Run the rollback on the target, judge the rows that it leaves, and take all of it back."""
    seen = Findings()
    with Witness(conninfo) as witness:
        if not is_recognized(witness, target, rules, seen):
            return seen
        with seen.step("rehearsed, in all"):
            try:
                with writing_connection(conninfo) as connection:
                    run_rollback(connection, target, statements, rules, seen)
                    put_numbers_back(connection, seen)
            except psycopg.Error as error:
                seen.violations.append(witness.explain(error, target.topology.rollback.name))
        _require_undone(witness, seen)
    return seen


def is_recognized(witness: Witness, target: Target, rules: Rules, seen: Findings) -> bool:
    """Look at the rows first: only a database that the target's own overlay has marked is written to."""
    try:
        with seen.step("rows read, by a second connection"):
            seen.before = witness.look()
    except psycopg.Error as error:
        problem = witness.explain(error, "reading the routing rows")
        seen.hold(problem.object, problem.detail, problem.remedy)
        return False
    found = marks(seen.before, rules.topologies)
    if found != {target.topology.name}:
        whose = f"rows of the overlays for {', '.join(sorted(found))}" if found else "no overlay's rows"
        seen.hold(
            ROUTING,
            f"found {whose}, needed those of {target.topology.name} alone: nothing was run on this database",
            f"check the DSN in {target.dsn_variable}; apply the overlay first, or take the other's rows away",
        )
        return False
    return True


def run_rollback(
    connection: psycopg.Connection,
    target: Target,
    statements: Sequence[Statement],
    rules: Rules,
    seen: Findings,
) -> None:
    """Begin, run the rollback and judge what it leaves there; the transaction stays open. Two round trips.

    Raises:
        psycopg.Error: a statement failed, or the connection broke.
    """
    known = seen.before
    number, written, *looks = ask_all(
        connection, [_NUMBER, _WRITTEN, *questions(known)], first=(*BEGIN, _LOCK)
    )
    seen.xid = str(_rows(number)[0][0])
    found = as_routing(looks, known)
    if known is not None and found.rows != known.rows:
        seen.hold(
            ROUTING,
            f"somebody changed {', '.join(found.unlike(known)) or 'rows'} while this began",
            "run it again when nobody changes the routing",
        )
    seen.before = found
    asked = rules.questions(target, rules.rollback)
    queries = [_WRITTEN, *questions(found), *asked.queries]
    with seen.step(f"{target.topology.rollback.name} run and judged in its transaction, not committed"):
        written_now, *answers = run_inside(connection, statements, queries, asked.settings)
    looks, judged = answers[: len(looks)], answers[len(looks) :]
    seen.after = as_routing(looks, found)
    seen.judged = asked.judge(judged, rules.waivers)
    for name, _ in sorted(set(_rows(written_now)) - set(_rows(written))):
        seen.also_written.append(str(name))
        seen.fail(
            str(name),
            f"found that the rollback writes to it, needed changes of {ROUTING} alone",
            "look for triggers on the routing table",
            Severity.WARNING,
        )


def _rows(answer: Answer) -> tuple[Row, ...]:
    if answer.error is not None:
        raise answer.error
    return answer.rows


def put_numbers_back(connection: psycopg.Connection, seen: Findings) -> None:
    """Set sequences back that the rollback has moved: undoing a transaction doesn't.

    Nobody else can have taken a number for a row meanwhile, because the table is locked.
    """
    if seen.before is None or seen.after is None:
        return
    for name, ((last, called), _) in seen.before.moved(seen.after).items():
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("select setval(%s::regclass, %s, %s)", (name, int(last), called == "t"))


def _require_undone(witness: Witness, seen: Findings) -> None:
    """Ask the server, by another connection, what became of the transaction, and compare the rows."""
    try:
        with seen.step("verified, by a second connection"):
            seen.fate, seen.finally_ = witness.aftermath(seen.xid, seen.before)
    except psycopg.Error as error:
        seen.fail(
            ROUTING,
            f"could not be verified after the rehearsal: {describe(error)}; needed the rows of before",
            "compare the rows with those of before in the evidence, now; the server rolls back what was not "
            "committed, and nothing was",
        )
        return
    if seen.fate not in ("aborted", "never begun"):
        paste = ""
        if seen.before is not None and seen.after is not None:
            paste = "\n" + restore_sql(seen.before, seen.after, "staging")
        seen.fail(
            f"transaction {seen.xid}",
            f"THE REHEARSAL WAS NOT ROLLED BACK: found it {seen.fate}, needed it aborted",
            f"put the rows back, now, and find out what has committed; what does it is this:{paste}",
        )
        return
    if seen.before is None:
        return
    if seen.finally_.rows != seen.before.rows:
        changed = ", ".join(seen.finally_.unlike(seen.before)) or "versions of rows"
        seen.hold(
            ROUTING,
            f"found other rows than before ({changed}), and the rehearsal's transaction {seen.fate}: "
            "somebody else has changed them meanwhile",
            "run it again when nobody changes the routing",
        )
    for name, (was, now) in seen.before.moved(seen.finally_).items():
        seen.fail(
            name,
            f"found it at {now[0]}, needed {was[0]}: the ids that come next skip some",
            f"harmless; to avoid it, grant update on sequence {name} to the role that rehearses",
            Severity.WARNING,
        )
