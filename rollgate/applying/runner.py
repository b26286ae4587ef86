"""Running the files statement by statement; what failed for a moment, or was lost on the way, again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import psycopg

from rollgate.applying import concurrently
from rollgate.applying.history import History, record
from rollgate.applying.interrupts import Interrupts
from rollgate.applying.journal import FileJournal
from rollgate.applying.screen import Screen
from rollgate.applying.script import File, Step, Unit
from rollgate.applying.session import LOCK_TIMEOUT, Session
from rollgate.command import Failure
from rollgate.evidence.applied import AppliedStatement
from rollgate.target.query import describe

#: lock_not_available, deadlock_detected, serialization_failure: nothing was done, and it may pass.
AGAIN = frozenset({"55P03", "40P01", "40001"})
ATTEMPTS = 5
PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0
_MOST_LOSSES = 3  # of the connection, in one file
_MOST_ROWS = 30


class Refused(Failure):
    """A statement that PostgreSQL refused; its transaction left nothing."""


class _Lost(Exception):
    """The connection is gone, and nobody knows what became of the statement."""


class Runner:
    """Runs files on a session and keeps a journal of what was done."""

    def __init__(
        self,
        session: Session,
        history: History,
        screen: Screen,
        interrupts: Interrupts,
        *,
        attempts: int = ATTEMPTS,
        note: Callable[[str], None],
    ) -> None:
        self._session = session
        self._history = history
        self._screen = screen
        self._interrupts = interrupts
        self._attempts = attempts
        self._note = note
        self._shown: list[str] = []

    def run(self, file: File, journal: FileJournal) -> None:
        """Run a file to its end.

        Raises:
            Refused: PostgreSQL refused a statement, or too often for what may pass.
            Failure: the connection is lost for good.
            KeyboardInterrupt: Ctrl-C; what was open is undone.
        """
        for loss in range(1, _MOST_LOSSES + 1):
            try:
                self._file(file, journal)
                return
            except _Lost as lost:
                journal.forget()
                self._say(f"connection lost {lost}: connecting again, then the file from its start")
                if loss == _MOST_LOSSES:
                    raise Failure(
                        f"the connection was lost {loss} times while {file.shown} was run"
                    ) from None
                with self._interrupts.armed():
                    self._session.come_back(time.sleep)

    def _file(self, file: File, journal: FileJournal) -> None:
        self._shown = []
        try:
            self._session.refresh()
        except psycopg.Error:
            raise _Lost("before the file") from None
        for unit in file.units:
            self._unit(file, unit, journal, last=unit is file.units[-1])
        if not journal.history:
            try:
                journal.history = record(self._session.connection, self._history, file)
            except psycopg.Error:
                raise _Lost("when it was to be recorded in the history of migrations") from None
        for line in self._shown:
            self._screen.line(f"      {line}")

    def _unit(self, file: File, unit: Unit, journal: FileJournal, *, last: bool) -> None:
        """Run what is done whole or not at all; again, where that may help."""
        attempt = 1
        while True:
            done: list[AppliedStatement] = []
            step = unit.steps[0]
            try:
                for step in unit.steps:
                    if unit.wrapped and step is unit.steps[0] and len(unit.steps) > 1:
                        self._execute("begin")
                    if step.ends and last:
                        journal.history = record(self._session.connection, self._history, file)
                    done.append(self._step(step, attempt, alone=unit.alone))
                if unit.wrapped and len(unit.steps) > 1:
                    if last:
                        journal.history = record(self._session.connection, self._history, file)
                    self._execute("commit")
            except psycopg.Error as error:
                self._failed(file, step, error, attempt)
                attempt += 1
            except concurrently.Unsound as problem:
                raise Refused(f"{file.shown}:{step.line}: {problem}") from None
            except KeyboardInterrupt:
                journal.history = ""
                journal.stopped_at = (
                    f"statement {step.number} (line {step.line}) of {file.shown}, which is "
                    f"{_left_by(step, alone=unit.alone)}"
                )
                self._session.undo()
                raise
            else:
                journal.add(done)
                return
            journal.history = ""

    def _failed(self, file: File, step: Step, error: psycopg.Error, attempt: int) -> None:
        """Return if the unit is to be tried again, after a pause."""
        where = f"{file.shown}:{_line(step, error)}"
        if self._session.is_lost(error):
            raise _Lost(f"at {where}") from None
        self._session.undo()
        if self._session.is_lost(error):
            raise _Lost(f"at {where}") from None
        said = describe(error)
        if error.sqlstate not in AGAIN or attempt >= self._attempts:
            detail = f"\ndetail: {error.diag.message_detail}" if error.diag.message_detail else ""
            tried = f", tried {attempt} times" if attempt > 1 else ""
            raise Refused(f"{where}: {said}{tried}{detail}") from None
        pause = min(PAUSE_S * 2 ** (attempt - 1), _LONGEST_PAUSE_S) * random.uniform(0.75, 1.25)  # noqa: S311
        self._say(f"{where}: {said}; what it had not committed is undone, again in {pause:.1f} s")
        self._interrupts.wait(pause)

    def _step(self, step: Step, attempt: int, *, alone: bool) -> AppliedStatement:
        build = concurrently.build_of(step.statement) if alone else None
        if build is not None:
            with self._interrupts.armed():
                dropped = concurrently.clear(self._session.connection, build)
            if dropped:
                self._say(f"{dropped} was invalid, left by a build that failed: dropped, and built anew")
        self._screen.begin(f"  {step.number:4}  {step.first_line}")
        started = time.perf_counter()
        if alone:
            self._alone(step.text)
        else:
            self._execute(step.text)
        if build is not None:
            concurrently.require_sound(self._session.connection, build)
        milliseconds = (time.perf_counter() - started) * 1000
        self._screen.end(f"{milliseconds:,.0f} ms")
        return AppliedStatement(
            number=step.number,
            line=step.line,
            text=self._screen.clean(step.first_line),
            milliseconds=round(milliseconds, 1),
            attempt=attempt,
        )

    def _alone(self, text: str) -> None:
        """Run what waits for others' transactions to end: it keeps no writer waiting while it does."""
        connection = self._session.connection
        ours = connection.execute("show lock_timeout").fetchone() == (LOCK_TIMEOUT,)
        if ours:
            connection.execute("set lock_timeout = 0")
        try:
            self._execute(text)
        finally:
            if ours and not connection.closed:
                connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'".encode())

    def _execute(self, text: str) -> None:
        with self._interrupts.armed():
            cursor: psycopg.Cursor[Any] = self._session.connection.execute(text.encode())
        if cursor.description:
            names = [column.name for column in cursor.description]
            rows = cursor.fetchmany(_MOST_ROWS)
            self._shown = [" | ".join(names), *(" | ".join(map(_cell, row)) for row in rows)]

    def _say(self, text: str) -> None:
        self._screen.line(f"      {text}")
        self._note(text)


def _cell(value: object) -> str:
    """Return a value as psql shows it, if it is one that Python writes otherwise."""
    if isinstance(value, bool):
        return "t" if value else "f"
    return "" if value is None else str(value)


def _left_by(step: Step, *, alone: bool) -> str:
    """Say what an interrupted statement leaves."""
    if alone:
        return "in no transaction: an index that it leaves invalid is built anew by the next call"
    if step.ends:
        return "a commit: nobody has heard whether it was done"
    return "undone with its transaction"


def _line(step: Step, error: psycopg.Error) -> int:
    """Return the line of the file that the server means, else the one in which the statement begins."""
    position = error.diag.statement_position
    if position is None:
        return step.line
    above = step.text[: step.text.index(step.bare)].count("\n")
    return step.line + step.text[: int(position) - 1].count("\n") - above
