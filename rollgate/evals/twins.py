"""Finding ids that occur twice among millions, in memory that doesn't grow with them."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable
from types import TracebackType
from typing import Self

_PARTS = 256
_BUFFERED = 4096  # hashes of a part before they go to the disk: 8 MB in all


class Twins:
    """Collects the hashes of ids, in parts on the disk: 8 bytes an id there.

    Two ids may have one hash, so what is found are suspects: whoever wants to know looks at these again.
    A part of 100 million ids holds 400,000, which takes some 30 MB while it is looked through.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `__exit__`
        self._buffers = [array("q") for _ in range(_PARTS)]
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(_PARTS)]
        self._end = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what is on the disk."""
        self._file.close()

    def add(self, ids: Iterable[str]) -> None:
        """Take note of these ids."""
        buffers = self._buffers
        for hashed in map(hash, ids):
            buffers[hashed & 255].append(hashed)
        for part, buffer in enumerate(buffers):
            if len(buffer) >= _BUFFERED:
                content = buffer.tobytes()
                self._file.seek(self._end)
                self._file.write(content)
                self._places[part].append((self._end, len(content)))
                self._end += len(content)
                buffers[part] = array("q")

    def suspects(self) -> frozenset[int]:
        """Return the hashes that occur more than once."""
        found: set[int] = set()
        for part, buffer in enumerate(self._buffers):
            hashes = array("q")
            for offset, size in self._places[part]:
                self._file.seek(offset)
                hashes.frombytes(self._file.read(size))
            hashes.extend(buffer)
            if len(set(hashes)) < len(hashes):
                seen: set[int] = set()
                found.update(each for each in hashes if each in seen or seen.add(each))  # type: ignore[func-returns-value]
        return frozenset(found)
