"""What an export has counted so far, and the note from which a later run goes on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from rollgate.evals.exported import OUTCOMES, Exported

NAMED = 10  # rows with values of a wrong type that are named


class Tally(msgspec.Struct):
    """Counts over the rows that came."""

    rows: int = 0
    records: int = 0
    defaulted: dict[str, int] = {}
    latency_unknown: int = 0
    disagreeing: int = 0
    wrong: int = 0
    named: list[str] = []  # the first of those that are wrong, and why

    def count(self, exported: Exported) -> bool:
        """Count a row, and tell whether it is a record."""
        self.rows += 1
        if exported.wrong:
            self.wrong += 1
            if len(self.named) < NAMED:
                self.named.append(f"{exported.record['record_id']}: {', '.join(exported.wrong)}")
            return False
        self.records += 1
        self.latency_unknown += exported.record["latency_ms"] is None
        self.disagreeing += exported.disagrees
        for name in exported.defaulted:
            self.defaulted[name] = self.defaulted.get(name, 0) + 1
        return True

    @property
    def missing(self) -> str:
        """How many outcome values were missing, and of which."""
        names: Iterable[str] = [*(name for name, _, _ in OUTCOMES), "fallback_used"]
        each = ", ".join(f"{name} {self.defaulted[name]}" for name in names if self.defaulted.get(name))
        total = sum(self.defaulted.values())
        return f"{total} outcome values missing and defaulted" + (f": {each}" if each else "")


class Note(msgspec.Struct):
    """How far an export got, and which one it was: one of another identity can't be gone on with."""

    identity: dict[str, str]
    since: datetime
    until: datetime
    below_created_at: datetime
    below_id: int | str
    tally: Tally
    size: int = 0  # of the partial file, in bytes
