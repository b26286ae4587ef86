"""What is on a live target beside what the release leaves there, and what Supabase's history says of it."""

from __future__ import annotations

import pytest

from rollgate.catalog.drift import Weight, find_drift, is_applied, moved_columns
from rollgate.catalog.remedy import remedy_of
from rollgate.open_gate import OpenGate
from rollgate.rehearsal.apply import ApplyError
from rollgate.rehearsal.history import compare
from rollgate.rehearsal.preview import NoPreview, Previews
from rollgate.rehearsal.reference import choose_reference, in_words_of
from rollgate.rehearsal.seen import HISTORY
from rollgate.release import Release
from rollgate.target.target import Target
from rollgate.verdict import Severity


@pytest.mark.gate(
    "target-matches-the-reference",
    title="the release's objects are on the target as the release leaves them: columns, types, defaults, "
    "constraints, indexes, view, grants, policies, owners",
    prevents="A hand-made change on the target that no file knows of, and that the next rollout or rollback "
    "trips over.",
    section="1.4, 2.4",
    checks="RG-1, RG-3, ST-5, ST-6",
    subject="drift",
)
def test_target_matches_the_reference(gate: OpenGate, live: Target, previews: Previews) -> None:
    try:
        seen = previews.seen(live)
        chosen = choose_reference(previews.rehearsal(), live.topology, seen.objects)
    except NoPreview as problem:
        gate.hold("the reference", str(problem), problem.remedy)
        return
    except ApplyError as error:
        gate.hold("the reference", f"the release does not apply: {error}", "correct the release's files")
        return
    found = in_words_of(chosen, live.topology, seen.objects)
    drifts = sorted(find_drift(chosen.reference, found), key=lambda each: each.object)
    gate.show(
        "reference",
        "What the target was compared with",
        ("starting state", "reference server", "target server", "objects of the release", "differences"),
        [
            (
                chosen.baseline,
                chosen.version,
                f"{seen.major}.{seen.version % 10000}",
                len(chosen.reference.changed),
                len(drifts),
            )
        ],
    )
    gate.show(
        "harmless",
        "Differences that change nothing",
        ("what", "found", "needed"),
        [
            *(
                (each.object, each.found, each.needed or None)
                for each in drifts
                if each.weight is Weight.HARMLESS
            ),
            *(
                (f"order of columns in {each[0]}", *each[1:])
                for each in moved_columns(chosen.reference, seen.columns)
            ),
        ],
    )
    if not is_applied(chosen.reference, found):
        gate.hold(
            "the release",
            "found none of its objects, needed a target that it was applied to",
            "apply the release; what it would do here is shown by release-applies-to-a-clone-of-the-target",
        )
        return
    for each in drifts:
        if each.weight is not Weight.HARMLESS:
            gate.require(
                False,
                each.object,
                f"found {each.found or 'nothing'}, needed {each.needed or 'nothing of this name'}",
                remedy_of(each),
                severity=Severity.ERROR if each.weight is Weight.BROKEN else Severity.WARNING,
            )


@pytest.mark.gate(
    "migration-history-knows-the-release",
    title="where Supabase keeps a history of migrations, it says of the release what is the case",
    prevents="`supabase db push` applying a file again that was pasted, or leaving one out that never ran.",
    section="1.2, 1.3, 2.2, 2.3",
    checks="AS-3",
    severity="warning",
    subject="drift",
)
def test_migration_history(gate: OpenGate, live: Target, previews: Previews, release: Release) -> None:
    try:
        seen = previews.seen(live)
    except NoPreview as problem:
        gate.hold(HISTORY, str(problem), problem.remedy)
        return
    if not seen.history_readable:
        gate.hold(
            HISTORY,
            "found no right to read it",
            f"grant usage on schema supabase_migrations and select on {HISTORY} to the DSN's role",
        )
        return
    if seen.history is None:
        gate.show(
            "history", "The history of migrations", ("found",), [(f"no {HISTORY}: nothing is recorded",)]
        )
        return
    try:
        changes = [step.changes for step in previews.of(live).steps]
        known = len(changes) == len(live.topology.rollout)
    except NoPreview:
        known = False
    lines = list(compare(live.topology.rollout, seen.history, changes if known else None))
    gate.show(
        "history",
        "The release in the history of migrations",
        ("file", "version", "recorded", "on the target", "statements"),
        [
            (release.shown(each.path), each.version, each.recorded, each.there, each.statements or None)
            for each in lines
        ],
    )
    gate.show(
        "latest",
        "What was recorded last",
        ("version", "name"),
        [(each.version, each.name or None) for each in seen.history[-10:]],
    )
    for each in lines:
        gate.require(not each.problem, each.path.name, each.problem, each.remedy)
