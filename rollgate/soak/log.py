"""A server's log, wherever it came from: what of it touches the table, what it covers, and whose it is."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from rollgate.soak.coverage import Coverage, Span, cover
from rollgate.soak.entry import CHECKPOINT, LOGGING_CHANGED, READY, Entry, Stretch
from rollgate.soak.facts import MARK, Facts, mark_of
from rollgate.soak.matching import Kept, Names, Touch, match
from rollgate.soak.series import going_on, is_beside
from rollgate.soak.window import Window

MOST_KEPT = 10_000  # events that touch the table, in one source; more are only counted
#: A server is up within this of starting, most often.
_STARTING = datetime.timedelta(seconds=60)
#: In a container every server has the same low process ids.
_TELLING_PID = 1000
_BACKGROUND = ("checkpointer", "background writer", "walwriter", "autovacuum launcher")


@dataclass(frozen=True)
class Event:
    """An event that touches the table, as it is kept."""

    at: datetime.datetime
    kept: Kept


@dataclass(frozen=True)
class _Key:
    """What tells one event from another, in whichever format and file it is."""

    at: datetime.datetime
    pid: int
    severity: str
    message: str  # its digest


@dataclass
class Source:
    """One file or endpoint, while it is read: pass `look` to what reads it."""

    stretch: Stretch
    names: Names
    since: datetime.datetime
    facts: Facts
    kept: dict[_Key, Event] = field(default_factory=dict)
    counts: Counter[_Key] = field(default_factory=Counter)
    spans: list[Span] = field(default_factory=list)  # what an endpoint covers; a file covers its stretch
    more: int = 0  # events beyond those that are kept
    proofs: list[str] = field(default_factory=list)  # why it is this server's
    doubts: list[str] = field(default_factory=list)  # why it isn't
    #: Of how it is logged: when, what, and to which value; empty for the default.
    changes: list[tuple[datetime.datetime, str, str]] = field(default_factory=list)
    _checkpointer: int = 0

    def look(self, entry: Entry) -> None:
        """Take note of an event."""
        if MARK in entry.message:
            self._see_mark(entry.message)
            return
        if not entry.is_error and not entry.is_crash:
            self._see_server(entry)
            return
        # Another database of the server has its own table of this name.
        if entry.at < self.since or (entry.database and entry.database != self.facts.database):
            return
        kept = match(entry, self.names)
        if kept is None:
            return
        # Formats differ in what they tell, some in how exactly they tell the time; these all of them do.
        digest = hashlib.sha256(entry.message.encode()).hexdigest()[:16]
        key = _Key(entry.at.replace(microsecond=0), entry.pid, entry.severity, digest)
        if key in self.kept or len(self.kept) < MOST_KEPT:
            self.kept.setdefault(key, Event(entry.at, kept))
            self.counts[key] += 1
        else:
            self.more += 1

    def close(self) -> None:
        """Judge whose log it is, once it has been read."""
        pid = self._checkpointer
        if not pid:
            return
        if pid not in self.facts.processes:
            self.doubts.append(
                f"its last checkpoint was made by process {pid}, which this server doesn't have"
            )
        elif pid >= _TELLING_PID:
            self.proofs.append(f"its checkpoints are made by process {pid}, which this server has")

    def _see_mark(self, message: str) -> None:
        mark = mark_of(self.facts.system_identifier, self.facts.database)
        if self.facts.probe in message:
            self.proofs.append("this run's own probe is in it")
        elif mark and mark in message:
            self.proofs.append("the probe of an earlier run on this database is in it")

    def _see_server(self, entry: Entry) -> None:
        started = self.facts.started_at
        if entry.message.startswith(READY):
            if abs(entry.at - started) <= _STARTING:
                self.proofs.append("it has this server's start")
            elif entry.at > started:
                self.doubts.append(
                    f"it has a start at {entry.at:%Y-%m-%d %H:%M:%S} UTC, which this server hadn't"
                )
        changed = LOGGING_CHANGED.search(entry.message)
        if changed and entry.at >= self.since:
            self.changes.append((entry.at, changed[1], changed[2] or ""))
        if entry.message.startswith(CHECKPOINT) and entry.at >= started:
            self._checkpointer = entry.pid
        began = entry.session_began
        is_ours = entry.backend in _BACKGROUND and entry.pid in self.facts.processes
        if is_ours and began and abs(began - started) <= _STARTING:
            self.proofs.append(f"its {entry.backend} is this server's")


@dataclass(frozen=True)
class Log:
    """What all sources say together. An event that is in several of them counts once."""

    coverage: Coverage
    events: tuple[Event, ...]  # in order
    more: int
    stretches: tuple[Stretch, ...]
    proofs: tuple[str, ...]
    doubts: tuple[str, ...]
    changes: tuple[tuple[datetime.datetime, str, str], ...]
    problems: tuple[str, ...] = ()  # sources that could not be read

    @property
    def writes(self) -> tuple[Event, ...]:
        """What failed in the write path."""
        return tuple(each for each in self.events if each.kept.touch in (Touch.WRITE, Touch.CRASH))

    @property
    def unknown(self) -> tuple[Event, ...]:
        """What failed and may have been a write of the table."""
        return tuple(each for each in self.events if each.kept.touch is Touch.UNKNOWN)

    @property
    def reads(self) -> tuple[Event, ...]:
        """What failed while only reading."""
        return tuple(each for each in self.events if each.kept.touch is Touch.READ)


def gather(sources: list[Source], window: Window, *, bridge: datetime.timedelta, problems: list[str]) -> Log:
    """Put the sources together: the most that one of them has of an event is how often it was.

    Only what is shown to be this server's covers anything: by a proof of its own, or as a file of a series.
    """
    events: dict[_Key, Event] = {}
    counts: Counter[_Key] = Counter()
    for source in sources:
        source.close()
        events = {**source.kept, **events}
        counts |= source.counts
    ours, unproven = _divided(sources, window, bridge)
    spans = [span for source in ours for span in source.spans or source.stretch.spans]
    listed = [event for key, event in events.items() for _ in range(counts[key])]
    return Log(
        cover(Span(window.since, window.until), spans, bridge=bridge),
        tuple(sorted(listed, key=lambda event: event.at)),
        sum(source.more for source in sources),
        tuple(source.stretch for source in sources),
        tuple(dict.fromkeys(proof for source in sources for proof in source.proofs)),
        tuple(dict.fromkeys([*(doubt for source in sources for doubt in source.doubts), *unproven])),
        tuple(sorted({change for source in sources for change in source.changes})),
        tuple(problems),
    )


def _divided(
    sources: list[Source], window: Window, bridge: datetime.timedelta
) -> tuple[list[Source], list[str]]:
    """Return the sources that are this server's, and a doubt for each that only lies beside them.

    Where none has a proof nothing lies beside another: then the doubt is about all, and not said here.
    """
    proven = [each.stretch for each in sources if each.proofs]
    others = [each.stretch for each in sources if not each.proofs]
    known = {id(each) for each in [*proven, *going_on(proven, others, bridge=bridge)]}
    ours = [each for each in sources if id(each.stretch) in known]
    doubts = [
        f"nothing shows that {_place(each)} is this server's, and it goes on from no file that is"
        for each in others
        if proven
        and id(each) not in known
        and each.last is not None
        and each.last >= window.since  # what was before is no evidence
        and not is_beside(each, [source.stretch for source in ours])
    ]
    return ours, doubts


def _place(stretch: Stretch) -> str:
    return f"{Path(stretch.folder).name}/{stretch.source}" if stretch.folder else stretch.source
