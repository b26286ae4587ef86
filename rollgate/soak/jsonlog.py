"""Reads jsonlog (PostgreSQL documentation, 20.8.5). Only lines that can matter are decoded."""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from rollgate.soak.blocks import blocks
from rollgate.soak.entry import Clock, Entry, Look, Stretch

_BEGINNING = b'{"timestamp":"'
#: How a line that is neither an error nor a warning ends up: its quotes can't stand in any text of it.
_FINE = b'"state_code":"00000"'
_WANTED = (b"ready to accept", b'"message":"checkpoint', b"was terminated by", b'parameter \\"log_')


class _Line(msgspec.Struct):
    """The fields that are used; what a text must not keep is dropped with the line."""

    timestamp: str = ""
    pid: int = 0
    dbname: str = ""
    session_start: str = ""
    error_severity: str = ""
    state_code: str = ""
    message: str = ""
    detail: str = ""
    context: str = ""
    internal_query: str = ""
    statement: str = ""
    application_name: str = ""
    backend_type: str = ""


_decode = msgspec.json.Decoder(_Line).decode


def read_jsonlog(file: BinaryIO, stretch: Stretch, clock: Clock, look: Look) -> None:
    """Read a file to its end; call `look` with each event that may matter."""
    for block in blocks(file):
        lines = block.split(b"\n")
        whole = lines.pop() == b""
        if not whole:
            lines = block.split(b"\n")
        stretch.lines += len(lines)
        if whole and _is_fine(block, lines) and _see_all(lines, stretch, clock):
            continue
        for number, line in enumerate(lines, 1):
            _read_line(line, whole or number < len(lines), stretch, clock, look)


def _is_fine(block: bytes, lines: list[bytes]) -> bool:
    """Tell whether there is nothing in it that has to be decoded."""
    if any(each in block for each in _WANTED):
        return False
    return not [line for line in lines if _FINE not in line or not line.startswith(_BEGINNING)]


def _see_all(lines: list[bytes], stretch: Stretch, clock: Clock) -> bool:
    """Note the times of lines that are in order and in one zone; return whether they are."""
    first, last = (line[14 : line.find(b'"', 14)] for line in (lines[0], lines[-1]))
    end = 14 + len(first)
    if len({line[37:end] for line in lines}) > 1 or first[23:] != last[23:]:
        return False
    stamps = [line[14:37] for line in lines]
    if stamps != sorted(stamps):
        return False
    return clock.note(first, stretch) and clock.note(last, stretch)


def _read_line(raw: bytes, whole: bool, stretch: Stretch, clock: Clock, look: Look) -> None:
    try:
        line = _decoded(raw)
    except msgspec.DecodeError:
        if whole and raw.strip():
            stretch.unread += 1
        elif raw.strip():
            stretch.cut = True
        return
    if not clock.note(line.timestamp.encode(), stretch):
        return
    try:
        began = clock.read(line.session_start.encode()) if line.session_start else None
    except ValueError:
        began = None
    look(
        Entry(
            clock.read(line.timestamp.encode()),
            line.error_severity,
            line.state_code,
            line.message,
            line.statement,
            "\n".join((line.context, line.internal_query)),
            line.detail,
            line.dbname,
            line.application_name,
            line.pid,
            began,
            line.backend_type,
        )
    )


def _decoded(raw: bytes) -> _Line:
    """Decode a line; one that is in the encoding of its database, and not in UTF-8, as far as it can be."""
    try:
        return _decode(raw)
    except msgspec.DecodeError:
        return _decode(raw.decode("utf-8", "replace").encode())
