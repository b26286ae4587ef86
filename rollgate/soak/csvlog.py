"""Reads csvlog (PostgreSQL documentation, 20.8.4)."""

from __future__ import annotations

import csv
import io
import sys
from typing import BinaryIO

from rollgate.soak.entry import CRASH, Clock, Entry, Look, Stretch, UnknownZone

#: Where each field stands; later versions add some at the end.
(_TIME, _DATABASE, _PID, _BEGAN, _SEVERITY, _STATE, _MESSAGE, _DETAIL) = (0, 2, 3, 8, 11, 12, 13, 14)
(_INTERNAL, _CONTEXT, _QUERY, _APPLICATION, _BACKEND) = (16, 18, 19, 22, 23)
_FEWEST = 23  # of PostgreSQL 9.0


def read_csvlog(file: BinaryIO, stretch: Stretch, clock: Clock, look: Look) -> None:
    """Read a file to its end; call `look` with each event that may matter."""
    csv.field_size_limit(sys.maxsize)  # a statement may be long
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    ended = _Ended(text)
    try:
        for row in csv.reader(ended, strict=True):
            if not ended.whole and len(row) < _FEWEST:
                stretch.cut = True
            else:
                _read_row(row, stretch, clock, look)
    except csv.Error:  # a quote that is never closed, at the end of the file
        stretch.cut = True
    finally:
        text.detach()


class _Ended:
    """Lines, and whether the last one was ended."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.whole = True

    def __iter__(self) -> _Ended:
        return self

    def __next__(self) -> str:
        line = next(self._text).replace("\0", "")
        self.whole = line.endswith("\n")
        return line


def _read_row(row: list[str], stretch: Stretch, clock: Clock, look: Look) -> None:
    stretch.lines += 1
    if len(row) < _FEWEST:
        stretch.unread += bool(row)
        return
    try:
        at = clock.read(row[_TIME].encode())
    except UnknownZone as unknown:
        stretch.zones.add(str(unknown))
        return
    except ValueError:
        stretch.unread += 1
        return
    stretch.see(at)
    message = row[_MESSAGE]
    fine = row[_STATE][:2] == "00"
    if fine and not (
        message.startswith(("checkpoint ", "database system is ready", 'parameter "log_'))
        or CRASH.search(message)
    ):
        return
    try:
        began = clock.read(row[_BEGAN].encode())
    except ValueError:
        began = None
    look(
        Entry(
            at,
            row[_SEVERITY],
            row[_STATE],
            message,
            row[_QUERY],
            "\n".join((row[_CONTEXT], row[_INTERNAL])),
            row[_DETAIL],
            row[_DATABASE],
            row[_APPLICATION],
            int(row[_PID]) if row[_PID].isdigit() else 0,
            began,
            row[_BACKEND] if len(row) > _BACKEND else "",
        )
    )
