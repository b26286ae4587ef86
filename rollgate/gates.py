"""What a gate is: a SQL file with a header that says what it prevents, and a query for violations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rollgate.errors import UsageError
from rollgate.verdict import Severity

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HEADER_LINE = re.compile(r"--\s?(?P<key>[a-z]+):\s*(?P<value>.*)")
_CONTINUED = re.compile(r"--\s{3,}(?P<value>\S.*)")
_REQUIRED = ("title", "prevents", "section", "checks", "severity", "phase", "evidence")
_OPTIONAL = ("topologies", "requires", "absent")


class Phase(StrEnum):
    """When a gate's question makes sense."""

    PREFLIGHT = "preflight"  # before the rollout, and after it
    VERIFY = "verify"  # after it
    ROLLBACK = "rollback"  # on a database that the P0 rollback was just run on


@dataclass(frozen=True)
class Gate:
    """One question about a target. The query returns violations: object, detail, remedy."""

    id: str
    subject: str
    title: str
    prevents: str
    sections: tuple[str, ...]
    checks: tuple[str, ...]
    severity: Severity
    phase: Phase
    path: Path
    query: str
    topologies: tuple[str, ...] = ()  # empty: all
    requires: tuple[str, ...] = ()  # relations without which the query can't be asked
    passes_when_absent: bool = False  # what a missing one means
    evidence: tuple[str, ...] = ()

    def applies_to(self, topology: str) -> bool:
        """Tell whether the gate is asked in this topology."""
        return not self.topologies or topology in self.topologies


@dataclass(frozen=True)
class EvidenceQuery:
    """What a gate's reader wants to see beside the verdict: often the runbook's own query."""

    name: str
    title: str
    sections: tuple[str, ...]
    query: str


def find_gates(folders: Iterable[Path]) -> tuple[Gate, ...]:
    """Return the gates of `folders` (`<subject>/<gate>.sql`), by folder, subject and id.

    Raises:
        UsageError: a header is wrong, two gates have one id, or one lies where it would never be asked.
    """
    gates: dict[str, Gate] = {}
    for folder in folders:
        _refuse_strays(folder)
        for path in sorted(folder.glob("*/*.sql")):
            gate = read_gate(path)
            twin = gates.get(gate.id)
            if twin and twin.path.read_bytes() == path.read_bytes():
                continue  # a release that keeps a copy of the suite's own gates
            if twin:
                raise UsageError(
                    str(path),
                    found=f"a second gate `{gate.id}`; another one is {twin.path}",
                    needed="ids that are unique, because a waiver names them",
                    fix="rename the file",
                )
            gates[gate.id] = gate
    return tuple(gates.values())


def _refuse_strays(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == ".sql" and (path.suffix != ".sql" or path.parent.parent != folder):
            raise UsageError(
                str(path),
                found="a gate where none is looked for",
                needed="<subject>/<gate>.sql below the folder of gates",
                fix="move or rename it",
            )


def find_evidence(folders: Iterable[Path]) -> Mapping[str, EvidenceQuery]:
    """Return the evidence queries of `folders` by name; a later folder's replaces an earlier one's."""
    found = {}
    for folder in folders:
        for path in sorted(folder.glob("*.sql")):
            keys, query = _split(path, required=("title", "section"), optional=())
            found[path.stem] = EvidenceQuery(path.stem, keys["title"], _words(keys["section"]), query)
    return found


def read_gate(path: Path) -> Gate:
    """Read the gate at `path`; its id is the file's stem, its subject the folder's name.

    Raises:
        UsageError: the file can't be read, or its header is wrong.
    """
    keys, query = _split(path, required=_REQUIRED, optional=_OPTIONAL)
    if not _SLUG.fullmatch(path.stem):
        raise _wrong(path, "name", path.stem, "lower-case words joined by hyphens")
    try:
        severity = Severity(keys["severity"])
    except ValueError:
        raise _wrong(path, "severity", keys["severity"], "error or warning") from None
    try:
        phase = Phase(keys["phase"])
    except ValueError:
        raise _wrong(path, "phase", keys["phase"], "preflight, verify or rollback") from None
    if keys.get("absent", "fail") not in ("pass", "fail"):
        raise _wrong(path, "absent", keys["absent"], "pass or fail")
    evidence = _words(keys["evidence"])
    if not evidence:  # it would pass without anybody seeing what it looked at
        raise _wrong(path, "evidence", keys["evidence"], "the name of a query whose rows are kept")
    return Gate(
        id=path.stem,
        subject=path.parent.name,
        title=keys["title"],
        prevents=keys["prevents"],
        sections=_words(keys["section"]),
        checks=_words(keys["checks"]),
        severity=severity,
        phase=phase,
        path=path,
        query=query,
        topologies=_words(keys.get("topologies", "")),
        requires=_words(keys.get("requires", "")),
        passes_when_absent=keys.get("absent") == "pass",
        evidence=evidence,
    )


def _split(path: Path, *, required: Sequence[str], optional: Sequence[str]) -> tuple[dict[str, str], str]:
    """Split a file into the keys of its leading comment and the query below it."""
    lines = _text(path).splitlines()
    keys: dict[str, str] = {}
    last = ""
    end = 0
    for line in lines:
        if continued := _CONTINUED.fullmatch(line.rstrip()):
            if not last:
                raise _wrong(path, f"line {end + 1}", line.strip(), "`-- key: value` first")
            keys[last] += " " + continued["value"].strip()
        elif header := _HEADER_LINE.fullmatch(line.rstrip()):
            last = header["key"]
            if last not in required and last not in optional:
                raise _wrong(path, last, "a key that nothing reads", ", ".join((*required, *optional)))
            if last in keys:
                raise _wrong(path, last, "two of them", "one: the second would silently take its place")
            keys[last] = header["value"].strip()
        else:
            break
        end += 1
    if lacking := [key for key in required if not keys.get(key)]:
        written = ", ".join(f"`-- {key}: ...`" for key in lacking)
        needed = f"{written} in the comment that the file starts with"
        raise _wrong(path, ", ".join(lacking), "nothing", needed)
    query = "\n".join(lines[end:]).strip()
    if not query:
        raise _wrong(path, "query", "nothing below the header", "one select")
    return keys, query


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        found = str(error.strerror) if isinstance(error, OSError) else str(error)
        raise UsageError(
            str(path),
            found=found,
            needed="text in UTF-8 that can be read",
            fix="correct its encoding or its permissions",
        ) from None


def _words(value: str) -> tuple[str, ...]:
    """Split `a, b`; `-` stands for none."""
    return tuple(word.strip() for word in value.split(",") if word.strip() not in ("", "-"))


def _wrong(path: Path, key: str, found: str, needed: str) -> UsageError:
    return UsageError(f"{path}: {key}", found=found, needed=needed, fix="correct the file's header")
