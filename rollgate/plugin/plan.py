"""What pytest's stashes hold of a run, and what a test is planned to record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from rollgate import suite
from rollgate.errors import UsageError
from rollgate.evidence.compose import Planned
from rollgate.evidence.record import GateRecord, TargetRecord
from rollgate.gates import Phase
from rollgate.open_gate import OpenGate
from rollgate.run import Run
from rollgate.stage import asks
from rollgate.target.live import LiveSessions
from rollgate.target.redaction import Redaction
from rollgate.target.target import EPHEMERAL, Target
from rollgate.verdict import Outcome, Severity

#: On the config: the run, the ephemeral server in words, and the targets that were reached.
RUN = pytest.StashKey[Run]()
SERVER = pytest.StashKey[str]()
TARGETS = pytest.StashKey[dict[str, TargetRecord]]()
#: The sessions on the live targets, and the secrets that no text may hold.
LIVE = pytest.StashKey[LiveSessions]()
REDACTION = pytest.StashKey[Redaction]()
#: What signs the evidence, if a key was named.
SIGNER = pytest.StashKey[Any]()
#: On an item: what it is planned to record, and what it has recorded so far.
PLAN = pytest.StashKey[GateRecord]()
RECORD = pytest.StashKey[GateRecord | OpenGate]()

#: The fixtures that a target comes with.
_SPREAD = {
    "gate_result",
    "rollback_result",
    "target",
    "rehearsed",
    "live",
    "in_place",
    "drilled",
    "promoted",
    "soaked",
}
_SUBJECTS = {"gates": "rollout"}


def plan_item(item: pytest.Item, run: Run) -> bool:
    """Note what the item is planned to record, if it is a gate; return whether it has a target at all."""
    params = getattr(item, "callspec", None)
    values = dict(params.params) if params else {}
    spread = _SPREAD & values.keys()
    if any(values[name] is None for name in spread):
        return False
    if not all(_starts_from(run, values[name], values) for name in spread):
        return False
    marker = item.get_closest_marker("gate")
    early = False
    for name in spread:
        value = values[name]
        if isinstance(value, tuple):
            target, gate = value
            item.stash[PLAN] = run.plan_of(target, gate)
            early = gate.phase is Phase.PREFLIGHT
        elif marker is not None:
            item.stash[PLAN] = _plan_marked(item, marker, value, values)
    if PLAN in item.stash and not asks(run.stage, item.stash[PLAN].subject, early=early):
        return False
    if marker is not None and PLAN not in item.stash:
        raise _wrong(item, "no target", "a fixture `target`, `rehearsed` or `live` in the test's arguments")
    return True


def foreseen(item: pytest.Item, run: Run) -> Iterator[tuple[Target, list[str]]]:
    """Yield the live targets that the item's `asks` markers say it will ask, and what."""
    params = getattr(item, "callspec", None)
    targets = [each for each in (params.params.values() if params else ()) if isinstance(each, Target)]
    queries = [query for marker in item.iter_markers("asks") for query in marker.args]
    for target in targets:
        if target.live:
            yield target, [query if isinstance(query, str) else str(query(run)) for query in queries]


def mark_subjects(items: Iterable[pytest.Item]) -> list[Planned]:
    """Let `-m SUBJECT` choose the gates of a subject; return what the items are planned to record."""
    gates = [(item, item.stash[PLAN]) for item in items if PLAN in item.stash]
    for subject in sorted({plan.subject for _, plan in gates}):
        gates[0][0].config.addinivalue_line("markers", f"{subject}: the gates of this subject")
    for item, plan in gates:
        item.add_marker(plan.subject)
    return [Planned(plan.target, plan.id) for _, plan in gates]


def _starts_from(run: Run, target: object, values: dict[str, object]) -> bool:
    """Tell whether a target is rehearsed from the item's starting state, if it has one."""
    if "baseline" not in values or not isinstance(target, Target):
        return True
    states = run.release.starting_states(target.topology.name, thorough=run.thorough)
    return values["baseline"] in states


def check_waivers(run: Run) -> None:
    """Refuse a waiver of a gate that nobody asks. A live run asks fewer: there it may be right."""
    asked = {key.gate for key in run.planned}
    for number, waiver in enumerate(run.release.waivers):
        if waiver.gate not in asked and run.environment == EPHEMERAL:
            raise pytest.UsageError(
                str(
                    UsageError(
                        f"{run.release.manifest}: waivers[{number}].gate",
                        found=f"{waiver.gate}, which is no gate of this release",
                        needed="the id of a gate",
                        fix="correct the id, or remove the waiver",
                    )
                )
            )


def _plan_marked(
    item: pytest.Item, marker: pytest.Mark, target: Target, values: dict[str, object]
) -> GateRecord:
    """Return the plan of a test that is a gate by its marker."""
    facts = dict(marker.kwargs)
    known = {"title", "prevents", "section", "checks", "severity", "subject"}
    if len(marker.args) != 1 or facts.keys() - known or not {"title", "prevents"} <= facts.keys():
        raise _wrong(
            item, f"gate{marker.args}, {sorted(facts)}", "gate(id, title=, prevents=, section=, checks=, ...)"
        )
    words = {name: str(value) for name, value in values.items() if isinstance(value, str)}
    severities = [each.value for each in Severity]
    if facts.get("severity", "error") not in severities:
        raise _wrong(item, f"severity {facts['severity']!r}", f"one of {', '.join(severities)}")
    folder = item.path.parent.name
    return GateRecord(
        id=re.sub(r"[^a-z0-9-]", "-", _filled(item, marker.args[0], words)),
        target=target.name,
        subject=str(facts.get("subject") or _SUBJECTS.get(folder, folder)),
        title=_filled(item, facts["title"], words),
        prevents=str(facts["prevents"]),
        sections=_words(facts.get("section", "")),
        checks=_words(facts.get("checks", "")),
        severity=Severity(facts.get("severity", "error")),
        outcome=Outcome.ERROR,
        error="it was not asked",
        source=suite.shown(item.path.resolve()) or item.nodeid.split("::")[0],
    )


def _filled(item: pytest.Item, text: object, words: dict[str, str]) -> str:
    """Return a marker's text with the test's parameters in place of their names."""
    try:
        return str(text).format(**words)
    except (LookupError, ValueError):
        names = ", ".join(f"{{{name}}}" for name in words) or "no name: this test has none"
        raise _wrong(
            item, f"{text!r}", f"of the test's parameters that are texts, in braces: {names}"
        ) from None


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _wrong(item: pytest.Item, found: str, needed: str) -> UsageError:
    return UsageError(item.nodeid, found=found, needed=needed, fix="correct the test's `gate` marker")
