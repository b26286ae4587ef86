"""Reads what PostgreSQL writes to stderr, by the server's own `log_line_prefix` (documentation, 20.8.3)."""

from __future__ import annotations

import re
from typing import BinaryIO

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
    event: _Event | None = None
    for raw in file:
        stretch.lines += 1
        whole = raw.endswith(b"\n")
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not whole:
            # The end may be missing; what was said before it is kept, and the file covers no more than that.
            stretch.cut = True
        if line.startswith("\t"):
            if event is not None:
                event.go_on(line[1:])
            continue
        found = pattern.match(line)
        if found is None:
            # Libraries write here, too; what looks like an event was written with another prefix.
            stretch.unread += _EVENT.search(line) is not None
            continue
        if found["severity"] in _PARTS:
            if event is not None and event.is_of(found):
                event.begin(found["severity"], found["message"])
            continue
        _tell(event, stretch, clock, look)
        event = _Event(found)
    _tell(event, stretch, clock, look)


def _tell(event: _Event | None, stretch: Stretch, clock: Clock, look: Look) -> None:
    if event is None:
        return
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
    message = event.text("")
    if told["severity"] not in ERRORS and not (
        message.startswith(("checkpoint ", "database system is ready", 'parameter "log_'))
        or CRASH.search(message)
    ):
        return
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
