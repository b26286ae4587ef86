"""Whether a release may go on to this environment: what the ledger shows of the one before."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pytest

from rollgate.evidence.candidates import OVERRIDE, Finding, Wanted, candidates, latest, overridden, where
from rollgate.evidence.chain import Chain, Problem
from rollgate.evidence.passage import missing, passages
from rollgate.evidence.promotion import (
    chain_findings,
    rehearsal_findings,
    soak_findings,
    verification_findings,
)
from rollgate.evidence.record import Section
from rollgate.open_gate import OpenGate
from rollgate.run import Run
from rollgate.target.recorded import itself_findings
from rollgate.target.target import Target
from rollgate.verdict import Outcome, Severity

MOST_RUNS = 20


def wanted_for(run: Run, promoted: Target) -> Wanted:
    """Return what is promoted, by the clock of the server that it is promoted to."""
    return Wanted(
        digest=run.release.digest,
        yardstick=run.release.yardstick,
        topology=promoted.topology.promoted_from,
        now=datetime.datetime.fromtimestamp(run.identities[promoted.name].now, datetime.UTC),
        max_age=datetime.timedelta(hours=run.release.promotion_hours),
    )


def tell(gate: OpenGate, findings: list[Finding]) -> None:
    """Keep what was found as violations."""
    for each in findings:
        if each.outcome is Outcome.HOLD:
            gate.hold(each.object, each.detail, each.remedy)
        else:
            gate.require(False, each.object, each.detail, each.remedy)


def show_runs(gate: OpenGate, chain: Chain, wanted: Wanted) -> None:
    """Keep the ledger's runs of the environment before."""
    gate.show(
        "runs",
        f"Runs of {wanted.topology} in the ledger, the latest last",
        ("entry", "ended", "stage", "digest", "verdict", "rollback", "soak", "operator"),
        [
            (
                each.run.entry.sequence,
                each.record.finished_at,
                each.record.stage,
                each.record.digest[:12],
                each.target.verdict,
                each.target.rollback.outcome if each.target.rollback else None,
                each.target.soak.outcome if each.target.soak else None,
                each.record.origin.operator,
            )
            for each in candidates(chain, wanted.topology)[-MOST_RUNS:]
        ],
    )


def show_section(gate: OpenGate, name: str, wanted: Wanted, sections: Mapping[str, Section | None]) -> None:
    """Show what the gates of a section said of each target before."""
    gate.show(
        name,
        f"The {name}'s gates on {wanted.topology}",
        ("target", "gate", "outcome"),
        [
            (target, id, outcome)
            for target, section in sections.items()
            if section is not None
            for id, outcome in section.gates.items()
        ],
    )


@pytest.mark.gate(
    "ledger-is-intact",
    title="the ledger and the records that it names are as they were written",
    prevents="A verdict that somebody has edited, and a failure that somebody has cut out.",
    section="2",
    checks="AS-3, PR-1",
    subject="promotion",
)
def test_ledger_is_intact(gate: OpenGate, promoted: Target, chain: Chain) -> None:
    notes: list[Problem] = [problem for problem in chain.problems if problem.harmless]
    gate.show(
        "ledger",
        "The ledger",
        ("entries", "head", "found wrong", "told beside it"),
        [
            (
                chain.length,
                chain.head.hash,
                len(chain.problems) - len(notes),
                "\n".join(map(str, notes)) or None,
            )
        ],
    )
    tell(gate, list(chain_findings(chain)))


@pytest.mark.gate(
    "environment-before-was-verified",
    title="the environment before was verified with these very files: GO, and not long ago",
    prevents="Files going to prod that staging never saw, or saw before somebody changed them.",
    section="2",
    checks="AS-2, AS-3, PR-1",
    subject="promotion",
)
def test_environment_before_was_verified(gate: OpenGate, promoted: Target, run: Run, chain: Chain) -> None:
    wanted = wanted_for(run, promoted)
    chosen = latest(chain, wanted)
    show_runs(gate, chain, wanted)
    tell(gate, list(verification_findings(chosen, chain, wanted)))
    tell(gate, list(itself_findings(chosen, run.identities[promoted.name])))


@pytest.mark.gate(
    "rollback-was-rehearsed-before",
    title="the P0 rollback was rehearsed on the environment before itself, and passed",
    prevents="The first run of the rollback being the one in the incident.",
    section="Release Gates, 2, 4",
    checks="RG-4, LG-4",
    subject="promotion",
)
def test_rollback_was_rehearsed_before(gate: OpenGate, promoted: Target, run: Run, chain: Chain) -> None:
    wanted = wanted_for(run, promoted)
    chosen = latest(chain, wanted)
    show_section(gate, "rollback", wanted, {each.target.name: each.target.rollback for each in chosen})
    tell(gate, list(rehearsal_findings(chosen, chain, wanted)))


@pytest.mark.gate(
    "soak-passed-before",
    title="the soak on the environment before has passed",
    prevents="A rollout to prod after a day that nobody looked at, or that wasn't over.",
    section="1.5, 2",
    checks="PR-1",
    subject="promotion",
)
def test_soak_passed_before(gate: OpenGate, promoted: Target, run: Run, chain: Chain) -> None:
    wanted = wanted_for(run, promoted)
    chosen = latest(chain, wanted)
    show_section(gate, "soak", wanted, {each.target.name: each.target.soak for each in chosen})
    tell(gate, list(soak_findings(chosen, chain, wanted)))
    for each in chosen:
        for said in overridden(each):
            gate.require(
                False,
                f"{each.target.name} {OVERRIDE}",
                f"{said} ({where(each)})",
                "who said so answers for it; leave it out on the environment before, and the ledger tells",
                severity=Severity.WARNING,
            )


@pytest.mark.gate(
    "release-log-can-be-written",
    title="the records of the environment before hold what the release log asks for",
    prevents="A rollout that nobody can say anything about a year later.",
    section="4",
    checks="LG-1, LG-2, LG-3, LG-4",
    severity="warning",
    subject="promotion",
)
def test_release_log_can_be_written(gate: OpenGate, promoted: Target, run: Run, chain: Chain) -> None:
    wanted = wanted_for(run, promoted)
    found = passages(chain, wanted.digest, {wanted.topology: run.release.before[wanted.topology]})
    gate.show(
        "passages",
        "What the release log will say of it",
        ("environment", "begun", "applied, at the latest", "ended", "operator", "outputs", "rollback"),
        [
            (
                each.topology,
                each.started_at,
                each.applied.record.started_at if each.applied else None,
                each.ended.record.finished_at if each.ended else None,
                each.last.record.origin.operator,
                len(each.outputs),
                ", ".join(f"{gate.id} {gate.outcome}" for gate in each.rollback) or None,
            )
            for each in found
        ],
    )
    for passage in found:
        for what in missing(passage):
            gate.hold(passage.topology, f"found that {what}, needed it for the log", f"run {wanted.command}")
    if not found:
        gate.hold(
            wanted.topology,
            "found no run of these files in the ledger, needed one to write a log from",
            f"run {wanted.command}",
        )
