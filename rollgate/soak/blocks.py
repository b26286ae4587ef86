"""A file in pieces of whole lines, so that most of a log is passed over in a few steps and little memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

SIZE = 256 * 1024


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield pieces that end with a line feed, but for the last where the file ends within a line."""
    rest: list[bytes] = []
    while piece := file.read(SIZE):
        end = piece.rfind(b"\n") + 1
        if not end:
            rest.append(piece)  # of a line longer than a piece
            continue
        yield b"".join([*rest, piece[:end]])
        rest = [piece[end:]] if end < len(piece) else []
    if rest:
        yield b"".join(rest)
