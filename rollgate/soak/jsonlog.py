"""Reads jsonlog (PostgreSQL documentation, 20.8.5). Only lines that can matter are decoded."""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from rollgate.soak.entry import Clock, Entry, Look, Stretch, UnknownZone

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
    before = b""
    for raw in file:
        whole = raw.endswith(b"\n")
        stretch.lines += 1
        interesting = _FINE not in raw or any(each in raw for each in _WANTED)
        if whole and not interesting and raw.startswith(_BEGINNING):
            time = raw[14 : raw.find(b'"', 14)]
            # Lines of one second are many: only what is new is read.
            if time[:19] == before[:19] and time[23:] == before[23:] and time >= before:
                before = time
                continue
            _see(time, stretch, clock)
            before = time
            continue
        if before:
            _see(before, stretch, clock)
        _read_line(raw, whole=whole, stretch=stretch, clock=clock, look=look)
        before = b""
    if before:
        _see(before, stretch, clock)


def _see(time: bytes, stretch: Stretch, clock: Clock) -> bool:
    try:
        stretch.see(clock.read(time))
    except UnknownZone as unknown:
        stretch.zones.add(str(unknown))
        return False
    except ValueError:
        stretch.unread += 1
        return False
    return True


def _read_line(raw: bytes, *, whole: bool, stretch: Stretch, clock: Clock, look: Look) -> None:
    try:
        line = _decoded(raw)
    except msgspec.DecodeError:
        if whole and raw.strip():
            stretch.unread += 1
        elif raw.strip():
            stretch.cut = True
        return
    if not _see(line.timestamp.encode(), stretch, clock):
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
