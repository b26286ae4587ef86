"""Records of what has ended that no line of the ledger names: what is left when its end is cut off."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rollgate.evidence import applied
from rollgate.evidence.applied import Ending
from rollgate.evidence.entries import decode
from rollgate.evidence.ledger import settled_lines
from rollgate.evidence.storage import Unreadable, read_apply, read_record
from rollgate.verdict import Verdict


@dataclass(frozen=True)
class Unlisted:
    """What is said of such a record."""

    what: str
    harmless: bool


def unlisted(folder: Path, listed: Mapping[str, str]) -> Iterator[Unlisted]:
    """Find them; `listed` has the records that the lines name, with their SHA-256."""
    landed: set[str] | None = None
    for path in sorted([*folder.glob("*/record.json"), *folder.glob(f"*/{applied.NAME}")]):
        shown = path.relative_to(folder).as_posix()
        if shown in listed:
            continue
        try:
            content = path.read_bytes()
            state = _state(path, content)
        except (OSError, Unreadable) as problem:
            yield Unlisted(f"{shown} is named by no line, and can't be read: {problem}", harmless=True)
            continue
        if state in (Verdict.INCOMPLETE, Ending.OPEN):
            yield Unlisted(f"{shown} ({state}) is named by no line", harmless=True)
        elif hashlib.sha256(content).hexdigest() in listed.values():
            yield Unlisted(f"{shown} ({state}) is named by no line: a copy of one that is", harmless=True)
        else:
            landed = _landed(folder) if landed is None else landed
            if shown not in landed:
                why = "the end of the ledger was cut off, or it was copied here"
                yield Unlisted(f"{shown} ({state}) is named by no line: {why}", harmless=False)


def _landed(folder: Path) -> set[str]:
    """Return the records that lines name by now: a run may have ended since they were read."""
    found = set()
    for line in settled_lines(folder):
        with contextlib.suppress(ValueError):
            found.add(decode(line).record)
    return found


def _state(path: Path, content: bytes) -> Verdict | Ending:
    return read_apply(content).ending if path.name == applied.NAME else read_record(content).verdict
