"""The readers pass over most of a log in blocks: wherever a block ends, they see what a plain reader sees."""

from __future__ import annotations

import csv
import datetime
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollgate.soak import blocks
from rollgate.soak.csvlog import read_csvlog
from rollgate.soak.entry import Clock, Entry, Stretch
from rollgate.soak.jsonlog import read_jsonlog
from rollgate.soak.stderr import choose_pattern, pattern_of, read_stderr

BEGAN = datetime.datetime(2026, 2, 16, tzinfo=datetime.UTC)
PREFIX = "%m [%p] %q%u@%d "
TEXT = st.lists(
    st.sampled_from(
        [*'ab,"\\\n\r\t ;:', "é", ",LOG,00000,", '"state_code":"00000"', "ERROR:  ", "was terminated by"]
    ),
    max_size=12,
).map("".join)
EVENT = st.fixed_dictionaries(
    {
        "seconds": st.integers(0, 40),
        "error": st.booleans(),
        "message": TEXT.map(lambda text: f"message {text}"),
        "statement": TEXT.map(lambda text: f"select {text}"),
    }
)
Event = dict[str, Any]


def times(events: list[Event]) -> list[str]:
    """Return when each was, in order of the lines."""
    found, at = [], BEGAN
    for each in events:
        at += datetime.timedelta(milliseconds=each["seconds"] * 250)
        found.append(f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC")
    return found


def as_json(events: list[Event]) -> bytes:
    return b"".join(
        json.dumps(
            {
                "timestamp": at,
                "pid": 7,
                "error_severity": "ERROR" if each["error"] else "LOG",
                "state_code": "22012" if each["error"] else "00000",
                "message": each["message"],
                **({"statement": each["statement"]} if each["error"] else {}),
            },
            separators=(",", ":"),
        ).encode()
        + b"\n"
        for at, each in zip(times(events), events, strict=True)
    )


def as_csv(events: list[Event]) -> bytes:
    lines = []
    for at, each in zip(times(events), events, strict=True):

        def quoted(text: str) -> str:
            return '"' + text.replace('"', '""') + '"'

        statement = quoted(each["statement"]) if each["error"] else ""
        severity = "ERROR,22012" if each["error"] else "LOG,00000"
        lines.append(
            f'{at},"me","db, ""one""",7,"h:1",67b1.7,1,"SELECT",{at},3/9,0,{severity},'
            f'{quoted(each["message"])},,,,,,{statement},,,"app, too","client backend",,0\n'
        )
    return "".join(lines).encode()


def as_stderr(events: list[Event]) -> bytes:
    lines = []
    for at, each in zip(times(events), events, strict=True):
        head = f"{at} [7] me@db "
        severity = "ERROR" if each["error"] else "LOG"
        lines.append(f"{head}{severity}:  {tabbed(each['message'])}\n")
        if each["error"]:
            lines.append(f"{head}STATEMENT:  {tabbed(each['statement'])}\n")
    return "".join(lines).encode()


def tabbed(text: str) -> str:
    return text.replace("\n", "\n\t")


def seen(
    format: str, content: bytes, size: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[Stretch, list[Entry]]:
    monkeypatch.setattr(blocks, "SIZE", size)
    stretch, found = Stretch("a log", format), list[Entry]()
    file, clock = io.BytesIO(content), Clock({})
    if format == "stderr":
        pattern = pattern_of(PREFIX)
        assert pattern is not None
        read_stderr(file, stretch, clock, found.append, pattern)
    else:
        {"jsonlog": read_jsonlog, "csvlog": read_csvlog}[format](file, stretch, clock, found.append)
    return stretch, [each for each in found if each.is_error]


WRITERS = {"jsonlog": as_json, "csvlog": as_csv, "stderr": as_stderr}


@pytest.mark.parametrize("format", WRITERS)
@settings(deadline=None, max_examples=150)
@given(events=st.lists(EVENT, min_size=1, max_size=12), size=st.integers(1, 400))
def test_wherever_a_block_ends_every_error_is_seen_once(format, events, size):
    with pytest.MonkeyPatch.context() as monkeypatch:
        stretch, found = seen(format, WRITERS[format](events), size, monkeypatch)
    wanted = [
        (each["message"], each["statement"], at)
        for each, at in zip(events, times(events), strict=True)
        if each["error"]
    ]
    clock = Clock({})

    def plain(text: str) -> str:
        # A carriage return at the end of a line is the line's own, where a log is text.
        return "\n".join(line.rstrip("\r") for line in text.split("\n")) if format == "stderr" else text

    assert [(plain(each.message), plain(each.statement), each.at) for each in found] == [
        (plain(message), plain(statement), clock.read(at.encode())) for message, statement, at in wanted
    ]
    told = [clock.read(at.encode()) for at in times(events)]
    assert (stretch.unread, stretch.cut) == (0, False)
    if format != "stderr" or size > 200:
        assert stretch.first == told[0]
    assert stretch.last is not None
    assert stretch.first is not None
    assert told[0] <= stretch.first <= stretch.last <= told[-1]


def test_the_csv_that_is_written_here_is_csv():
    events = [{"seconds": 1, "error": True, "message": 'a "b",\n', "statement": "c"}]
    (row,) = csv.reader(io.StringIO(as_csv(events).decode(), newline=""))
    assert (len(row), row[13], row[19]) == (26, 'a "b",\n', "c")


@pytest.mark.parametrize(
    ("prefix", "line"),
    [
        ("%m [%p] ", "2026-02-16 09:15:00.123 UTC [12] ERROR:  no"),
        ("%t [%p]: ", "2026-02-16 09:15:00 CET [12]: ERROR:  no"),
        ("%n %p %e ", "1771233300.123 12 23514 ERROR:  no"),
        ("%h %m [%p] %q%u@%d ", "10.0.0.1 2026-02-16 09:15:00.123 UTC [12] me@db ERROR:  no"),
        ("%h %m [%p] %q%u@%d ", " 2026-02-16 09:15:00.123 UTC [12] ERROR:  no"),
        ("%t [%-8p] user=%u,db=%d ", "2026-02-16 09:15:00 UTC [12      ] user=me,db=d ERROR:  no"),
        ("<%m%%%c.%l %s> ", "<2026-02-16 09:15:00.123 UTC%67b1.c.3 2026-02-16 09:00:00 UTC> ERROR:  no"),
    ],
)
def test_a_prefix_is_read_as_the_server_writes_it(prefix, line):
    pattern = pattern_of(prefix)
    assert pattern is not None
    found = pattern.match(line)
    assert found is not None
    assert (found["severity"], found["message"]) == ("ERROR", "no")
    assert choose_pattern([prefix], [line]) is not None


def test_a_prefix_without_a_time_is_none():
    assert pattern_of("[%p] ") is None
