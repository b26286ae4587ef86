"""Reads csvlog (PostgreSQL documentation, 20.8.4)."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from typing import BinaryIO

from rollgate.soak.blocks import blocks
from rollgate.soak.entry import CRASH, Clock, Entry, Look, Stretch

#: Where each field stands; later versions add some at the end.
(_TIME, _DATABASE, _PID, _BEGAN, _SEVERITY, _STATE, _MESSAGE, _DETAIL) = (0, 2, 3, 8, 11, 12, 13, 14)
(_INTERNAL, _CONTEXT, _QUERY, _APPLICATION, _BACKEND) = (16, 18, 19, 22, 23)
_FEWEST = 23  # of PostgreSQL 9.0
_QUOTED = rb'(?:"(?:[^"]|"")*+")?'
#: Up to the SQLSTATE, whatever stands in the quotes before and behind it.
_HEAD = re.compile(
    rb"([^,]*+),"
    + _QUOTED
    + b","
    + _QUOTED
    + rb",\d*,"
    + _QUOTED
    + rb",[^,]*+,\d*,"
    + _QUOTED
    + rb",[^,]*+,[^,]*+,\d*,[^,]*+,([0-9A-Z]{5}),"
)
_WANTED = (b',"checkpoint ', b',"database system is ready', b'parameter ""log_', b"was terminated by")


def read_csvlog(file: BinaryIO, stretch: Stretch, clock: Clock, look: Look) -> None:
    """Read a file to its end; call `look` with each event that may matter."""
    csv.field_size_limit(sys.maxsize)  # a statement may be long
    before = b""
    for record in _records(file, stretch):
        found = _HEAD.match(record)
        if found is None or found[2] != b"00000" or any(each in record for each in _WANTED):
            if before:
                clock.note(before, stretch)
            before = b""
            _read_record(record, stretch, clock, look)
            continue
        stretch.lines += 1
        time = found[1]
        # Records of one second are many: only the first and the last of them are read.
        if time[:19] != before[:19] or time < before:
            if before:
                clock.note(before, stretch)
            clock.note(time, stretch)
        before = time
    if before:
        clock.note(before, stretch)


def _records(file: BinaryIO, stretch: Stretch) -> Iterator[bytes]:
    """Yield whole records: lines up to one that leaves no quote open."""
    begun: list[bytes] = []
    quotes = 0
    for block in blocks(file):
        for line in _split(block):
            quotes += line.count(b'"')
            if quotes % 2 or not line.endswith(b"\n"):
                begun.append(line)
                continue
            yield b"".join([*begun, line]) if begun else line
            begun, quotes = [], 0
    last = b"".join(begun)
    if last and (quotes % 2 or last.count(b",") < _FEWEST):
        stretch.cut = True
    elif last:
        yield last


def _split(block: bytes) -> list[bytes]:
    """Split at line feeds alone: a text may hold a carriage return."""
    parts = block.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _read_record(record: bytes, stretch: Stretch, clock: Clock, look: Look) -> None:
    text = record.decode("utf-8", "replace").replace("\0", "")
    for row in csv.reader(io.StringIO(text, newline="")):
        _read_row(row, stretch, clock, look)


def _read_row(row: list[str], stretch: Stretch, clock: Clock, look: Look) -> None:
    stretch.lines += 1
    if len(row) < _FEWEST:
        stretch.unread += bool(row)
        return
    time = row[_TIME].encode()
    if not clock.note(time, stretch):
        return
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
            clock.read(time),
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
