"""The P0 rollback, rehearsed on what the rollout left: runbook section 3, and the way back."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.catalog.snapshot import difference, take_snapshot
from rollgate.evidence.record import GateRecord
from rollgate.open_gate import OpenGate
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.target.target import Target
from rollgate.verdict import is_blocking

#: Another provider serves each environment that routes, as an operator may have left it.
OTHERS_SERVE = """
update public.ai_provider_configs set is_default = false where environment = any (%(routes)s::text[]);
update public.ai_provider_configs set is_default = true, enabled = true, weight = 100
where provider <> 'openai' and environment = any (%(routes)s::text[])
"""
ROUTING = """
select provider, environment, enabled, is_default, weight, timeout_ms, max_retries, metadata
from public.ai_provider_configs
order by environment, provider
"""
COLUMNS = (
    "provider",
    "environment",
    "enabled",
    "is_default",
    "weight",
    "timeout_ms",
    "max_retries",
    "metadata",
)


def test_rollback_gate(rollback_result: GateRecord) -> None:
    """What the runbook verifies after a rollback holds on a rolled-back clone."""
    assert not is_blocking(rollback_result), rollback_result.violations


@pytest.mark.gate(
    "rollback-changes-configuration-only",
    title="the P0 rollback changes rows of ai_provider_configs and nothing else, and a second run changes "
    "nothing more",
    prevents="An emergency measure that alters the schema, or that an operator dares not to repeat.",
    section="3",
    checks="RB-1, RG-4, LG-4",
)
def test_rollback_changes_configuration_only(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal) -> None:
    with (
        rehearsal.databases.cloned(rehearsal.with_traffic(rehearsed.topology)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        before = take_snapshot(connection)
        applied = apply_file(connection, rehearsed.topology.rollback)
        rows = connection.execute(ROUTING).fetchall()
        once = take_snapshot(connection)
        repeated = apply_file(connection, rehearsed.topology.rollback)
        again = connection.execute(ROUTING).fetchall()
    gate.show("rolled-back", "What the rollback shows the operator", applied.columns, applied.rows)
    gate.show(
        "timing",
        "How long the file took, on an idle server",
        ("run", "milliseconds"),
        [(name, f"{each.seconds * 1000:.1f}") for name, each in (("first", applied), ("second", repeated))],
    )
    for each in difference(before, once):
        gate.require(
            each.kind == "row" and each.name.endswith("ai_provider_configs"),
            f"{each.kind} {each.name}",
            f"found {each.after or 'nothing'} after the rollback, needed {each.before or 'nothing'}",
            "change rows of ai_provider_configs only",
        )
    gate.require(rows == again, "second run", f"found {again}, needed {rows}", "make the rollback repeatable")


@pytest.mark.gate(
    "overlay-brings-routing-back",
    title="applying the overlay after a rollback, or where another provider is the default, gives the rows "
    "that it gives on a fresh database",
    prevents="A rollback without a way back: routing that nobody verified, after the incident is over.",
    section="3, 0.2, 1.3, 2.3",
    checks="RB-1, ST-2",
)
def test_overlay_brings_routing_back(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal) -> None:
    topology = rehearsed.topology
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        fresh = connection.execute(ROUTING).fetchall()
        apply_file(connection, topology.rollback)
        apply_file(connection, topology.overlay)
        back = connection.execute(ROUTING).fetchall()
        for change in OTHERS_SERVE.split(";"):
            connection.execute(change.encode(), {"routes": list(topology.routes)})
        apply_file(connection, topology.overlay)
        from_others = connection.execute(ROUTING).fetchall()
    gate.show("routing", "Routing after the way back", COLUMNS, back)
    gate.show(
        "from-others", "Routing after the overlay, where another provider was default", COLUMNS, from_others
    )
    # The overlay speaks for its own environments; another one's rows come back with its own overlay.
    for before, rows in (("the rollback", back), ("another default", from_others)):
        there = {row[:2]: row for row in rows}
        for row in fresh:
            if row[1] in topology.routes:
                gate.require(
                    there.get(row[:2]) == row,
                    f"{row[0]} {row[1]}",
                    f"found {there.get(row[:2], 'no such row')} after {before}, needed {row}",
                    "let the overlay set every column that the rollback changes",
                )
