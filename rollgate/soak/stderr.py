"""Reads what PostgreSQL writes to stderr, by the server's own `log_line_prefix` (documentation, 20.8.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO

from rollgate.soak.blocks import blocks
from rollgate.soak.entry import CRASH, ERRORS, Clock, Entry, Look, Stretch, UnknownZone

#: Tried after the server's own: what was common before it was changed, and what packages ship.
COMMON = ("%m [%p] ", "%t [%p] ", "%m [%p] %q%u@%d ", "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ")

_ANY = r"[^\n]*?"
_ZONED = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? (?:[A-Za-z][\w/+-]*|[+-]\d+)"
_ESCAPES = {
    "a": rf"(?P<application>{_ANY})",
    "d": rf"(?P<database>{_ANY})",
    "p": r"(?P<pid>\d+)",
    "m": rf"(?P<time>{_ZONED})",
    "t": rf"(?P<time>{_ZONED})",
    "n": r"(?P<epoch>\d+(?:\.\d+)?)",
    "e": r"(?P<state>[0-9A-Z]{5})",
    "s": rf"(?P<began>{_ZONED})",
    "l": r"\d+",
    "x": r"\d+",
    "c": r"[0-9a-f]+\.[0-9a-f]+",
    "Q": r"-?\d+",
    "P": r"\d*",
}
_SEVERITY = r"(?P<severity>[A-Z]+[1-5]?):  (?P<message>.*)"
_EVENT = re.compile(r"\b(ERROR|FATAL|PANIC|LOG|WARNING|NOTICE|INFO|DEBUG[1-5]):  ")
_WANTED = (
    *(f"{severity}:  ".encode() for severity in ERRORS),
    b"  checkpoint ",
    b"  database system is ready",
    b'  parameter "log_',
    b"was terminated by",
)
_TAIL = 64 * 1024
_PARTS = ("DETAIL", "HINT", "QUERY", "CONTEXT", "STATEMENT", "LOCATION", "BACKTRACE")


def pattern_of(prefix: str) -> re.Pattern[str] | None:
    """Return the pattern of a line with this prefix; None for one that has no time."""
    parts: list[str] = []
    optional = False
    seen: set[str] = set()
    for escape in re.finditer(r"%(-?\d*)([A-Za-z%])|([^%]+|%)", prefix):
        if escape[3] is not None:
            parts.append(re.escape(escape[3]))
        elif escape[2] == "q":
            parts.append("(?:")
            optional = True
        elif escape[2] == "%":
            parts.append("%")
        else:
            told = _ESCAPES.get(escape[2], _ANY)
            name = re.match(r"\(\?P<(\w+)>", told)
            if name and name[1] in seen:
                told = told.replace(f"?P<{name[1]}>", "?:")
            elif name:
                seen.add(name[1])
            # A width pads with blanks, in front or behind.
            parts.append(rf"\ *{told}\ *" if escape[1] else told)
    if not seen & {"time", "epoch"}:
        return None
    return re.compile("".join(parts) + (")?" if optional else "") + _SEVERITY, re.DOTALL)


def choose_pattern(prefixes: list[str], lines: list[str]) -> re.Pattern[str] | None:
    """Return the first prefix's pattern that some of the lines have; None if none does."""
    for prefix in dict.fromkeys([*prefixes, *COMMON]):
        pattern = pattern_of(prefix)
        if pattern is not None and any(pattern.match(line) for line in lines):
            return pattern
    return None


