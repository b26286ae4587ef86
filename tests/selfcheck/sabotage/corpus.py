"""The corpus: what may go wrong with a release, one small file each, and who has to see it.

A file begins with what it is about, and the rest of it is the sabotage itself. Of a SQL file, the leading
comment says it (`-- key: value`; a line of `--` and more spaces goes on); of a TOML file, its keys do:

    life      what goes wrong in real life, in a sentence
    catches   the gates that must fail, at severity error: the release is NO-GO
    holds     the gates that must be held, at severity error: evidence is missing, the release is HOLD
    warns     the gates that must say something at severity warning: the release goes on, and the report tells
    object    what one of the violations must be about, so that a gate fires for the right reason

The folder is the area, and decides who runs the file and which further keys there are. All lists are exact:
a gate that fires and is not named fails the test, as does one that is named and does not fire.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: The rollbacks that `proof-finds-known-bad-rollbacks` tries in every rehearsal are sabotages, too.
SPECIMENS = HERE.parents[1] / "rollback" / "specimens"
#: Areas that hold no sabotage: what no gate may mind, and what means the same in other words.
HARMLESS, REWORDED = "harmless", "reworded"

_KEY = re.compile(r"-- ([a-z]+):\s+(\S.*)")
_MORE = re.compile(r"--\s{3,}(\S.*)")
_LISTS = ("catches", "holds", "warns")


@dataclass(frozen=True)
class Sabotage:
    """One file of the corpus; `facts` are the keys of its area, `sql` is what follows the comment."""

    path: Path
    area: str
    life: str
    catches: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    warns: frozenset[str] = frozenset()
    object: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    sql: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The file's stem."""
        return self.path.stem

    @property
    def id(self) -> str:
        """What pytest calls it."""
        return f"{self.area}-{self.name}"

    @property
    def named(self) -> frozenset[str]:
        """Every gate that has to say something."""
        return self.catches | self.holds | self.warns


def read(path: Path, area: str) -> Sabotage:
    """Read the file at `path`.

    Raises:
        ValueError: it does not say what goes wrong in real life.
    """
    text = path.read_text(encoding="utf-8")
    facts, sql = _of_sql(text) if path.suffix == ".sql" else (tomllib.loads(text), "")
    life = str(facts.pop("life", ""))
    if not life:
        raise ValueError(f"{path}: found no `life`, needed a sentence on what goes wrong in real life")
    gates = {name: frozenset(_words(facts.pop(name, ()))) for name in _LISTS}
    return Sabotage(path, area, life, object=str(facts.pop("object", "")), facts=facts, sql=sql, **gates)


def corpus() -> list[Sabotage]:
    """Return every file of every area, harmless changes too, in order."""
    files = [(path.parent.name, path) for path in HERE.glob("*/*") if path.suffix in (".sql", ".toml")]
    files += [("rollback", path) for path in SPECIMENS.glob("*.sql")]
    return [read(path, area) for area, path in sorted(files, key=lambda each: (each[0], each[1].name))]


def _of_sql(text: str) -> tuple[dict[str, Any], str]:
    lines = text.splitlines()
    facts: dict[str, Any] = {}
    key = ""
    for number, line in enumerate(lines):
        if found := _KEY.fullmatch(line.rstrip()):
            key = found[1]
            facts[key] = found[2]
        elif key and (more := _MORE.fullmatch(line.rstrip())):
            facts[key] += f" {more[1]}"
        else:
            return facts, "\n".join(lines[number:]).strip()
    return facts, ""


def _words(value: str | list[str]) -> list[str]:
    return value if not isinstance(value, str) else [word.strip() for word in value.split(",")]
