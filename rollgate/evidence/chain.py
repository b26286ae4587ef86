"""Whether a ledger and its records are as they were written: each line that isn't, and why."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rollgate.evidence.applied import ApplyRecord
from rollgate.evidence.entries import AnyEntry, AppliedEntry, Entry, decode, encode, hash_of, targets_of
from rollgate.evidence.ledger import NAME, START, Head, read_lines
from rollgate.evidence.record import RunRecord
from rollgate.evidence.storage import Unreadable, read_apply, read_record
from rollgate.evidence.unlisted import unlisted
from rollgate.verdict import Verdict


@dataclass(frozen=True)
class Problem:
    """A line of the ledger that can't be trusted, or its record; line 0 is the ledger as a whole."""

    line: int
    what: str
    harmless: bool = False  # told, and no reason to distrust anything

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}" if self.line else self.what


@dataclass(frozen=True)
class Run:
    """A line of the ledger with its record, if that is as it was written."""

    line: int
    entry: Entry
    record: RunRecord | None
    problem: str = ""  # why there is no record


@dataclass(frozen=True)
class Application:
    """A line of the ledger that is no run: a release was applied to a database."""

    line: int
    entry: AppliedEntry
    record: ApplyRecord | None
    problem: str = ""


@dataclass(frozen=True)
class Chain:
    """A ledger, read and checked."""

    path: Path
    head: Head
    runs: tuple[Run, ...]
    problems: tuple[Problem, ...]
    applications: tuple[Application, ...] = ()

    @property
    def length(self) -> int:
        """How many entries it has, of both kinds."""
        return len(self.runs) + len(self.applications)

    @property
    def intact(self) -> bool:
        """Whether nothing was found that shouldn't be."""
        return all(problem.harmless for problem in self.problems)


def read_chain(folder: Path, *, head: str = "") -> Chain:
    """Read the ledger in `folder` and check it, line by line, and every record that it names.

    With `head`, the hash that a line of it must have: one that was seen earlier is still there unless
    something was cut off or changed.

    Raises:
        OSError: the ledger is there and can't be read.
    """
    path = folder / NAME
    lines, rest = read_lines(path)
    entries: list[tuple[int, AnyEntry]] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, 1):
        try:
            entry = decode(line)
        except ValueError as problem:
            problems.append(Problem(number, str(problem)))
            continue
        if encode(entry) != line:
            problems.append(Problem(number, "it is not the canonical JSON that was written"))
        entries.append((number, entry))
    if rest:
        problems.append(Problem(len(lines) + 1, "it is cut off in the middle: no line feed ends it"))
    problems += _links(lines, entries)
    problems += [*_clocks(entries), *_twice(entries)]
    runs = tuple(_with_record(folder, number, each) for number, each in entries if isinstance(each, Entry))
    applications = tuple(
        _with_apply(folder, number, each) for number, each in entries if isinstance(each, AppliedEntry)
    )
    both: tuple[Run | Application, ...] = (*runs, *applications)
    problems += [Problem(each.line, each.problem) for each in both if each.problem]
    listed = {entry.record: entry.record_sha256 for _, entry in entries}
    problems += (Problem(0, each.what, each.harmless) for each in unlisted(folder, listed))
    if head and head not in {hash_of(line) for line in lines}:
        problems.append(
            Problem(
                0,
                f"no line has the hash {head}: what was the head once is changed or cut off "
                f"({len(lines)} lines are left)",
            )
        )
    last = entries[-1][1].sequence if entries else 0
    return Chain(
        path,
        Head(last, hash_of(lines[-1]) if lines else START),
        runs,
        tuple(sorted(problems, key=lambda problem: (problem.line == 0, problem.line))),
        applications,
    )