class _Event:
    """An event as its lines come in."""

    def __init__(self, found: re.Match[str]) -> None:
        self.found = found.groupdict()
        self.parts: dict[str, list[str]] = {"": [self.found["message"]]}
        self._part = ""

    @property
    def matters(self) -> bool:
        """Whether it is to be looked at."""
        message = self.parts[""][0]
        return (
            self.found["severity"] in ERRORS
            or message.startswith(("checkpoint ", "database system is ready", 'parameter "log_'))
            or CRASH.search(message) is not None
        )

    def is_of(self, found: re.Match[str]) -> bool:
        return found.groupdict().get("pid") == self.found.get("pid")

    def begin(self, part: str, text: str) -> None:
        self._part = part
        self.parts[part] = [text]

    def go_on(self, text: str) -> None:
        self.parts[self._part].append(text)

    def text(self, part: str) -> str:
        return "\n".join(self.parts.get(part, ()))


def read_stderr(file: BinaryIO, stretch: Stretch, clock: Clock, look: Look, pattern: re.Pattern[str]) -> None:
    """Read a file to its end; call `look` with each event that may matter."""
    reader = _Reader(stretch, clock, look, pattern)
    for block in blocks(file):
        stretch.lines += block.count(b"\n")
        # The end may be missing; what was said before it is kept, and the file covers no more than that.
        stretch.cut = not block.endswith(b"\n")
        if reader.event is not None or any(each in block for each in _WANTED) or not reader.skim(block):
            reader.read(block)
    reader.tell()


class _Reader:
    """Reads blocks; an event may go on in the next one."""

    def __init__(self, stretch: Stretch, clock: Clock, look: Look, pattern: re.Pattern[str]) -> None:
        self._stretch = stretch
        self._clock = clock
        self._look = look
        self._pattern = pattern
        self.event: _Event | None = None

    def skim(self, block: bytes) -> bool:
        """Note when a block without errors begins and ends; return whether that could be told."""
        lines = block.split(b"\n", 20)[:20]
        ends = block[-_TAIL:].split(b"\n")[1:][-20:]
        first, last = self._first(lines), self._first(reversed(ends))
        if first is None or last is None:
            return False
        for found in (first, last):
            _tell(_Event(found), self._stretch, self._clock, self._look)
        return True

    def _first(self, lines: Iterable[bytes]) -> re.Match[str] | None:
        matches = (self._pattern.match(line.decode("utf-8", "replace")) for line in lines if line)
        return next((found for found in matches if found is not None), None)

    def read(self, block: bytes) -> None:
        """Read every line of a block."""
        for raw in block.decode("utf-8", "replace").split("\n"):
            line = raw.rstrip("\r")
            if line.startswith("\t"):
                if self.event is not None:
                    self.event.go_on(line[1:])
                continue
            found = self._pattern.match(line)
            if found is None:
                # Libraries write here, too; what looks like an event was written with another prefix.
                self._stretch.unread += _EVENT.search(line) is not None
            elif found["severity"] in _PARTS:
                if self.event is not None and self.event.is_of(found):
                    self.event.begin(found["severity"], found["message"])
            else:
                self.tell()
                self.event = _Event(found)
        if self.event is not None and not self.event.matters:
            self.tell()

    def tell(self) -> None:
        """Pass on the event that has come to its end."""
        if self.event is not None:
            _tell(self.event, self._stretch, self._clock, self._look)
        self.event = None


def _tell(event: _Event, stretch: Stretch, clock: Clock, look: Look) -> None:
    told = event.found
    try:
        at = clock.read(told["time"].encode()) if told.get("time") else clock.epoch(told["epoch"])
    except UnknownZone as unknown:
        stretch.zones.add(str(unknown))
        return
    except ValueError:
        stretch.unread += 1
        return
    stretch.see(at)
    if not event.matters:
        return
    message = event.text("")
    try:
        began = clock.read(told["began"].encode()) if told.get("began") else None
    except ValueError:
        began = None
    look(
        Entry(
            at,
            told["severity"],
            told.get("state") or "",
            message,
            event.text("STATEMENT"),
            "\n".join((event.text("CONTEXT"), event.text("QUERY"))),
            event.text("DETAIL"),
            told.get("database") or "",
            told.get("application") or "",
            int(told.get("pid") or 0),
            began,
        )
    )
