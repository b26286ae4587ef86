"""Every gate of the release, asked of every target."""

from __future__ import annotations

from rollgate.evidence.record import GateRecord
from rollgate.verdict import is_blocking


def test_gate(gate_result: GateRecord) -> None:
    """The gate passes, is waived, or is a warning."""
    assert not is_blocking(gate_result), gate_result.violations
