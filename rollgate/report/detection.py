"""What the gates were shown to detect: figures that were measured for these very gates, or none."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rollgate.evidence.record import GateRecord, RunRecord

DETECTION_PATH = Path(__file__).with_name("detection.toml")
TEST = "test"


@dataclass(frozen=True)
class Detection:
    """How many sabotages stop a release (NO-GO or HOLD), are told as a warning, or go unseen; and alarms.

    `gates` are those that it was measured for: the SHA-256 of the query, or `TEST` for a gate that is one.
    """

    sabotages: int
    stopped: int
    warned: int
    unseen: int
    harmless: int
    alarms: int
    gates: Mapping[str, str]


@cache
def load_detection() -> Detection:
    """Return the figures that came with the suite."""
    with DETECTION_PATH.open("rb") as file:
        return Detection(**tomllib.load(file))


def mark_of(query: str) -> str:
    """Return what tells a gate's question from another one under its name."""
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16] if query else TEST


def detection_of(record: RunRecord) -> str:
    """Return the figures as a sentence; where the run asked other gates, that nothing was measured."""
    known = load_detection()
    gates = {gate.id for gate in record.gates}
    other = {gate.id for gate in record.gates if not _is_measured(gate, known)}
    if not gates:
        return ""
    if other:
        share = f"{len(other):,} of {len(gates):,}"
        return f"What these gates detect was not measured: {share} are not the suite's own."
    return (
        f"Of {known.sabotages:,} sabotages the suite's gates stop {known.stopped:,} and warn of "
        f"{known.warned:,}, {known.unseen:,} go unseen; false alarms: {known.alarms:,} of "
        f"{known.harmless:,} harmless changes."
    )


def _is_measured(gate: GateRecord, known: Detection) -> bool:
    return known.gates.get(gate.id) == mark_of(gate.query)
