"""What a run judges by, as one number: two runs of the same files may have asked different things of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from rollgate import suite


def yardstick(folders: Iterable[Path], asked: object, shown: Callable[[Path], str]) -> str:
    """Return a SHA-256, hexadecimal, over every gate and what else is `asked`: thresholds, and the soak's.

    `folders` hold the gates that are SQL; `shown` names a file alike wherever it lies. Waivers are no part of
    it: each is shown for itself, and ends on a day.
    """
    gates = [(shown(path), path) for folder in folders for path in folder.rglob("*.sql")]
    tests = [(suite.shown(path), path) for folder in suite.TESTS for path in folder.rglob("*.py")]
    lines = sorted(f"{sha256_of(path)}  {name}\n" for name, path in (*gates, *tests))
    return hashlib.sha256(
        "".join(lines).encode() + msgspec.json.encode(asked, order="deterministic")
    ).hexdigest()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
