"""What an operator sees while a release is applied: a line a statement, without secrets."""

from __future__ import annotations

import sys
from typing import TextIO

from rollgate.target.redaction import Redaction


class Screen:
    """Writes lines; one may be left open until what it tells of has ended."""

    def __init__(self, redaction: Redaction, file: TextIO | None = None) -> None:
        self._redaction = redaction
        self._file = file or sys.stdout
        self._open = False

    def clean(self, text: str) -> str:
        """Return the text without secrets."""
        return self._redaction.text(text)

    def line(self, text: str = "") -> None:
        """Write a line of its own."""
        self._write(("\n" if self._open else "") + text + "\n")
        self._open = False

    def begin(self, text: str) -> None:
        """Begin a line that `end` ends."""
        self._write(("\n" if self._open else "") + text)
        self._open = True

    def end(self, text: str) -> None:
        """End the line that was begun, or write one if something has come between."""
        self._write(f" {text}\n" if self._open else f"      {text}\n")
        self._open = False

    def _write(self, text: str) -> None:
        self._file.write(self._redaction.text(text))
        self._file.flush()