def _links(lines: Sequence[bytes], entries: Sequence[tuple[int, AnyEntry]]) -> Iterator[Problem]:
    """Find lines that were removed, moved, put in twice or changed, by numbers and hashes."""
    expected = 1
    for number, entry in entries:
        if entry.sequence > expected:
            gone = entry.sequence - expected
            which = f"entry {expected}" if gone == 1 else f"entries {expected} to {entry.sequence - 1}"
            yield Problem(
                number, f"it is entry {entry.sequence}: {which} {'is' if gone == 1 else 'are'} missing"
            )
        elif entry.sequence < expected:
            yield Problem(
                number,
                f"it is entry {entry.sequence} and comes after entry {expected - 1}: moved, or put in twice",
            )
        else:
            before = hash_of(lines[number - 2]) if number > 1 else START
            if entry.previous != before:
                yield Problem(
                    max(number - 1, 1),
                    "it was changed after the line behind it was written"
                    if number > 1
                    else "it names a line before it, and is the first",
                )
        expected = max(expected, entry.sequence + 1)


def _clocks(entries: Sequence[tuple[int, AnyEntry]]) -> Iterator[Problem]:
    """Tell where time runs backwards; runs that end on two machines may do that by a little."""
    latest = ""
    for number, entry in entries:
        if entry.finished_at < latest:
            yield Problem(
                number,
                f"it ended at {entry.finished_at}, before the line above it ({latest}): "
                "the clocks of two machines are out of step",
                harmless=True,
            )
        latest = max(latest, entry.finished_at)


def _twice(entries: Sequence[tuple[int, AnyEntry]]) -> Iterator[Problem]:
    """Find runs that have two lines: an old one behind a later one would be the latest."""
    first: dict[str, int] = {}
    for number, entry in entries:
        earlier = first.setdefault(entry.record_sha256, number)
        if earlier != number and isinstance(entry, Entry) and entry.verdict is not Verdict.INCOMPLETE:
            yield Problem(number, f"its record is that of line {earlier}: one run has one line")


def read_content(folder: Path, entry: AnyEntry) -> tuple[bytes, str]:
    """Return the bytes of an entry's record, and why they can't be trusted."""
    try:
        content = (folder / entry.record).read_bytes()
    except FileNotFoundError:
        return b"", f"its record {entry.record} is gone"
    except OSError as error:
        return b"", f"its record {entry.record} can't be read: {error.strerror}"
    if hashlib.sha256(content).hexdigest() != entry.record_sha256:
        return content, f"its record {entry.record} was changed after it was written"
    return content, ""


def _with_apply(folder: Path, number: int, entry: AppliedEntry) -> Application:
    content, problem = read_content(folder, entry)
    if problem:
        return Application(number, entry, None, problem)
    try:
        record = read_apply(content)
    except Unreadable as error:
        return Application(number, entry, None, f"its record {entry.record}: {error}")
    alike = ("release", "digest", "environment", "ending", "started_at", "finished_at")
    of_target = ("name", "topology", "fingerprint")
    unlike = [name for name in alike if getattr(record, name) != getattr(entry, name)]
    unlike += [name for name in of_target if getattr(record.target, name) != getattr(entry, name)]
    if unlike:
        return Application(number, entry, None, f"it says otherwise than its record of {', '.join(unlike)}")
    return Application(number, entry, record)


def _with_record(folder: Path, number: int, entry: Entry) -> Run:
    content, problem = read_content(folder, entry)
    if problem:
        return Run(number, entry, None, problem)
    try:
        record = read_record(content)
    except Unreadable as error:
        return Run(number, entry, None, f"its record {entry.record}: {error}")
    unlike = [
        name
        for name in ("release", "digest", "environment", "stage", "verdict", "started_at", "finished_at")
        if getattr(record, name) != getattr(entry, name)
    ]
    if targets_of(record) != entry.targets:
        unlike.append("targets")
    if unlike:
        return Run(number, entry, None, f"it says otherwise than its record of {', '.join(unlike)}")
    return Run(number, entry, record)


def moment(text: str) -> datetime.datetime:
    """Return an RFC 3339 time of a record or an entry."""
    return datetime.datetime.fromisoformat(text)
