"""`--drill`: the real rollback on a live staging target, committed, verified, and the exact rows put back.

The SQL that puts them back is made, tried and written to the run's folder before anything is committed. Its
file is named `unfinished` until a second connection has seen the rows of before, so that whatever happens in
between (Ctrl-C, a killed run, a lost connection) the way back is there, and a later run notices.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

from rollgate.gates import Gate
from rollgate.rehearsal.findings import Findings, Rules
from rollgate.rehearsal.in_place import (
    BEGIN,
    is_recognized,
    put_numbers_back,
    run_rollback,
    writing_connection,
)
from rollgate.rehearsal.lexer import Statement
from rollgate.rehearsal.restore import file_of, finished, keep, restore_sql, unfinished, what_is_unfinished
from rollgate.rehearsal.routing import Routing, as_routing, look, questions
from rollgate.rehearsal.witness import Witness
from rollgate.target.belonging import ROUTING
from rollgate.target.query import ask_all, describe
from rollgate.target.target import Target
from rollgate.verdict import Severity

ATTEMPTS = 3  # to put the rows back
PAUSE_S = 0.5
#: It compares the rows with the overlay's, which a rollback has just changed.
_OF_THE_OVERLAY = "overlay-rows-are-in-place"


class Drill:
    """One drill on one target; `seen` is what it saw, `path` where the way back is kept."""

    def __init__(self, conninfo: str, target: Target, rules: Rules, folder: Path) -> None:
        self.seen = Findings()
        self.path = file_of(folder, target.name)
        self.sql = ""  # the way back, as long as it is needed
        self.between: Routing | None = None  # the rows after the commit, as the second connection sees them
        self._conninfo = conninfo
        self._target = target
        self._rules = rules
        self._witness = Witness(conninfo)

    def run(self, statements: Sequence[Statement]) -> Findings:
        """Roll back, verify, restore, verify. Interrupted after the commit, it still restores."""
        with self._witness:
            return self._run(statements)

    def _run(self, statements: Sequence[Statement]) -> Findings:
        seen = self.seen
        left = unfinished(self.path.parent.parent, self._target.name)
        for path in left:
            seen.fail(*what_is_unfinished(path))
        if left or not is_recognized(self._witness, self._target, self._rules, seen):
            return seen
        try:
            if self._commit(statements):
                self._verify()
        except BaseException as error:
            if not self.sql:
                raise
            self._restore()
            if self.sql:  # the gate's report may never be seen
                kind = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else RuntimeError
                raise kind(f"the rows of {self._target.name} are not back; {self._by_hand()}") from error
            raise
        if self.sql:
            self._restore()
        return seen

    def _commit(self, statements: Sequence[Statement]) -> bool:
        """Run the rollback, write the way back, try it, commit; return whether it was committed."""
        seen, file = self.seen, self._target.topology.rollback.name
        sent = False
        try:
            with writing_connection(self._conninfo) as connection:
                run_rollback(connection, self._target, statements, self._rules, seen)
                if not self._may_commit():
                    put_numbers_back(connection, seen)
                    return False
                with seen.step("the way back tried, in the same transaction"):
                    if not self._try_restore(connection):
                        put_numbers_back(connection, seen)
                        return False
                with seen.step("the way back written to a file"):
                    keep(self._way_back(), self.path)
                sent = True
                with seen.step(f"{file} committed"):
                    self.sql = self._way_back()
                    connection.execute("commit")
                seen.fate = "committed"
        except psycopg.Error as error:
            seen.fate = self._fate()
            if sent and seen.fate != "aborted":
                return True  # committed, or nobody knows: the way back decides by the rows
            self.sql = ""
            self.path.unlink(missing_ok=True)
            seen.violations.append(self._witness.explain(error, file))
            return False
        return True

    def _may_commit(self) -> bool:
        seen = self.seen
        if seen.also_written:
            seen.hold(
                ", ".join(seen.also_written),
                "found that the rollback writes to it too, needed changes that can be taken back: "
                "nothing was committed",
                "rehearse without --drill, or switch the trigger off for the time of the drill",
            )
        return seen.sound

    def _way_back(self, *, sequences: bool = True) -> str:
        if self.seen.before is None or self.seen.after is None:
            raise RuntimeError("a way back from rows that were not read")
        return restore_sql(self.seen.before, self.seen.after, self._target.name, sequences=sequences)

    def _try_restore(self, connection: psycopg.Connection) -> bool:
        """Run the way back in a savepoint, which is undone: what can't be restored isn't committed."""
        seen = self.seen
        problem = ""
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(self._way_back(sequences=False).encode())
                back = look(connection, seen.before)
                if seen.before is None or back.values != seen.before.values:
                    problem = "the rows are not those of before"
        except psycopg.Error as error:
            if connection.closed:
                raise
            problem = describe(error)
        if problem:
            seen.hold(
                "the way back",
                f"tried before the commit: {problem}; needed the exact rows: nothing was committed",
                "look for triggers and rules on the routing table, and for rights that it lacks (delete)",
            )
        return not problem

    def _fate(self) -> str:
        try:
            return self._witness.aftermath(self.seen.xid)[0]
        except psycopg.Error:
            return "unknown"

    def _verify(self) -> None:
        """Look at the committed rows over a second connection, and ask the gates there."""
        seen = self.seen
        try:
            asked = self._rules.questions(self._target, self._gates())
            looks = questions(seen.after)
            with seen.step("verified, by a second connection"):
                answers = self._witness.ask([*looks, *asked.queries], asked.settings)
            self.between = as_routing(answers[: len(looks)], seen.after)
            judged = asked.judge(answers[len(looks) :], self._rules.waivers)
        except psycopg.Error as error:
            seen.fail(ROUTING, f"committed, and not verified: {describe(error)}", "drill again")
            return
        seen.judged = judged
        if seen.after is None or self.between.rows != seen.after.rows:
            changed = ", ".join(self.between.unlike(seen.after)) if seen.after else ""
            seen.fail(
                ROUTING,
                f"found other rows than the rollback left ({changed or 'versions of rows'}), needed the same",
                "somebody changes the routing at the same time, or the pooler leads to two databases",
            )

    def _gates(self) -> list[Gate]:
        """The gates of a rollback, and those of the routing that hold after one."""
        routing = [g for g in self._rules.gates if g.subject == "routing" and g.id != _OF_THE_OVERLAY]
        return [*self._rules.rollback, *routing]

    def _restore(self) -> None:
        """Put the rows back, look at them over a second connection, and rename the file."""
        before = self.seen.before
        for attempt in range(ATTEMPTS):
            problem = ""
            if attempt:
                time.sleep(PAUSE_S)
            try:
                with self.seen.step("rows put back"), writing_connection(self._conninfo) as connection:
                    ask_all(connection, (), first=(*BEGIN, self.sql))
                    connection.execute("commit")
                with self.seen.step("rows of before verified, by a second connection"):
                    found = self.seen.finally_ = self._witness.look(before)
                if before is not None and found.values != before.values:
                    problem = f"found other rows: {', '.join(found.unlike(before))}"
                break
            except psycopg.Error as error:
                problem = "; ".join(filter(None, (describe(error), error.diag.message_detail)))
                if error.sqlstate in ("55000", "27000", "42501"):
                    break  # changed by somebody or by a trigger, or not allowed: that stays so
        if problem:
            self.seen.fail(
                ROUTING,
                f"THE ROWS ARE NOT BACK: {problem}; needed those of before the drill",
                self._by_hand(),
            )
            return
        self.sql = ""
        self.path = finished(self.path)
        if before is not None and self.seen.finally_ is not None:
            for name, (was, now) in before.moved(self.seen.finally_).items():
                self.seen.fail(
                    name,
                    f"found it at {now[0]}, needed {was[0]}: the ids that come next skip some",
                    f"harmless; to avoid it, grant update on sequence {name} to the role that drills",
                    Severity.WARNING,
                )

    def _by_hand(self) -> str:
        return (
            f"finish by hand: paste this (kept in {self.path}) into the SQL Editor of {self._target.name}, "
            f"then delete the file\n{self.sql}"
        )
