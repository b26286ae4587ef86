"""What docs/targets.md tells an operator to paste is enough to be judged, and not enough to write."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from rollgate.examination import Context, examine
from rollgate.gates import Phase, find_evidence, find_gates
from rollgate.target.identity import read_identity
from rollgate.target.session import read_only_session
from rollgate.verdict import Outcome

DOCUMENT = Path(__file__).parents[3] / "docs" / "targets.md"
SETUP = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[0]


def test_the_documented_role_reads_all_and_writes_nothing(rehearsal, release):
    databases, topology = rehearsal.databases, release.topologies["prod"]
    name = databases.clone(rehearsal.with_traffic(topology))
    gates = [gate for gate in find_gates(release.gate_folders) if gate.phase is not Phase.ROLLBACK]
    context = Context.of(topology)
    with databases.connect(name, autocommit=True) as admin:
        admin.execute(SETUP)
        try:
            dsn = f"{databases.cluster.dsn(name)} user=rollgate_reader"
            with read_only_session(dsn) as session:
                identity = read_identity(session)
                records = examine(
                    session, gates, context=context, evidence=find_evidence(release.evidence_folders)
                )
            with psycopg.connect(dsn) as writer, pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute("update public.ai_provider_configs set weight = weight")
        finally:
            admin.execute("drop owned by rollgate_reader")
            admin.execute("drop role rollgate_reader")
    databases.drop(name)
    assert identity.role == "rollgate_reader"
    assert identity.routes
    assert {record.id: record.outcome for record in records if record.outcome is not Outcome.PASS} == {}


def test_it_names_every_exit_code_and_option():
    text = DOCUMENT.read_text(encoding="utf-8")
    for word in (
        "0 GO",
        "1 NO-GO",
        "10 HOLD",
        "--target",
        "--env",
        "verify-full",
        "6543",
        ".env",
        "PGSERVICE",
    ):
        assert word in text
