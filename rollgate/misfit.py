"""What doesn't fit in a file of settings, by the full name of its key and in words."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from rollgate.errors import UsageError

_ANY = "[...]"
_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list in brackets",
    "object": "a table",
    "date": "a date without quotes, such as 2026-12-31",
    "null": "nothing",
}


def misfit(path: Path, written: Any, wanted: type, error: msgspec.ValidationError) -> UsageError:
    """Turn msgspec's `... - at `$.windows.soak_hours`` into an error that names the key.

    `written` is what the file holds, and `wanted` the type that it was to be converted to.
    """
    problem, _, place = str(error).partition(" - at ")
    key = _named(place.strip("`").removeprefix("$").removeprefix("."), written, wanted)
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", problem)
    missing = re.fullmatch(r"Object missing required field `(.*)`", problem)
    if unknown:
        found, needed, fix = "a key that nothing reads", _keys(key, wanted), "remove or correct it"
    elif missing:
        found, needed, fix = "no such key", "a value", "add it"
    else:
        kinds = re.fullmatch(r"Expected `(.*)`, got `(.*)`", problem)
        found = _in_words(kinds[2]) if kinds else problem
        needed = _in_words(kinds[1].removesuffix(" | null")) if kinds else "a value of the right kind"
        fix = "correct the value"
    field = unknown or missing
    names = [key] * bool(key) + ([field[1]] if field else [])
    return UsageError(f"{path}: {'.'.join(names) or 'the top level'}", found=found, needed=needed, fix=fix)


def _keys(place: str, wanted: type) -> str:
    """Say which keys may stand in the table at `place`."""
    kind = inspect.type_info(wanted)
    for name in re.split(r"[.\[]", place) if place else []:
        if isinstance(kind, inspect.StructType):
            kind = next(field.type for field in kind.fields if field.encode_name == name)
        elif isinstance(kind, inspect.DictType):
            kind = kind.value_type
        elif isinstance(kind, inspect.VarTupleType):
            kind = kind.item_type
    if not isinstance(kind, inspect.StructType):
        return "a known key"
    return f"one of {', '.join(field.encode_name for field in kind.fields)}"


def _in_words(kinds: str) -> str:
    return " or ".join(_WORDS.get(each, each) for each in kinds.split(" | "))


def _named(place: str, written: Any, wanted: type) -> str:
    """Return the place with the names that msgspec leaves out of it, as `topologies[...].routes`.

    It leaves out those of tables whose names are the user's: the one it means doesn't fit by itself either.
    """
    while _ANY in place:
        above = place[: place.index(_ANY)]
        for name in _table(written, above):
            alone = copy.deepcopy(written)
            table = _table(alone, above)
            for other in [each for each in table if each != name]:
                del table[other]
            try:
                msgspec.convert(alone, wanted)
            except msgspec.ValidationError:
                place, written = place.replace(_ANY, f".{name}", 1), alone
                break
        else:
            break
    return place


def _table(written: Any, place: str) -> dict[str, Any]:
    for name in place.split("."):
        written = written[name]
    table: dict[str, Any] = written
    return table
