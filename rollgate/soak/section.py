"""The manifest's `[soak]`: which rows, columns, figures and windows a soak is about. Phase 2's by default."""

from __future__ import annotations

import re
from collections.abc import Collection, Container
from enum import StrEnum
from typing import Protocol

import msgspec

from rollgate.evals.names import METRICS

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_TABLE = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")


class Require(Protocol):
    """What refuses a manifest."""

    def __call__(self, ok: bool, key: str, found: object, needed: str, fix: str = ..., /) -> None:
        """Name the key, unless it is right."""


class Action(StrEnum):
    """What the rollback matrix tells the operator to do (contract of the release, section 5)."""

    ROLLBACK = "immediate rollback"
    TAKE_OUT = "take custom out"
    LOWER = "lower custom's weight"


class GuardrailSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure that is watched in rolling windows.

    It is read from `column`, or where that says nothing from `key` of the metadata: a share of true
    values, or the 95th percentile where the figure's name ends with `_ms`. Its threshold is the one of
    `[thresholds]`; beyond `act` the rollback matrix names it.
    """

    column: str = ""
    key: str = ""
    act: float | None = None
    action: Action = Action.ROLLBACK


PHASE_2 = {
    "schema_valid_rate": GuardrailSection(key="schemaValid", act=0.98),
    "safety_html_tailwind_compliance": GuardrailSection(key="safetyHtmlTailwindCompliant", act=0.99),
    "patch_apply_success": GuardrailSection(key="patchApplySuccess"),
    "fallback_rate": GuardrailSection(
        column="fallback_used", key="fallbackUsed", act=0.40, action=Action.LOWER
    ),
    "p95_latency_ms": GuardrailSection(
        column="latency_ms", key="latencyMs", act=60000, action=Action.TAKE_OUT
    ),
}


class SoakSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a soak looks at. Names are lower-case identifiers, the tables' with their schema."""

    topologies: tuple[str, ...] = ()  # those that are soaked; empty: those that route no prod
    table: str = "public.ai_training_examples"
    id: str = "id"
    time: str = "created_at"
    source: str = "source"
    sources: tuple[str, ...] = ("generation", "generation_cached")
    metadata: str = "metadata"
    written: tuple[str, ...] = ("selected_provider",)  # no default: null means that nobody wrote it
    filled: tuple[str, ...] = ("route_strategy", "prompt_template_version")  # never empty
    implies: dict[str, str] = msgspec.field(default_factory=lambda: {"fallback_used": "fallback_provider"})
    columns: tuple[str, ...] = (  # what the release added: their checks are the ones judged
        "request_id",
        "requested_provider",
        "selected_provider",
        "route_strategy",
        "fallback_provider",
        "fallback_used",
        "latency_ms",
        "prompt_template_version",
    )
    settings: str = "public.ai_provider_configs"  # a change of its rows begins the soak anew; empty: none
    min_rows: int = 100
    guardrail_min_rows: int = 30
    log_gap_minutes: int = 30  # between two log files, or without a line from an endpoint
    guardrails: dict[str, GuardrailSection] = msgspec.field(default_factory=lambda: dict(PHASE_2))


def check_soak(soak: SoakSection, require: Require, topologies: Container[str]) -> None:
    """Call `require` for what types can't say."""
    for name in ("min_rows", "guardrail_min_rows", "log_gap_minutes"):
        require(getattr(soak, name) > 0, f"soak.{name}", getattr(soak, name), "more than 0")
    for name in ("table", "settings"):
        value = getattr(soak, name)
        fits = _TABLE.fullmatch(value) or (name == "settings" and not value)
        require(bool(fits), f"soak.{name}", repr(value), "schema.table, in lower case")
    names = [soak.id, soak.time, soak.source, soak.metadata, *soak.written, *soak.filled, *soak.columns]
    names += [*soak.implies, *soak.implies.values()]
    names += [each.column for each in soak.guardrails.values() if each.column]
    for name in names:
        require(bool(_NAME.fullmatch(name)), "soak", repr(name), "the name of a column, in lower case")
    require(bool(soak.sources), "soak.sources", "[]", "at least one source")
    require(bool(soak.written), "soak.written", "[]", "at least one column that has no default")
    for name in soak.topologies:
        require(name in topologies, "soak.topologies", name, "the name of a topology")
    for name, each in soak.guardrails.items():
        require(
            bool(each.column or each.key), f"soak.guardrails.{name}", "no source", "a column, a key or both"
        )


def check_figures(soak: SoakSection, thresholds: Collection[str], require: Require) -> None:
    """Check that each threshold judges something, and that each guardrail is judged.

    A name that is misspelt on either side would leave a figure out, and nothing would tell. A manifest
    without any threshold, and with the guardrails as they are by default, has the suite's.
    """
    for name in thresholds:
        require(
            name in METRICS or name in soak.guardrails,
            f"thresholds.{name}",
            "a name that nothing judges",
            f"a metric or a guardrail: {', '.join(sorted({*METRICS, *soak.guardrails}))}",
            "correct the name, or say in [soak.guardrails] what the figure is read from",
        )
    if not thresholds and soak.guardrails == PHASE_2:
        return
    for name in soak.guardrails:
        require(
            name in thresholds,
            f"soak.guardrails.{name}",
            "no threshold of this name",
            f"one of [thresholds]: {', '.join(sorted(thresholds)) or 'none is there'}",
            "correct the name, add its threshold, or leave it out of [soak.guardrails]",
        )
