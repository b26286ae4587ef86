"""Lines that hold no record: the first stops the command, or each is kept in a file beside the report."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import msgspec

from rollgate.errors import UsageError
from rollgate.evals.outputs import Outputs
from rollgate.evals.reading import BadLine


def beside(report: Path) -> Path:
    """Return where the bad lines of a report's input are kept."""
    return report.with_name(f"{report.stem}.quarantine.jsonl")


class Quarantine:
    """Keeps bad lines in a file of their own: number, reason and the line itself, base64 if it is no text."""

    def __init__(self, outputs: Outputs, place: Path) -> None:
        self.place = place
        self._outputs = outputs
        self._stack = ExitStack()
        self._file: IO[bytes] | None = None
        outputs.forget(place)

    def __enter__(self) -> Quarantine:
        """Return itself; the file is made when there is something to keep."""
        return self

    def __exit__(self, *error: object) -> None:
        """Finish the file."""
        self._stack.close()

    def keep(self, line: BadLine) -> None:
        """Keep a bad line."""
        if self._file is None:
            self._file = self._stack.enter_context(self._outputs.draft(self.place))
        try:
            raw = {"raw": line.raw.decode("utf-8")}
        except UnicodeDecodeError:
            raw = {"raw_base64": base64.b64encode(line.raw).decode("ascii")}
        self._file.write(msgspec.json.encode({"line": line.number, "reason": line.reason, **raw}) + b"\n")


class Strict:
    """Stops at the first bad line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, line: BadLine) -> None:
        """Raise the one clear error.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            f"{self._path}:{line.number}",
            found=line.reason,
            needed="an eval record: one JSON object a line (docs/evals.md)",
            fix="mend the line, or keep it aside with --on-bad-record=quarantine; nothing was written",
        )
