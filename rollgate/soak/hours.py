"""Whether the soak has lasted long enough, and since when."""

from __future__ import annotations

from rollgate.evidence.candidates import OVERRIDE
from rollgate.soak.facts import Facts
from rollgate.soak.said import Said
from rollgate.soak.section import SoakSection
from rollgate.soak.start import CLOCKS_APART, Start, shown
from rollgate.soak.window import Window

BEGIN = "verify the release on this target: the soak begins with the first run that is GO but for the soak"


def judge_hours(start: Start, window: Window | None, soak: SoakSection, facts: Facts) -> Said:
    """Say when the soak began, by whose word, and when it will be over."""
    said = Said()
    said.show(
        "history",
        "What began the soak, and what ended it",
        ("when", "what"),
        [(shown(at), what) for at, what in start.history],
    )
    said.show(
        "clocks",
        "The server's clock, which counts, and this machine's",
        ("server", "here", "seconds apart"),
        [
            (
                shown(facts.clocks.server),
                shown(facts.clocks.here),
                f"{facts.clocks.apart.total_seconds():.1f}",
            )
        ],
        facts.queries.get("clock", ""),
    )
    if facts.settled_query:
        said.show(
            "settings",
            f"When the rows of {soak.settings} were last written",
            ("environment", "provider", "seconds since 1970", "release", "overlay of"),
            facts.settled,
            facts.settled_query,
        )
    if facts.settled_error:
        said.hold(
            soak.settings,
            f"it can't be told whether its rows were written again: {facts.settled_error}",
            "grant select on it to the role of the DSN",
        )
    if start.override:
        said.warn(
            OVERRIDE,
            f"found an override: the soak is said to have begun on {shown(start.history[0][0])}",
            "who says so answers for it; leave it out, and the ledger tells",
        )
    elif abs(facts.clocks.apart) > CLOCKS_APART:
        said.warn(
            "clocks",
            f"found the server's clock {facts.clocks.apart.total_seconds():.0f} s ahead of this machine's; "
            "the reading by which the soak is shorter is the one that counts",
            "set the clock that is wrong",
        )
    if start.at is None:
        said.hold("start", start.why, BEGIN)
    elif window is None:
        said.hold(
            "start",
            f"found that it begins on {shown(start.at)}, and the server has {shown(facts.now)}",
            "set the clock that is wrong, or correct --soak-since",
        )
    elif not window.is_over:
        said.hold(
            "hours",
            f"found {_told(window)} since {shown(start.at)} ({start.why}), needed "
            f"{window.needed.total_seconds() / 3600:.0f} h",
            f"it is over on {shown(window.over_at)}: run again then",
        )
    else:
        said.show(
            "soak",
            "The soak",
            ("began", "why", "lasted"),
            [(shown(start.at), start.why, _told(window))],
        )
    return said


def not_begun(start: Start) -> Said:
    """Say of any other question that there is no soak to look at."""
    said = Said()
    said.hold("start", start.why if start.at is None else "the soak begins in the future", BEGIN)
    return said


def _told(window: Window) -> str:
    return f"{window.lasted.total_seconds() / 3600:.1f} h"
