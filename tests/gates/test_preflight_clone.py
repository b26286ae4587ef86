"""What the rollout would do to a live target: applied to a clone of it, judged there, and rolled back."""

from __future__ import annotations

import pytest

from rollgate.open_gate import OpenGate
from rollgate.rehearsal.apply import ApplyError
from rollgate.rehearsal.locks import Held
from rollgate.rehearsal.preview import NoPreview, Preview, Previews, stalls
from rollgate.rehearsal.seen import Seen
from rollgate.release import Release
from rollgate.target.belonging import ROUTING
from rollgate.target.target import Target

BIG = 32 * 1024 * 1024  # bytes of a table: reading them takes some 50 ms, which writers don't notice


def preview_of(gate: OpenGate, live: Target, previews: Previews) -> Preview | None:
    """Return the preview; without one the gate is held."""
    try:
        return previews.of(live)
    except NoPreview as problem:
        gate.hold("the clone", str(problem), problem.remedy)
        return None


@pytest.mark.gate(
    "release-applies-to-a-clone-of-the-target",
    title="the base migration and the overlay run without errors on a clone of the target",
    prevents="A rollout that was rehearsed on clean databases, and meets a target that has its own past.",
    section="1.1, 1.2, 1.3, 2.1, 2.2, 2.3",
    checks="RG-1, SD-1, ST-1, ST-2",
    subject="preflight",
)
def test_release_applies_to_a_clone(
    gate: OpenGate, live: Target, previews: Previews, release: Release
) -> None:
    preview = preview_of(gate, live, previews)
    if preview is None:
        return
    gate.show(
        "files-on-the-clone",
        f"The rollout on the clone (PostgreSQL {preview.server})",
        ("file", "seconds", "changes"),
        [
            (
                release.shown(each.applied.path),
                f"{each.applied.seconds:.3f}",
                len(each.changes),
            )
            for each in preview.steps
        ],
    )
    gate.show(
        "changes",
        "What each file would change",
        ("file", "kind", "name", "before", "after"),
        [
            (step.applied.path.name, each.kind, each.name, each.before or None, each.after or None)
            for step in preview.steps
            for each in step.changes
        ],
    )
    gate.show(
        "clone",
        "Where the clone is not as the target",
        ("kind", "name", "on the clone"),
        [
            ("rows", ROUTING, f"{len(preview.seen.routing or ())}, as on the target"),
            ("rows", "every other table", "none"),
            *((each.kind, each.name, each.what) for each in preview.differences),
        ],
    )
    if preview.refused is not None:
        gate.require(
            False,
            release.shown(preview.refused.path),
            f"found {_in_full(preview.refused)}, needed a file that runs on this target as it is",
            "mend what it names on the target, or handle it in the file; the target was not changed",
        )


@pytest.mark.gate(
    "rollout-keeps-no-writer-waiting",
    title="no step of the rollout locks writers out of a big table while it reads or rewrites all of it",
    prevents="A migration that is done in a moment on staging, and keeps production waiting for minutes.",
    section="1.2, 2.2",
    checks="RG-1",
    severity="warning",
    subject="preflight",
)
def test_rollout_keeps_no_writer_waiting(
    gate: OpenGate, live: Target, previews: Previews, release: Release
) -> None:
    preview = preview_of(gate, live, previews)
    if preview is None:
        return
    seen = preview.seen
    gate.show(
        "locks",
        "Locks of the rollout on tables that are there, with the target's own rows and sizes",
        ("where", "table", "lock", "keeps waiting", "meanwhile", "held on the clone", "rows", "size"),
        [_lock_row(each, seen) for each in preview.held if each.stops or each.reads_all],
    )
    for each in stalls(preview.held, seen, BIG):
        table = seen.tables[each.table]
        gate.require(
            False,
            f"{each.path.name}:{each.line} {each.table}",
            f"found {each.lock} while all of its {_megabytes(table.bytes)} are "
            f"{'rewritten' if each.rewrites else 'read'} ({table.rows:,} rows): {each.stops} wait; "
            "needed a lock that lets writers go on",
            "build indexes concurrently, add checks not valid and validate them apart, or plan a window",
        )
    if preview.refused is not None:
        gate.hold(
            release.shown(preview.refused.path),
            "not all of the rollout was seen: the file is refused on the clone",
            "see release-applies-to-a-clone-of-the-target",
        )


@pytest.mark.gate(
    "gates-pass-on-the-clone",
    title="after the rollout, the clone of the target passes every gate",
    prevents="A rollout that runs without an error, and leaves this target in a state that the gates refuse.",
    section="1.4, 2.4",
    checks="RG-1, RG-2, RG-3",
    subject="preflight",
)
def test_gates_pass_on_the_clone(gate: OpenGate, live: Target, previews: Previews) -> None:
    preview = preview_of(gate, live, previews)
    if preview is None:
        return
    if preview.refused is not None:
        gate.hold(
            "the clone", "the release does not apply to it", "see release-applies-to-a-clone-of-the-target"
        )
        return
    gate.show(
        "gates",
        "Gates on the clone",
        ("gate", "outcome", "severity"),
        [(each.id, each.outcome, each.severity) for each in preview.gates],
    )
    gate.adopt(preview.gates)


@pytest.mark.gate(
    "rollback-works-on-the-clone",
    title="the P0 rollback works on the clone of the target, and changes routing rows only",
    prevents="A rollback that was rehearsed with the rows of a fresh database, and meets this target's.",
    section="3",
    checks="RB-1, RB-2, RG-4",
    subject="preflight",
)
def test_rollback_works_on_the_clone(
    gate: OpenGate, live: Target, previews: Previews, release: Release
) -> None:
    preview = preview_of(gate, live, previews)
    if preview is None:
        return
    if preview.refused is not None:
        gate.hold(
            "the clone", "the release does not apply to it", "see release-applies-to-a-clone-of-the-target"
        )
    elif preview.rollback_refused is not None:
        gate.require(
            False,
            release.shown(live.topology.rollback),
            f"found {_in_full(preview.rollback_refused)}, needed a file that runs on this target's rows",
            "mend it before the rollout: without it there is no way back",
        )
    elif preview.rolled_back is not None:
        applied = preview.rolled_back
        gate.show(
            "rolled-back",
            f"What the rollback shows, after {applied.seconds:.3f} s",
            applied.columns,
            applied.rows,
        )
        for each in preview.rollback_changes:
            gate.require(
                each.kind == "row" and each.name == ROUTING,
                f"{each.kind} {each.name}",
                f"found {each.after or 'nothing'} after the rollback, needed {each.before or 'nothing'}",
                f"change rows of {ROUTING} only",
            )
        gate.adopt(preview.rollback_gates)


def _lock_row(held: Held, seen: Seen) -> tuple[object, ...]:
    table = seen.tables.get(held.table)
    return (
        f"{held.path.name}:{held.line}",
        held.table,
        held.lock,
        held.stops or "nobody",
        "rewrites it" if held.rewrites else "reads all of it" if held.reads_all else None,
        f"{held.seconds * 1000:.0f} ms",
        f"{table.rows:,}" if table else "none",
        _megabytes(table.total_bytes) if table else "new",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:,.0f} MB" if size >= 1024 * 1024 else f"{size / 1024:,.0f} kB"


def _in_full(error: ApplyError) -> str:
    """Return the message with the detail that PostgreSQL gives: it may hold what has to be pasted."""
    detail = error.error.diag.message_detail
    return f"{error} (detail: {detail})" if detail else str(error)
