"""The part that writes: the lock, the files one after the other, and what is kept and said of the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psycopg

from rollgate.applying.history import History
from rollgate.applying.interrupts import Interrupts
from rollgate.applying.journal import RECORDED, Journal
from rollgate.applying.options import Options, verify_command
from rollgate.applying.runner import Runner
from rollgate.applying.screen import Screen
from rollgate.applying.script import File
from rollgate.applying.session import Session
from rollgate.command import Exit, Failure
from rollgate.evidence.applied import Ending
from rollgate.evidence.keep import keep_application
from rollgate.evidence.ledger import NAME as LEDGER
from rollgate.evidence.ledger import Torn, can_go_on
from rollgate.evidence.storage import write_record
from rollgate.target.query import describe
from rollgate.target.target import Target


def write(
    options: Options,
    target: Target,
    history: History,
    skipped: Sequence[File],
    journal: Journal,
    session: Session,
    screen: Screen,
) -> Exit:
    """Run the files, whatever happens keep what was done, and say how it ended."""
    with Interrupts() as interrupts:
        with interrupts.armed():
            session.open()
        try:
            _draft(journal, options.reports)
        except Failure:
            session.close()
            raise
        runner = Runner(
            session,
            history,
            screen,
            interrupts,
            attempts=options.attempts,
            note=journal.notes.append,
        )
        ending, problem = Ending.FAILED, "it was interrupted by an error of its own"
        raised: BaseException | None = None
        try:
            for number, each in enumerate(journal.files, 1):
                shown = f"{number}/{len(journal.files)}  {each.file.shown}"
                if each.file in skipped:
                    each.ending = each.history = RECORDED
                    screen.line(f"{shown}: recorded already, not run")
                    continue
                screen.line(shown)
                each.begin()
                with interrupts.armed():  # between two statements, too
                    pass
                runner.run(each.file, each)
                each.end(Ending.DONE)
                screen.line(f"      {each.history}")
            ending, problem = Ending.DONE, ""
        except KeyboardInterrupt as error:
            ending, problem, raised = Ending.STOPPED, "stopped by Ctrl-C", error
        except (Failure, psycopg.Error) as error:
            problem, raised = str(error) if isinstance(error, Failure) else describe(error), error
        finally:
            session.close()
            kept = _keep(journal, ending, problem, screen)
        if raised is None:
            told = f", {len(skipped)} recorded already and not run" if skipped else ""
            run = len(journal.files) - len(skipped)
            screen.line(f"DONE on {target.name}: {run} of {len(journal.files)} files run{told}")
            screen.line(f"To verify: {verify_command(target)}")
            return Exit.OK if kept else Exit.FAILED
        _say_where(journal, ending, problem, options.command(target), screen)
    if isinstance(raised, KeyboardInterrupt):
        return Exit.INTERRUPTED
    return Exit.FAILED


def _draft(journal: Journal, reports: Path) -> None:
    """Write the draft, before the first statement: what can't be recorded isn't done."""
    try:
        can_go_on(reports)
        write_record(journal.record(Ending.OPEN, "it goes on, or it was killed"), journal.path)
    except OSError as error:
        raise Failure(
            f"{reports}: nothing can be recorded there, so nothing was written: {error.strerror}"
        ) from None
    except Torn as problem:
        raise Failure(
            f"{reports / LEDGER}: {problem}, so nothing was written; see python -m rollgate verify"
        ) from None


def _keep(journal: Journal, ending: Ending, problem: str, screen: Screen) -> bool:
    """Write the record and its line; say what became of both."""
    for each in journal.files:
        if each.ending == Ending.OPEN:
            each.end(ending)
    record = journal.record(ending, problem)
    head, trouble = keep_application(record, journal.folder, signer=journal.signer)
    if head is None:
        screen.line(f"NOT RECORDED: {trouble}")
        return False
    screen.line(f"record: {journal.path}, entry {head.sequence}, head {head.hash}")
    if trouble:
        screen.line(f"NOT SIGNED: {trouble}")
    return not trouble


def _say_where(journal: Journal, ending: Ending, problem: str, command: str, screen: Screen) -> None:
    """Say what is done, what isn't, and what to run to go on."""
    for each in journal.files:
        done = len(each.statements)
        if each.ending in (Ending.DONE, RECORDED):
            screen.line(f"  {each.ending}: {each.file.shown}")
        elif each.started_at:
            last = f", up to line {each.statements[-1].line}" if done else ""
            screen.line(
                f"  committed of {each.file.shown}: {done} of {len(each.file.steps)} statements{last}"
            )
            if each.stopped_at:
                screen.line(f"  stopped in {each.stopped_at}")
        else:
            screen.line(f"  not begun: {each.file.shown}")
    screen.line(f"{ending.upper()}: {problem}")
    screen.line(f"every file can be run again. To go on: {command}")
