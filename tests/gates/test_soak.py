"""The staging soak: a day of real traffic after the rollout, in rows, checks, the log and guardrails."""

from __future__ import annotations

import pytest

from rollgate.open_gate import OpenGate
from rollgate.plugin.soaking import Soaks
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.run import Run
from rollgate.soak.query import Unanswered
from rollgate.soak.said import Said
from rollgate.target.target import Target
from rollgate.verdict import Outcome

from .soaking import QUIET_DAY, TROUBLES, Trial


def tell(gate: OpenGate, said: Said) -> None:
    """Hand over to the gate what was found."""
    for each in said.shown:
        gate.show(each.name, each.title, each.columns, each.rows, query=each.query)
    gate.measure(*said.metrics)
    for found in said.violations:
        if found.outcome is Outcome.HOLD:
            gate.hold(found.object, found.detail, found.remedy, severity=found.severity)
        else:
            gate.require(False, found.object, found.detail, found.remedy, severity=found.severity)


@pytest.mark.gate(
    "soak-has-lasted",
    title="the soak has lasted as long as it has to, since the first run that verified this release here",
    prevents="A promotion after ten minutes, or of other files than those that ran for a day.",
    section="1.5",
    checks="SK-1",
    subject="soak",
)
def test_soak_has_lasted(gate: OpenGate, soaked: Target, soaks: Soaks) -> None:
    soak = soaks.of(soaked)
    tell(gate, soak.hours)
    if soak.timeline is not None:
        gate.draw(soak.timeline)


@pytest.mark.gate(
    "new-records-are-complete",
    title="every generation record since then carries its provider, route and template, and there are enough",
    prevents="A runtime that writes none of the new columns, unseen because two of them have defaults; and a "
    "soak in which nothing happened.",
    section="1.5",
    checks="SK-3",
    subject="soak",
)
def test_new_records_are_complete(gate: OpenGate, soaked: Target, soaks: Soaks) -> None:
    tell(gate, soaks.of(soaked).records)


@pytest.mark.gate(
    "no-constraint-violations",
    title="the release's checks are validated, every new row keeps them, and no write was refused for one",
    prevents="A runtime whose writes a new check refuses: the request was served, and its record is lost.",
    section="1.5",
    checks="SK-4",
    subject="soak",
)
def test_no_constraint_violations(gate: OpenGate, soaked: Target, soaks: Soaks) -> None:
    tell(gate, soaks.of(soaked).violations)


@pytest.mark.gate(
    "no-errors-in-write-paths",
    title="the server's log covers the soak, and has no error of a statement that writes the table",
    prevents="Writes that fail now and then, which no row and no dashboard shows.",
    section="1.5",
    checks="SK-2",
    subject="soak",
)
def test_no_errors_in_write_paths(gate: OpenGate, soaked: Target, soaks: Soaks) -> None:
    tell(gate, soaks.of(soaked).errors)


@pytest.mark.gate(
    "guardrails-hold",
    title="no guardrail breaches in two rolling windows in a row",
    prevents="A promotion while the metrics say: roll back.",
    section="1.5, 3",
    subject="soak",
)
def test_guardrails_hold(gate: OpenGate, soaked: Target, soaks: Soaks) -> None:
    tell(gate, soaks.of(soaked).guardrails)


@pytest.mark.gate(
    "soak-finds-known-trouble",
    title="the soak's gates find each trouble put into a day of rows and a log, and nothing in a quiet day",
    prevents="A soak that would pass anything, because a question, a window or a log is read wrong.",
    section="1.5",
    checks="SK-2, SK-3, SK-4",
    subject="soak",
)
def test_soak_finds_known_trouble(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal, run: Run) -> None:
    """The first topology has every trouble, in CI each; the questions are the same in all of them."""
    every = run.thorough or rehearsed.name == next(iter(run.release.topologies))
    rows = []
    with Trial.begun(rehearsal, rehearsed.topology) as trial:
        for trouble in TROUBLES if every else QUIET_DAY:
            try:
                found = trial.found(trouble)
            except Unanswered as problem:
                found = {"the target": str(problem)}
            rows.append((trouble.name, trouble.gate, _told(trouble.expected), _told(found)))
            gate.require(
                found == trouble.expected,
                trouble.name,
                f"found {_told(found)}, needed {_told(trouble.expected)}",
                "mend the soak: its verdicts can't be believed",
            )
    gate.show(
        "troubles", "Known troubles, and what is said of them", ("trouble", "gate", "needed", "found"), rows
    )


def _told(outcomes: dict[str, str]) -> str:
    return ", ".join(f"{object}: {outcome}" for object, outcome in sorted(outcomes.items())) or "nothing"
