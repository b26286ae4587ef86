"""The ephemeral server killed, or full, at every moment of a run: no gate passes that was not judged."""

from __future__ import annotations

import pytest

from tests.selfcheck.faults.conftest import everyday

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("moment", "outcomes", "verdict", "code"),
    everyday(
        ("starting", {"another-row": "ERROR"}, "NO-GO", 4),
        ("after-rehearsal", {"another-row": "ERROR", "one-row": "ERROR"}, "NO-GO", 1),
        ("stopping", {"another-row": "PASS", "one-row": "PASS"}, "GO", 0),
        ci=[("after-cluster", {"another-row": "ERROR", "one-row": "ERROR"}, "NO-GO", 1)],
    ),
)
def test_a_killed_server_is_never_taken_for_an_answer(project, moment, outcomes, verdict, code):
    result = project.struck(f"{moment} kill-the-server")
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert {gate["id"]: gate["outcome"] for gate in project.record()["gates"]} == outcomes
    assert (project.record()["verdict"], result.ret) == (verdict, code)
    assert project.ledger == [verdict]
    assert not project.leftovers()


def test_a_server_without_a_connection_left_makes_errors(project):
    result = project.struck("after-rehearsal fill-the-server")
    assert result.ret == 1
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    record = project.record()
    assert {gate["id"]: gate["outcome"] for gate in record["gates"]} == {
        "another-row": "ERROR",
        "one-row": "ERROR",
    }
    assert all("connection" in gate["error"] or "clients" in gate["error"] for gate in record["gates"])
    assert project.ledger == ["NO-GO"]
    assert not project.leftovers()
