"""A folder of reports that prod's run finds: runs of staging, and what somebody did to them since.

Keys of a file, beside those of every sabotage:

    hours     how long after noon, when the last good run ended, prod asks (default 1)
    runs      the runs of staging, the oldest first; default: one whole good run at noon.
              hours (after noon), outcomes (by gate), told (an object that a gate warned of, by gate), without
              (gates), stage, unselected, broken, name
    edits     afterwards: in `file` of the reports folder `old` becomes `new`; or it is `gone`, a `line` is
              taken out, `cut` bytes are cut off its end, or a `copy` of all of it is put behind it
    changes   of the release that prod promotes: in `file` `old` becomes `new`
    before    `same`: it was the very database of prod that was verified
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from rollgate.evidence.chain import read_chain
from rollgate.evidence.record import GateRecord, Violation
from rollgate.run import Run
from rollgate.stage import Stage
from rollgate.target.target import Target
from rollgate.verdict import Outcome, Severity
from tests.selfcheck.evidence.runs import GATES, NOON, Reports
from tests.selfcheck.sabotage.bent import edited
from tests.selfcheck.sabotage.corpus import Sabotage
from tests.selfcheck.sabotage.environment import PROD
from tests.selfcheck.sabotage.firing import Found, found_in
from tests.selfcheck.sabotage.universe import ask

AREA = "ledger"
PROMOTION = (
    "ledger-is-intact",
    "environment-before-was-verified",
    "rollback-was-rehearsed-before",
    "soak-passed-before",
    "release-log-can-be-written",
)
HOUR = datetime.timedelta(hours=1)


def fired_by(sabotage: Sabotage, run: Run, folder: Path) -> Found:
    """Return what the gates of the promotion find in the folder after the sabotage."""
    reports = Reports(folder / "reports")
    for each in sabotage.facts.get("runs", [{}]):
        _keep(reports, each)
    for edit in sabotage.facts.get("edits", []):
        _edit(reports.folder / edit["file"], edit)
    changes = sabotage.facts.get("changes")
    release = edited(folder / "release", changes) if changes else run.release
    target = Target(release.topologies["prod"], live=True)
    now = NOON + sabotage.facts.get("hours", 1) * HOUR
    identity = replace(PROD, now=now.timestamp())
    if sabotage.facts.get("before") == "same":
        identity = replace(identity, system_identifier="71", started_at="", database="postgres")
    fixtures = {
        "promoted": target,
        "run": replace(run, release=release, identities={"prod": identity}),
        "chain": read_chain(reports.folder),
    }
    return found_in(ask(id, **fixtures) for id in PROMOTION)


def _keep(reports: Reports, facts: Mapping[str, Any]) -> None:
    outcomes = {name: Outcome(outcome) for name, outcome in facts.get("outcomes", {}).items()}
    gates: list[GateRecord] = [
        msgspec.structs.replace(
            gate,
            outcome=outcomes.get(gate.id, gate.outcome),
            target=facts.get("name", "staging"),
            violations=(*gate.violations, *_warnings(facts.get("told", {}).get(gate.id))),
        )
        for gate in GATES
        if gate.id not in facts.get("without", ())
    ]
    more = {name: facts[name] for name in ("unselected", "broken", "lost", "name") if name in facts}
    reports.add(
        gates, at=NOON + facts.get("hours", 0) * HOUR, stage=Stage(facts.get("stage", "release")), **more
    )


def _warnings(object: str | None) -> Iterator[Violation]:
    if object is not None:
        yield Violation(object=object, detail="found it", remedy="", severity=Severity.WARNING)


def _edit(path: Path, edit: Mapping[str, Any]) -> None:
    content = path.read_bytes()
    if "cut" in edit:
        content = content[: -edit["cut"]]
    elif "line" in edit:
        lines = content.splitlines(keepends=True)
        content = b"".join(lines[: edit["line"] - 1] + lines[edit["line"] :])
    elif "copy" in edit:
        content *= 2
    elif "gone" in edit:
        path.unlink()
        return
    else:
        assert edit["old"].encode() in content, f"{path.name} has no {edit['old']!r}"
        content = content.replace(edit["old"].encode(), edit["new"].encode())
    path.write_bytes(content)
