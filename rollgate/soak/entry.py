"""What a server's log says, whatever its format: one entry an event, and what a whole file covers."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rollgate.soak.coverage import Span

#: Classes of SQLSTATE that are no errors: success, warning, no data (PostgreSQL documentation, appendix A).
_FINE = ("00", "01", "02")
#: Severities of errors where the log's words are English.
ERRORS = ("ERROR", "FATAL", "PANIC")
CRASH = re.compile(r"was terminated by (signal|exception)")
LOGGING_CHANGED = re.compile(
    r'parameter "(log_min_messages|log_min_error_statement|log_error_verbosity)"'
    r' (?:changed to "([^"]*)"|removed)'
)
READY = "database system is ready to accept connections"
CHECKPOINT = "checkpoint "

#: Lines that are written at once may be out of order by less than this.
SET_BACK = datetime.timedelta(seconds=60)
_TIME = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?"
    rb"\s?([A-Za-z][A-Za-z0-9_/+-]*|[+-]\d\d(?::?\d\d)?|)"
)


class UnknownZone(ValueError):
    """A time whose zone can't be told; the message is the abbreviation."""


@dataclass(frozen=True)
class Entry:
    """One event of the log. What can hold a user's data is used to match, and never kept."""

    at: datetime.datetime
    severity: str
    sqlstate: str  # empty where the format doesn't tell
    message: str
    statement: str = ""
    context: str = ""
    detail: str = ""
    database: str = ""
    application: str = ""
    pid: int = 0
    session_began: datetime.datetime | None = None
    backend: str = ""  # its kind, e.g. checkpointer

    @property
    def is_error(self) -> bool:
        """Whether a statement, a session or the server failed."""
        if self.sqlstate:
            return self.sqlstate[:2] not in _FINE or self.severity in ERRORS
        return self.severity in ERRORS

    @property
    def is_crash(self) -> bool:
        """Whether a server process was killed; that is logged as no error."""
        return CRASH.search(self.message) is not None


Look = Callable[[Entry], None]


@dataclass
class Stretch:
    """What one file, or one slice of an endpoint, covers."""

    source: str
    format: str
    first: datetime.datetime | None = None
    last: datetime.datetime | None = None
    lines: int = 0
    unread: int = 0  # lines that are none of the format's
    cut: bool = False  # it ends within a line
    back: datetime.timedelta = datetime.timedelta(0)  # the furthest that its clock went back
    zones: set[str] = field(default_factory=set)  # those that can't be told
    problem: str = ""
    folder: str = ""  # where a file lies
    _ended: list[Span] = field(default_factory=list)  # what came before its clock was set back
    _going_on: Span | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """What its lines cover: a clock that was ahead covers nothing of the time that it named too early."""
        return (*self._ended, *([self._going_on] if self._going_on else []))

    def see(self, at: datetime.datetime) -> None:
        """Note a line of this time."""
        part = self._going_on or Span(at, at)
        if at < part.ends - SET_BACK:
            # Before all of it: files were put behind each other.
            self._ended.append(Span(part.begins, at) if at > part.begins else part)
            part = Span(at, at)
        self._going_on = Span(part.begins, max(part.ends, at))
        if self.first is None or self.last is None:
            self.first = self.last = at
            return
        if at < self.last:
            self.back = max(self.back, self.last - at)
            self.first = min(self.first, at)
        else:
            self.last = at


class Clock:
    """Reads a log's times. An abbreviation means what the server says that it means in its log's zone."""

    def __init__(self, zones: Mapping[str, int]) -> None:
        self._zones = {"UTC": 0, "GMT": 0, "Z": 0, **zones}
        self._known: tuple[bytes, datetime.datetime] = (b"", datetime.datetime.min)

    def read(self, text: bytes) -> datetime.datetime:
        """Return the time in UTC that `text` begins with.

        Raises:
            UnknownZone: its zone is not one that the server's log has.
            ValueError: it is no time.
        """
        if text == self._known[0]:
            return self._known[1]
        found = _TIME.match(text)
        if found is None:
            raise ValueError("no time")
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        micro = int((found[7] or b"0").ljust(6, b"0"))
        local = datetime.datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=datetime.UTC)
        at = local - datetime.timedelta(seconds=self._east(found[8].decode()))
        self._known = (text, at)
        return at

    def epoch(self, text: str) -> datetime.datetime:
        """Return the time of seconds since 1970."""
        return datetime.datetime.fromtimestamp(float(text), datetime.UTC)

    def _east(self, zone: str) -> int:
        if zone in self._zones:
            return self._zones[zone]
        numeric = re.fullmatch(r"([+-])(\d\d):?(\d\d)?", zone)
        if numeric is None:
            raise UnknownZone(zone or "no zone")
        east = int(numeric[2]) * 3600 + int(numeric[3] or 0) * 60
        return -east if numeric[1] == "-" else east

    def note(self, text: bytes, stretch: Stretch) -> bool:
        """Note a line's time in its stretch; return whether it is one."""
        try:
            stretch.see(self.read(text))
        except UnknownZone as unknown:
            stretch.zones.add(str(unknown))
            return False
        except ValueError:
            stretch.unread += 1
            return False
        return True
