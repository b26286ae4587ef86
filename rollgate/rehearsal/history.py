"""A release in Supabase's history of migrations: what is recorded, what is there, and what doesn't agree.

The history has no time and no checksum. `supabase db push` skips a version that is recorded and applies one
that isn't, whatever is there; SQL that is pasted into the SQL Editor leaves no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rollgate.catalog.snapshot import Change
from rollgate.rehearsal.lexer import Unreadable, tokens
from rollgate.rehearsal.seen import Recorded

_VERSIONED = re.compile(r"(?P<version>\d{8,})_(?P<name>.+)\.sql")


@dataclass(frozen=True)
class Line:
    """One file of the release. `problem` is empty where history and target agree."""

    path: Path
    version: str
    recorded: str
    there: str
    statements: str
    problem: str = ""
    remedy: str = ""


def compare(
    files: Sequence[Path],
    history: Iterable[Recorded],
    changes: Sequence[Sequence[Change]] | None,
) -> Iterator[Line]:
    """Yield a line for each file whose name has a version.

    `changes` are what applying each file to a clone of the target would change; None if nobody knows.
    """
    by_version = {each.version: each for each in history}
    made = False
    for number, path in enumerate(files):
        own = None if changes is None else changes[number]
        versioned = _VERSIONED.fullmatch(path.name)
        if versioned:
            recorded = by_version.get(versioned["version"])
            # What an earlier file has made there may be what this one had nothing to add to.
            yield _line(path, versioned, recorded, None if made and not own else own)
        made = made or any(not each.before and each.kind != "row" for each in own or ())


def _line(
    path: Path, versioned: re.Match[str], recorded: Recorded | None, changes: Sequence[Change] | None
) -> Line:
    version, name = versioned["version"], versioned["name"]
    there = "unknown" if changes is None else f"not all: {len(changes)} changes" if changes else "all of it"
    if recorded is None and changes is not None and not changes:
        return Line(
            path,
            version,
            "no",
            there,
            "",
            "found all that the file does on the target and no record of it: pasted SQL leaves none; "
            f"needed version {version}",
            f"supabase migration repair --status applied {version}",
        )
    if recorded is None:
        return Line(path, version, "no", there, "")
    kept = _same_text(recorded.statements, path)
    shown = f"as {recorded.name}" if recorded.name else "yes"
    return Line(path, version, shown, there, kept, *_disagreement(recorded, name, kept, changes or ()))


def _disagreement(recorded: Recorded, name: str, kept: str, changes: Sequence[Change]) -> tuple[str, str]:
    """Return what is wrong with a record, and what to do. Rows that were changed since are no wrong."""
    objects = [each for each in changes if each.kind != "row"]
    if recorded.name and recorded.name != name:
        return (
            f"found version {recorded.version} recorded as {recorded.name}, needed {name}",
            "two files have one version: give one of them another",
        )
    if objects:
        return (
            f"found version {recorded.version} recorded, and {len(objects)} of its objects missing or "
            f"changed, "
            f"{objects[0].kind} {objects[0].name} for one; needed what is recorded to be there",
            f"paste the file again, or supabase migration repair --status reverted {recorded.version}",
        )
    if kept == "another text":
        return (
            f"found version {recorded.version} recorded with another text than the file has",
            "find out which text was applied, and verify that one",
        )
    return "", ""


def _same_text(statements: str, path: Path) -> str:
    """Compare what was recorded with a file, comments, white space and semicolons apart."""
    if not statements.strip():
        return "not kept"
    try:
        same = _bare(statements) == _bare(path.read_text(encoding="utf-8"))
    except Unreadable:
        return "unreadable"
    return "the file's" if same else "another text"


def _bare(text: str) -> list[str]:
    return [token.text for token in tokens(text) if token.counts and token.text != ";"]
