"""A row of `ai_training_examples`, and the eval record that it becomes: contract, section 5."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

#: Column of a record, key in `metadata`, and what a missing value counts as.
OUTCOMES: Sequence[tuple[str, str, bool]] = (
    ("schema_valid", "schemaValid", True),
    ("patch_apply_success", "patchApplySuccess", True),
    ("edited_after_generate", "editedAfterGenerate", False),
    ("published_within_7d", "publishedWithin7d", False),
    ("safety_html_tailwind_compliant", "safetyHtmlTailwindCompliant", True),
)
#: What PostgreSQL's integer holds, and so the column that a record ends in.
LONGEST_MS = 2**31 - 1
#: Only these become eval records.
SOURCES = ("generation", "generation_cached")


class Row(msgspec.Struct, frozen=True):
    """A row with what an eval record needs; the last seven are values in `metadata`, of any type."""

    id: int | str
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    request_id: str | None
    requested_provider: str | None
    selected_provider: str | None
    route_strategy: str | None
    fallback_used: bool | None
    latency_ms: int | None
    schema_valid: Any
    patch_apply_success: Any
    edited_after_generate: Any
    published_within_7d: Any
    safety_html_tailwind_compliant: Any
    metadata_fallback_used: Any
    metadata_latency_ms: Any


class Exported(msgspec.Struct, frozen=True):
    """What became of a row: a record, or what is wrong with it."""

    record: dict[str, object]
    defaulted: tuple[str, ...]  # keys of the record whose value was missing
    wrong: tuple[str, ...]  # values of a wrong type, in words; the record is not to be used then
    disagrees: bool  # the column says no fallback, and `metadata` says one


def export_row(row: Row) -> Exported:
    """Return the eval record of a row.

    A missing outcome counts as its default, and the record names it in `defaulted`: a default is no
    evidence. A value of another type ("false", 1) is never taken for one: it is named in `wrong`.
    """
    defaulted: list[str] = []
    wrong: list[str] = []
    record: dict[str, object] = {"record_id": str(row.id), "request_id": row.request_id}
    for name, key, default in OUTCOMES:
        record[name] = _boolean(getattr(row, name), (name, key, default), defaulted, wrong)
    fallback = row.fallback_used
    if fallback is None:
        place = ("fallback_used", "fallbackUsed", False)
        fallback = _boolean(row.metadata_fallback_used, place, defaulted, wrong)
    record["fallback_used"] = fallback
    record["latency_ms"] = row.latency_ms if row.latency_ms is not None else _latency(row, wrong)
    if row.latency_ms is not None and row.latency_ms < 0:
        wrong.append(f"latency_ms is {row.latency_ms}")
    record["requested_provider"] = row.requested_provider
    record["selected_provider"] = row.selected_provider
    record["route_strategy"] = row.route_strategy
    if defaulted:
        record["defaulted"] = defaulted
    disagrees = row.metadata_fallback_used is True and not fallback
    return Exported(record, tuple(defaulted), tuple(wrong), disagrees)


def _boolean(value: Any, place: tuple[str, str, bool], defaulted: list[str], wrong: list[str]) -> bool:
    name, key, default = place
    if value is None:
        defaulted.append(name)
        return default
    if not isinstance(value, bool):
        wrong.append(f"metadata.{key} is {_kind(value)}")
        return False
    return value


def _latency(row: Row, wrong: list[str]) -> int | None:
    """Return the latency that `metadata` has; a part of a millisecond counts as a whole one."""
    value = row.metadata_latency_ms
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_MS:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        wrong.append(f"metadata.latencyMs is {value if number else _kind(value)}")
        return None
    return math.ceil(value)


def _kind(value: Any) -> str:
    """Name a JSON value's type; a text itself may be anything, and isn't shown."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a text" if isinstance(value, str) else "an array" if isinstance(value, list) else "an object"
