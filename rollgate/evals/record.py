"""An eval record: what a line of the input may hold, and what is wrong with one that may not be used."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NoReturn

import msgspec

OUTCOMES = (
    "schema_valid",
    "patch_apply_success",
    "edited_after_generate",
    "published_within_7d",
    "safety_html_tailwind_compliant",
    "fallback_used",
)
OutcomeName = Literal[
    "schema_valid",
    "patch_apply_success",
    "edited_after_generate",
    "published_within_7d",
    "safety_html_tailwind_compliant",
    "fallback_used",
]
Provider = Literal["openai", "custom"]
Strategy = Literal["single_provider", "weighted", "fallback"]
#: What the column that keeps it holds: PostgreSQL's integer.
Latency = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
RecordId = Annotated[str, msgspec.Meta(min_length=1)]


class EvalRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One generation that was evaluated (contract, section 5).

    `defaulted` names the outcomes that nobody measured: whoever wrote the line put a default there.
    """

    record_id: RecordId | int
    request_id: uuid.UUID | None
    schema_valid: bool
    patch_apply_success: bool
    edited_after_generate: bool
    published_within_7d: bool
    safety_html_tailwind_compliant: bool
    fallback_used: bool
    latency_ms: Latency | None  # milliseconds
    requested_provider: Provider | None
    selected_provider: Provider | None
    route_strategy: Strategy | None
    defaulted: tuple[OutcomeName, ...] = ()


class BadRecord(Exception):
    """A line that is no eval record; the message is the reason, in one line."""


_KNOWN = frozenset(EvalRecord.__struct_fields__)
#: What a line may leave out. A missing `fallback_used` counts as false, and as a default.
_OPTIONAL = ("request_id", "latency_ms", "requested_provider", "selected_provider", "route_strategy")
_KEYS = len(EvalRecord.__struct_fields__) - 1  # of a whole line, `defaulted` apart
_DECODER = msgspec.json.Decoder(EvalRecord)
_DEFAULTED = b'"defaulted"'
_REASON_LENGTH = 200


def decode_lines(block: bytes, lines: Sequence[bytes]) -> list[EvalRecord] | None:
    """Return the records of the lines of a block; None where they must be looked at one by one.

    Then there is a record a line, with no unknown key and no key twice. Each record has all keys, because
    the type asks for them, and a colon behind each: with no more colons than that, none is there twice.
    """
    defaulted = block.count(_DEFAULTED)
    if block.count(b":") != _KEYS * len(lines) + defaulted:
        return None
    if defaulted and any(line.count(_DEFAULTED) > 1 for line in lines):
        return None
    try:
        return list(map(_DECODER.decode, lines))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def decode_line(line: bytes) -> tuple[EvalRecord, list[str]]:
    """Return the record of one line and its unknown keys, which are left out.

    Raises:
        BadRecord: it is none.
    """
    try:
        # Not msgspec: it takes the last of two equal keys, and refuses a surrogate that stands alone.
        found = json.loads(
            line.decode("utf-8"), object_pairs_hook=_without_twins, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise BadRecord(f"bytes that are not UTF-8, from byte {error.start + 1} of the line on") from None
    except RecursionError:
        raise BadRecord("JSON that is nested too deep") from None
    except ValueError as error:  # JSONDecodeError, and numbers of thousands of digits
        raise BadRecord(f"no JSON: {_shown(str(error))}") from None
    if not isinstance(found, dict):
        raise BadRecord(f"found {_kind(found)}, needed a JSON object")
    unknown = [key for key in found if key not in _KNOWN]
    for key in unknown:
        del found[key]
    for key in _OPTIONAL:
        found.setdefault(key, None)
    if "fallback_used" not in found:
        found["fallback_used"] = False
        if isinstance(found.setdefault("defaulted", []), list):
            found["defaulted"].append("fallback_used")
    try:
        return msgspec.convert(found, EvalRecord), unknown
    except msgspec.ValidationError as error:
        raise BadRecord(_reason(str(error))) from None


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise BadRecord(f"the key {_shown(twin)} twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise BadRecord(f"no JSON: {name}")


def _reason(message: str) -> str:
    """Turn msgspec's `Expected ..., got ... - at `$.key`` into found and needed."""
    problem, _, place = message.partition(" - at ")
    key = place.strip("`").removeprefix("$").removeprefix(".")
    missing = re.fullmatch(r"Object missing required field `(.*)`", problem)
    if missing:
        return f"{missing[1]}: found no such key, needed one"
    expected = re.fullmatch(r"Expected `(.*)`, got `(.*)`", problem)
    said = f"found {expected[2]}, needed {expected[1]}" if expected else problem
    return _shown(f"{key}: {said}" if key else said)


def _shown(text: str) -> str:
    """Return text for a terminal: nothing in it that one would act on, and not too long."""
    safe = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text[: _REASON_LENGTH + 1])
    return safe if len(safe) <= _REASON_LENGTH else safe[:_REASON_LENGTH] + "..."


def _kind(value: object) -> str:
    kinds = {"str": "a string", "list": "an array", "bool": "a boolean", "NoneType": "null"}
    return kinds.get(type(value).__name__, "a number")
