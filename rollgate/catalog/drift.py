"""How a database's objects differ from those that a release should have left there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from rollgate.catalog.snapshot import Objects

OUTSIDERS = ("public", "anon", "authenticated")
"""Who comes in through Supabase's REST API without being the service."""

TRUSTED = ("postgres", "service_role", "supabase_admin")
"""Who may do everything on Supabase anyway; its default privileges grant more than a release does."""

_NUMBERED = re.compile(r" default nextval\(.*?::regclass\)| generated (?:always|by default) as identity")
_INDEXED = re.compile(r" ON (?:ONLY )?(.+?) USING ")
_POLICY = re.compile(
    r"(permissive|restrictive) for (\w+) to ([\w, ]+?)(?: using .*| with check .*)?", re.DOTALL
)
_PART = re.compile(r'(?:"(?:[^"]|"")*"|[^".]+)')


class Weight(Enum):
    """How much a difference matters."""

    BROKEN = "broken"  # the release's contract does not hold
    DOUBTFUL = "doubtful"  # an addition that can change what the release's objects do
    HARMLESS = "harmless"


@dataclass(frozen=True)
class Drift:
    """One object that is not as the release leaves it; an empty side means that it is not there."""

    kind: str
    name: str
    found: str
    needed: str
    weight: Weight

    @property
    def object(self) -> str:
        """A stable key: what is compared, and of what."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Reference:
    """What a release does to a database, as seen on one: objects before it and after it."""

    before: Objects
    after: Objects
    columns: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def changed(self) -> list[tuple[str, str]]:
        """The objects that the release makes or changes, comments apart."""
        return [key for key in self.after if key[0] != "comment" and self.after[key] != self.before.get(key)]

    @property
    def made(self) -> list[tuple[str, str]]:
        """The objects that are not there without the release."""
        return [key for key in self.changed if key not in self.before]

    @property
    def guarded(self) -> set[str]:
        """The relations whose access the release decides: those that it makes, or sets grants on."""
        return {
            relation_of(key, self.after[key])
            for key in self.changed
            if key[0] in ("relation", "row security", "grant")
        }


def find_drift(reference: Reference, found: Objects) -> Iterator[Drift]:
    """Yield what differs in the objects of the release, and what was added to them."""
    for key in reference.changed:
        if not _is_owners(key, reference.after[key], found):
            yield from _compare(key, found.get(key, ""), reference.after[key])
    yield from _owners(reference, found)
    for key in found.keys() - reference.after.keys():
        if relation_of(key, found[key]) in reference.guarded:
            weight = _weight_of_extra(key, found[key])
            if weight is not None:
                yield Drift(*key, found=found[key], needed="", weight=weight)


def is_applied(reference: Reference, found: Objects) -> bool:
    """Tell whether anything that only the release makes is there."""
    return any(key in found for key in reference.made)


def moved_columns(reference: Reference, columns: Mapping[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield relation, order found and order needed where the shared columns stand in another order."""
    for relation in sorted(reference.columns.keys() & columns.keys()):
        if relation in {relation_of(key, "") for key in reference.changed if key[0] == "column"}:
            needed = [name for name in reference.columns[relation] if name in columns[relation]]
            order = [name for name in columns[relation] if name in needed]
            if order != needed:
                yield relation, ", ".join(order), ", ".join(needed)


def relation_of(key: tuple[str, str], definition: str) -> str:
    """Return the relation that an object belongs to, as `public.name`; a function's own name."""
    kind, name = key
    if kind == "index":
        indexed = _INDEXED.search(definition)
        return indexed[1] if indexed else name
    if kind == "function":
        return name
    return ".".join(_PART.findall(name.rsplit(" to ", 1)[0] if kind == "grant" else name)[:2]).removesuffix(
        " (its sequence)"
    )


def _compare(key: tuple[str, str], found: str, needed: str) -> Iterator[Drift]:
    kind, name = key
    if kind == "owner" or (kind == "relation" and needed.startswith("sequence")):
        return  # owners are compared with each other; a sequence with the column that it numbers
    if kind == "grant":
        granted, wanted = _privileges(found), _privileges(needed)
        more = granted - wanted - {"MAINTAIN"}
        if wanted - granted:
            yield Drift(kind, name, found, needed, Weight.BROKEN)
        elif more:
            outside = _grantee(name) in OUTSIDERS
            yield Drift(kind, name, found, needed, Weight.BROKEN if outside else Weight.HARMLESS)
    elif _normal(kind, found) != _normal(kind, needed):
        yield Drift(kind, name, found, needed, Weight.BROKEN)


def _is_owners(key: tuple[str, str], definition: str, found: Objects) -> bool:
    """Tell whether a grant is to the role that owns the table here: an owner has it without a grant."""
    return key[0] == "grant" and found.get(("owner", relation_of(key, definition))) == _grantee(key[1])


def _grantee(name: str) -> str:
    return name.rsplit(" to ", 1)[1]


def _normal(kind: str, definition: str) -> str:
    """Return a definition without what may differ and means the same."""
    if kind == "column":
        return _NUMBERED.sub(" numbered", definition)
    return " ".join(definition.split())


def _privileges(text: str) -> set[str]:
    return set(text.split(", ")) - {""}


def _owners(reference: Reference, found: Objects) -> Iterator[Drift]:
    """Compare the owners of what the release makes with each other: whoever applied it owns it all."""
    owners = {
        name: found["owner", name]
        for kind, name in reference.made
        if kind == "relation" and ("owner", name) in found
    }
    if owners:
        usual = Counter(owners.values()).most_common(1)[0][0]
        for name, owner in owners.items():
            if owner != usual:
                yield Drift("owner", name, owner, usual, Weight.BROKEN)


def _weight_of_extra(key: tuple[str, str], definition: str) -> Weight | None:
    kind, name = key
    if kind in ("relation", "owner", "row security", "comment", "function", "view"):
        return None  # told with what they are of
    if kind == "policy":
        return _weight_of_policy(definition)
    if kind == "grant" and _grantee(name) in OUTSIDERS:
        return Weight.BROKEN
    if kind == "grant" and (_grantee(name) in TRUSTED or definition in ("SELECT", "USAGE")):
        return Weight.HARMLESS  # whoever verifies a release reads its tables
    if kind in ("trigger", "rule", "constraint", "grant") or "CREATE UNIQUE INDEX" in definition:
        return Weight.DOUBTFUL
    return Weight.HARMLESS


def _weight_of_policy(definition: str) -> Weight:
    """Weigh an added policy: a restrictive one opens nothing, nor does one that is for no outsider."""
    found = _POLICY.fullmatch(definition)
    if found is None:
        return Weight.BROKEN  # roles with odd names: it can't be told whom it lets in
    kind, command, roles = found.groups()
    outside = set(roles.split(", ")) & {*OUTSIDERS}
    if kind == "permissive" and outside:
        return Weight.BROKEN
    trusted = set(roles.split(", ")) <= {*TRUSTED}
    return Weight.HARMLESS if outside or trusted or command == "select" else Weight.DOUBTFUL
