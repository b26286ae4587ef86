"""A file that appears whole or not at all, and that a later run can go on with.

Records are appended to `OUTPUT.partial`; after each page `OUTPUT.partial.json` says how far it got. At the
end the first is renamed to `OUTPUT`. What was written after the last note is cut off by the next run, so a
process may die anywhere.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evals.counts import Note

OPTION = "--output"


class Partial:
    """The file in the making. Open it with `opened`; nobody else writes it meanwhile."""

    def __init__(self, output: Path, file: int) -> None:
        self.output = output
        self.path = _beside(output, ".partial")
        self._note = _beside(output, ".partial.json")
        self._file = file
        self._size = 0
        self.gone = False  # renamed or removed: what is there from then on is somebody else's

    def note(self) -> Note | None:
        """Return how far it got, or an earlier run did, if what was written is still there."""
        try:
            note = msgspec.json.decode(self._note.read_bytes(), type=Note)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        return note if os.fstat(self._file).st_size >= note.size else None

    def go_on(self, note: Note) -> None:
        """Continue behind what `note` counts."""
        self._cut(note.size)

    def restart(self) -> None:
        """Begin anew."""
        with contextlib.suppress(FileNotFoundError):
            self._note.unlink()
        self._cut(0)

    def append(self, lines: bytes, note: Note) -> None:
        """Add whole lines, and then the note that counts them; its `size` is filled in."""
        with _writing(self.path):
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)  # so that a note never counts what a power cut took
            self._size += len(lines)
            note.size = self._size
            scratch = _beside(self.output, ".partial.json.new")
            scratch.write_bytes(msgspec.json.encode(note))
            scratch.replace(self._note)

    def finish(self) -> None:
        """Put the file in its place."""
        with _writing(self.path):
            os.fsync(self._file)
            self.path.replace(self.output)
            self.gone = True
            with contextlib.suppress(FileNotFoundError):
                self._note.unlink()
            _sync_folder(self.output.parent)

    def discard(self) -> None:
        """Leave nothing behind."""
        for path in (self._note, _beside(self.output, ".partial.json.new"), self.path):
            with contextlib.suppress(OSError):
                path.unlink()
        self.gone = True

    def _cut(self, size: int) -> None:
        with _writing(self.path):
            os.ftruncate(self._file, size)
            os.lseek(self._file, size, os.SEEK_SET)
            self._size = size


@contextmanager
def opened(output: Path) -> Iterator[Partial]:
    """Open the partial file of `output`; the folder is made. One without a note doesn't stay.

    Raises:
        UsageError: nothing can be written there, or another run is writing there.
        Failure: the disk fails; then nothing stays.
    """
    output = Path(os.path.realpath(output))  # a link keeps leading to the file
    if os.path.exists(output) and not output.is_file():
        raise UsageError(OPTION, found=f"{output}, which is no file", needed="a file", fix="name another one")
    if os.path.exists(output) and not os.access(
        output, os.W_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        raise _unwritable(output, "a file that may not be written")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        file = _locked(_beside(output, ".partial"))
    except OSError as error:
        raise _unwritable(output, error.strerror or type(error).__name__) from None
    partial = Partial(output, file)
    try:
        yield partial
    finally:
        if not partial.gone and partial.note() is None:
            partial.discard()
        os.close(file)


def _locked(path: Path) -> int:
    """Open a file for this process alone: it may be renamed while one waits to open it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise UsageError(
                OPTION,
                found=f"another export that is writing {path.name}",
                needed="one export at a time for each output",
                fix="wait for it, or name another output",
            ) from None
        try:
            if os.path.samestat(os.fstat(file), os.stat(path)):
                return file
        except FileNotFoundError:
            pass
        os.close(file)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteFailure(f"{path}: {error.strerror or type(error).__name__}: nothing was written") from None


class WriteFailure(Failure):
    """The disk is full, or broken."""


def _unwritable(output: Path, found: str) -> UsageError:
    return UsageError(
        OPTION, found=f"{output}: {found}", needed="a place that may be written", fix="name another one"
    )


def _beside(output: Path, ending: str) -> Path:
    return output.with_name(output.name + ending)


def _sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut, where folders can be synced."""
    with contextlib.suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
