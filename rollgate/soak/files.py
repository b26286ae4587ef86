"""Log files: found below a path, opened at once, told apart by what is in them, and read one by one."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from rollgate.soak.csvlog import read_csvlog
from rollgate.soak.entry import Clock, Stretch
from rollgate.soak.jsonlog import read_jsonlog
from rollgate.soak.log import Source
from rollgate.soak.stderr import choose_pattern, read_stderr

_HEAD = 64 * 1024
_LOOKED_AT = 200  # lines, to choose a format by
_GZIP = b"\x1f\x8b"
_CSV = re.compile(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [A-Za-z0-9_/+-]+,(?:\"|,)")


@dataclass(frozen=True)
class Opened:
    """A file that is held open, so that a rotation can't take it away."""

    path: Path
    file: BinaryIO


def files_below(path: Path) -> list[Path]:
    """Return the file, or the files of the folder, by name; hidden ones are nobody's log.

    Raises:
        OSError: it can't be listed.
    """
    if not path.is_dir():
        return [path]
    return sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))


@contextmanager
def opened(paths: Iterable[Path], problems: list[str]) -> Iterator[list[Opened]]:
    """Open every file below `paths`, each once, whatever names lead to it; say which can't be."""
    with ExitStack() as stack:
        found: dict[tuple[int, int], Opened] = {}
        for path in paths:
            try:
                names = files_below(path)
            except OSError as error:
                problems.append(f"{path.name}: {error.strerror}")
                continue
            for name in names:
                try:
                    file = stack.enter_context(name.open("rb"))
                except FileNotFoundError:
                    problems.append(f"{name.name}: it was there and is gone: rotated while it was looked for")
                except OSError as error:
                    problems.append(f"{name.name}: {error.strerror}")
                else:
                    status = name.stat()
                    found.setdefault((status.st_dev, status.st_ino), Opened(name, file))
        yield list(found.values())


def read_files(
    paths: Iterable[Path],
    source_of: Callable[[Stretch], Source],
    *,
    zones: dict[str, int],
    prefix: str,
    problems: list[str],
) -> list[Source]:
    """Read the files below `paths`; `prefix` is the server's log_line_prefix."""
    sources = []
    with opened(paths, problems) as files:
        for each in files:
            source = source_of(Stretch(each.path.name, "empty", folder=str(each.path.parent.resolve())))
            _read(each, source, Clock(zones), prefix)
            sources.append(source)
    _mind_cuts(sources)
    return sources


def _read(opened_file: Opened, source: Source, clock: Clock, prefix: str) -> None:
    stretch = source.stretch
    try:
        file, head = _unpacked(opened_file.file)
        if not head:
            return
        if b"\0" in head:
            stretch.format, stretch.problem = "binary", "it is no text: not a log of PostgreSQL"
            return
        lines = head.split(b"\n")[:_LOOKED_AT]
        if any(line.startswith(b'{"timestamp":') for line in lines):
            stretch.format = "jsonlog"
            read_jsonlog(file, stretch, clock, source.look)
        elif any(_CSV.match(line) for line in lines):
            stretch.format = "csvlog"
            read_csvlog(file, stretch, clock, source.look)
        else:
            texts = [line.decode("utf-8", "replace") for line in lines]
            pattern = choose_pattern([prefix], texts)
            stretch.format = "stderr"
            if pattern is None:
                stretch.problem = (
                    "none of its lines begins as log_line_prefix says, with a time: "
                    f"the server's is {prefix!r}, and the common ones don't fit either"
                )
                return
            read_stderr(file, stretch, clock, source.look, pattern)
    except (EOFError, zlib.error):  # of a compressed file that ends early
        stretch.cut = True
    except OSError as error:  # gzip's own, too: it is no gzip, or is broken
        stretch.problem = f"it could not be read to its end: {error.strerror or error}"


def _unpacked(file: BinaryIO) -> tuple[BinaryIO, bytes]:
    """Return the file, unpacked where it is compressed, and how it begins."""
    packed = file.read(2) == _GZIP
    file.seek(0)
    if not packed:
        head = file.read(_HEAD)
        file.seek(0)
        return file, head
    head = gzip.open(file).read(_HEAD)  # noqa: SIM115 - the file itself is closed by who opened it
    file.seek(0)
    return cast(BinaryIO, gzip.open(file)), head


def _mind_cuts(sources: list[Source]) -> None:
    """A file may end within a line only where it is still written to: at the end of all."""
    ends = [each.stretch.last for each in sources if each.stretch.last is not None]
    for each in sources:
        stretch = each.stretch
        if not stretch.cut or stretch.problem:
            continue
        if stretch.last is None:
            stretch.problem = "it ends before anything of it could be read"
        elif stretch.last < max(ends):
            stretch.problem = "it ends within a line, and others go on: lines are lost"
