"""What to paste on a live target, in which order, and what the runtime will notice of it."""

from __future__ import annotations

import pytest

from rollgate.open_gate import OpenGate
from rollgate.rehearsal.preview import NoPreview, Previews
from rollgate.rehearsal.way import EDITOR_GIVES_UP, LONGEST_STALL, Paste, Stall, way_through
from rollgate.release import Release
from rollgate.target.target import Target


@pytest.mark.gate(
    "rollout-fits-the-target",
    title="each file of the rollout ends within a minute on this target, and keeps nobody of the runtime "
    "waiting for more than 100 ms",
    prevents="A file that is pasted where its table is a thousand times as large: the editor gives up on it, "
    "or everything that writes to the table stands still meanwhile.",
    section="1.2, 1.3, 2.2, 2.3",
    checks="ST-1, ST-2",
    severity="warning",
    subject="preflight",
)
def test_rollout_fits_the_target(gate: OpenGate, live: Target, previews: Previews, release: Release) -> None:
    try:
        preview = previews.of(live)
    except NoPreview as problem:
        gate.hold("the clone", str(problem), problem.remedy)
        return
    tables = preview.seen.tables
    way = list(way_through(preview.steps, preview.held, tables))
    gate.show(
        "way",
        "What to paste, from the first to the last",
        ("file", "on this target", "paste", "takes about", "keeps somebody waiting, at most"),
        [
            (
                release.shown(each.path),
                f"{each.changes} changes" if each.changes else "nothing to do: may be left out",
                "alone" if each.alone else "whole",
                _about(each.seconds),
                _at_most(each.worst),
            )
            for each in way
        ],
    )
    gate.show(
        "tables",
        "The tables that it works on, as the target has them",
        ("table", "rows, about", "size", "rows written a second, at most"),
        [
            (name, f"{table.rows:,}", f"{table.bytes / 1024 / 1024:,.1f} MB", f"{table.writes_a_second:.2f}")
            for name, table in sorted(tables.items())
            if any(name == each.table for each in preview.held)
        ],
    )
    for each in way:
        shown = release.shown(each.path)
        gate.require(
            each.seconds <= EDITOR_GIVES_UP,
            shown,
            f"found that it takes about {_about(each.seconds)} here, needed less than the minute after which "
            "the SQL Editor gives up",
            f"psql \"$DSN\" -X -v ON_ERROR_STOP=1 -c 'set statement_timeout = 0' -f {each.path.name}",
        )
        for stall in each.stalls:
            gate.require(not stall.is_long, *_long(each, stall))
    if preview.refused is not None:
        gate.hold(
            release.shown(preview.refused.path),
            "not all of the rollout was seen: the file is refused on the clone",
            "see release-applies-to-a-clone-of-the-target",
        )


def _long(paste: Paste, stall: Stall) -> tuple[str, str, str]:
    held = stall.held
    return (
        f"{paste.path.name}:{held.line} {held.table}",
        f"found {held.lock}, asked for with lock_timeout {held.patience}: {held.stops} queue behind it, "
        f"{_at_most(stall)}; needed {LONGEST_STALL} ms at most",
        "ask for 50 ms, let go, and try again; read and rewrite nothing under such a lock",
    )


def _about(seconds: float) -> str:
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds, -1):.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _at_most(stall: Stall | None) -> str:
    if stall is None:
        return "nobody"
    if stall.milliseconds is None:
        return f"{stall.held.stops}, for as long as another holds {stall.held.table}"
    return f"{stall.held.stops} of {stall.held.table}, {stall.milliseconds:,.0f} ms"
