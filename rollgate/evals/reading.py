"""Reading a file of eval records: a block of lines at a time, in memory that doesn't grow with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rollgate.errors import UsageError
from rollgate.evals.record import BadRecord, EvalRecord, decode_line, decode_lines

_BLOCK = 1 << 20  # bytes
_LONGEST = 32 << 20  # bytes of a line; records are some hundred
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class BadLine:
    """A line that holds no record, or one that is there already."""

    number: int  # from 1
    reason: str
    raw: bytes


@dataclass(frozen=True)
class Batch:
    """Records, their ids as text, and the lines that they stand in."""

    records: list[EvalRecord]
    ids: list[str]
    lines: Sequence[int]

    def __len__(self) -> int:
        return len(self.records)


class Reader:
    """Reads the records of a file, in order; iterating again reads it again.

    What is no record is handed to `refuse`, which may raise. `suspects` are the hashes of ids that may
    occur twice (`Twins`): the second record of an id is refused, with the line of the first.
    """

    def __init__(
        self, path: Path, refuse: Callable[[BadLine], None], suspects: frozenset[int] = frozenset()
    ) -> None:
        self.path = path
        self.suspects = suspects
        self._refuse = refuse
        self._reset()

    def _reset(self) -> None:
        self.lines = self.blank = self.bad = 0
        self.unknown: Counter[str] = Counter()
        self._first_line: dict[str, int] = {}

    def __iter__(self) -> Iterator[Batch]:
        self._reset()
        try:
            with self.path.open("rb") as file:
                for block in _blocks(file, self.path):
                    yield self._read(block)
        except OSError as error:
            raise UsageError(
                str(self.path),
                found=error.strerror or str(error),
                needed="a file of eval records, one JSON object a line",
                fix="export it first, or correct --input",
            ) from None

    def _read(self, block: bytes) -> Batch:
        """Return the records of a block of whole lines, each ended by a newline."""
        lines = block.split(b"\n")
        lines.pop()
        start = self.lines + 1
        self.lines += len(lines)
        numbers: Sequence[int] = range(start, start + len(lines))
        records = decode_lines(block, lines)
        if records is None:
            records, numbers = self._read_one_by_one(lines, start)
        batch = Batch(records, [str(record.record_id) for record in records], numbers)
        return self._without_twins(batch, lines, start) if self.suspects else batch

    def _read_one_by_one(self, lines: Sequence[bytes], start: int) -> tuple[list[EvalRecord], list[int]]:
        records, numbers = [], []
        for number, line in enumerate(lines, start):
            if not line.strip():
                self.blank += 1
                continue
            found = decode_lines(line, [line])
            if found is None:
                try:
                    record, unknown = decode_line(line)
                except BadRecord as error:
                    self._put_aside(BadLine(number, str(error), line))
                    continue
                self.unknown.update(unknown)
                found = [record]
            records += found
            numbers.append(number)
        return records, numbers

    def _without_twins(self, batch: Batch, lines: Sequence[bytes], start: int) -> Batch:
        """Return the batch without records whose id an earlier line has."""
        kept = []
        for at, (record_id, number) in enumerate(zip(batch.ids, batch.lines, strict=True)):
            if hash(record_id) in self.suspects:
                first = self._first_line.setdefault(record_id, number)
                if first != number:
                    reason = f"record_id: found {record_id[:80]!a}, which line {first} has already"
                    self._put_aside(BadLine(number, reason, lines[number - start]))
                    continue
            kept.append(at)
        if len(kept) == len(batch):
            return batch
        return Batch(
            [batch.records[at] for at in kept],
            [batch.ids[at] for at in kept],
            [batch.lines[at] for at in kept],
        )

    def _put_aside(self, line: BadLine) -> None:
        self.bad += 1
        self._refuse(line)


def in_batches(reader: Iterator[Batch] | Reader, size: int) -> Iterator[tuple[list[EvalRecord], list[str]]]:
    """Yield records and ids in batches of `size`, the last may be smaller, whatever the blocks were."""
    records: list[EvalRecord] = []
    ids: list[str] = []
    for batch in reader:
        records += batch.records
        ids += batch.ids
        whole = len(records) - len(records) % size
        for start in range(0, whole, size):
            yield records[start : start + size], ids[start : start + size]
        del records[:whole], ids[:whole]
    if records:
        yield records, ids


def _blocks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Yield the file in blocks of whole lines; the last line gets a newline if it has none."""
    rest = b""
    first = True
    while content := file.read(_BLOCK):
        if first:
            content, first = content.removeprefix(_BOM), False
        head, newline, tail = content.rpartition(b"\n")
        if not newline:
            rest += tail
            if len(rest) > _LONGEST:
                raise UsageError(
                    str(path),
                    found=f"a line of more than {_LONGEST >> 20} MB",
                    needed="one eval record a line",
                    fix="see whether this is the exported file; write each record into a line of its own",
                )
            continue
        yield _plain(rest + head + b"\n")
        rest = tail
    if rest:
        yield _plain(rest + b"\n")


def _plain(block: bytes) -> bytes:
    """Return the block with the line ends of Unix; within a record there is no carriage return."""
    return block.replace(b"\r\n", b"\n") if b"\r" in block else block
