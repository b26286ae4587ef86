"""Exporting eval records: every row of a window, counted, into a file that appears whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evals.counts import Note, Tally
from rollgate.evals.exported import Row, export_row
from rollgate.evals.paging import Key, Window
from rollgate.evals.partial import Partial, WriteFailure

READINGS = 2  # of a window whose rows and count disagree
#: After that, "the last days" are other days, and a run that was broken off is not gone on with.
STALE = timedelta(hours=1)


class Rows(Protocol):
    """Where rows come from: REST or SQL."""

    @property
    def place(self) -> str:
        """Host and what else tells it from others; no secret."""
        ...

    def now(self) -> datetime:
        """Return the time there."""
        ...

    def count(self, window: Window) -> int:
        """Return how many rows are in the window."""
        ...

    def pages(self, window: Window, *, below: Key | None, at_most: int | None) -> Iterator[list[Row]]:
        """Yield the rows below a key, newest first."""
        ...


@dataclass(frozen=True)
class Wanted:
    """What to export. A window that ends at `until`, or now, and begins at `since`, or `days` before."""

    sources: tuple[str, ...]
    days: float = 1.0
    limit: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    leave_out_wrong: bool = False

    def window(self, now: datetime) -> Window:
        """Return the window as of `now`.

        Raises:
            UsageError: it ends before it begins.
        """
        until = self.until or now
        since = self.since or until - timedelta(days=self.days)
        if since >= until:
            raise UsageError(
                "--since",
                found=f"{since.isoformat()}, and an end at {until.isoformat()}",
                needed="a beginning before the end",
                fix="correct --since or --until",
            )
        return Window(self.sources, since, until)

    def identity(self, place: str) -> dict[str, str]:
        """Return what must be equal for one run to go on with what another began."""
        return {"place": place, **{each.name: str(getattr(self, each.name)) for each in fields(self)}}


@dataclass(frozen=True)
class Result:
    """What was exported."""

    window: Window
    counted: int  # rows in the window
    tally: Tally


@dataclass(frozen=True)
class Export:
    """One export. It talks to `say` in lines that matter, to `progress` in rows so far and expected."""

    rows: Rows
    wanted: Wanted
    partial: Partial
    say: Callable[[str], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda *_: None

    def run(self, *, resume: bool = True) -> Result:
        """Write the eval records of the window, newest first: the newest `limit` of them.

        The window's end is frozen at the beginning, so rows that arrive meanwhile don't belong to it. What
        came is compared with what the server counts afterwards: a row that was deleted meanwhile, or
        committed late, makes it read the window once more.

        Raises:
            UsageError: something that can be mended keeps the rows away.
            Failure: they don't come; they don't agree with the count; some have values of a wrong type;
                the disk is full. The output is as it was; what was read is kept where going on makes sense.
        """
        now = self.rows.now()
        begun = self._begun(now) if resume else None
        window = Window(self.wanted.sources, begun.since, begun.until) if begun else self.wanted.window(now)
        try:
            result = self._agreeing(window, begun)
            if result.tally.wrong and not self.wanted.leave_out_wrong:
                raise Spoiled(_wrong_values(result.tally))
            self.partial.finish()
        except (Spoiled, WriteFailure):
            self.partial.discard()
            raise
        return result

    def _begun(self, now: datetime) -> Note | None:
        """Return what an earlier run began, if it was the same export; say what becomes of it."""
        note = self.partial.note()
        if note is None:
            return None
        why = ""
        if note.identity != self.wanted.identity(self.rows.place):
            why = "of another export"
        elif self.wanted.until is None and abs(now - note.until) > STALE:
            why = f"of {note.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if why:
            self.say(f"{self.partial.path} is {why}: starting anew")
            return None
        self.say(f"going on with {self.partial.path}, after {note.tally.rows} rows")
        return note

    def _agreeing(self, window: Window, begun: Note | None) -> Result:
        """Read the window until what came agrees with the count."""
        difference = ""
        for _ in range(READINGS):
            if begun is None:
                self.partial.restart()
            else:
                self.partial.go_on(begun)
            tally = self._read(window, begun)
            counted = self.rows.count(window)
            difference = _difference(tally.rows, counted, self.wanted.limit)
            if not difference:
                return Result(window, counted, tally)
            self.say(f"{self.rows.place}: {difference}")
            begun = None
        raise Spoiled(
            f"{self.rows.place}: {difference}\n  read {READINGS} times; run it again when nothing deletes "
            "rows, with an --until that is past, or read it in one transaction with --dsn-env"
        )

    def _read(self, window: Window, begun: Note | None) -> Tally:
        tally = begun.tally if begun else Tally()
        below = Key(begun.below_created_at, begun.below_id) if begun else None
        limit = self.wanted.limit
        expected = _at_most(self.rows.count(window), limit)
        identity = self.wanted.identity(self.rows.place)
        self.progress(tally.rows, expected)
        left = None if limit is None else limit - tally.rows
        for page in self.rows.pages(window, below=below, at_most=left):
            exported = [export_row(row) for row in page]
            lines = [msgspec.json.encode(each.record) + b"\n" for each in exported if tally.count(each)]
            last = page[-1]
            note = Note(identity, window.since, window.until, last.created_at, last.id, tally)
            self.partial.append(b"".join(lines), note)
            self.progress(tally.rows, expected)
        return tally


class Spoiled(Failure):
    """What was read is of no use to a later run."""


def _difference(came: int, counted: int, limit: int | None) -> str:
    """Say how what came differs from what is there; nothing if it doesn't."""
    due = _at_most(counted, limit)
    both = f"{came} rows came, and the server counts {counted}"
    if came > due:
        return f"{both}: {came - due} were deleted while the window was read"
    if came < due:
        return f"{both}: {due - came} are missing, committed late or kept back by the server"
    return ""


def _at_most(count: int, limit: int | None) -> int:
    return count if limit is None else min(count, limit)


def _wrong_values(tally: Tally) -> str:
    more = tally.wrong - len(tally.named)
    return "\n".join(
        [
            f"{tally.wrong} of {tally.rows} rows carry values of a wrong type, which count for nothing:",
            *(f"  {each}" for each in tally.named),
            *([f"  and {more} more"] if more else []),
            "  fix: correct these rows and what writes them, or leave them out: --on-bad-record=leave-out",
        ]
    )
