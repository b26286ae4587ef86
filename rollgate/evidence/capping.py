"""What a record keeps of large results: so much, and how much there was."""

from __future__ import annotations

from collections.abc import Sequence

MAX_ROWS = 200  # of a table, and violations of a gate
MAX_TEXT = 8_000  # characters of a cell, or of what a violation says

Row = tuple[str | None, ...]


def capped(text: str) -> str:
    """Return at most `MAX_TEXT` characters of `text`, and say how many were left out."""
    left_out = len(text) - MAX_TEXT
    return text if left_out <= 0 else f"{text[:MAX_TEXT]} … {left_out:,} more characters"


def capped_rows(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the first `MAX_ROWS` rows, each cell capped."""
    return tuple(tuple(None if cell is None else capped(cell) for cell in row) for row in rows[:MAX_ROWS])
