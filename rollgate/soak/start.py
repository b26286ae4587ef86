"""When a soak began: at the first run that verified this release on this target and was not overtaken. Pure.

What overtakes one: a run that found it NO-GO, a run of another digest, files that were applied again, and
settings that were written later.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from rollgate.verdict import Verdict

Time = datetime.datetime
CLOCKS_APART = datetime.timedelta(seconds=60)  # further than this and it is said


@dataclass(frozen=True)
class Verification:
    """One run as the ledger tells it. `verified`: its verdict without soak and promotion gates was GO."""

    at: Time  # by the clock of the machine that ran it, with its zone
    digest: str
    target: str  # its fingerprint: system identifier and database
    verdict: Verdict
    verified: bool = False


@dataclass(frozen=True)
class Clocks:
    """The server's clock and this machine's at one moment."""

    server: Time
    here: Time

    @property
    def apart(self) -> datetime.timedelta:
        """How far the server's is ahead."""
        return self.server - self.here


@dataclass(frozen=True)
class Start:
    """When the soak began by the server's clock, UTC; `at` is None while it has not, and `why` says so."""

    at: Time | None
    why: str
    history: tuple[tuple[Time, str], ...] = field(default=())  # what began it and what ended it, in order
    override: bool = False


@dataclass(frozen=True)
class Applied:
    """Files that were run on a target by the suite: these again, or others."""

    at: Time
    digest: str
    target: str


def find_start(
    verifications: Iterable[Verification],
    *,
    applied: Iterable[Applied] = (),
    digest: str,
    target: str,
    clocks: Clocks,
    changed_at: Time | None = None,
    override: Time | None = None,
) -> Start:
    """Return when the soak of `digest` on `target` began.

    A ledger is written by other clocks than the server's. Where they are out of step now, the later of
    the two readings counts, so that no clock shortens a soak. `changed_at` is when the settings were last
    written: what stands is soaked from then on. `override` is the operator's word; it is taken as it is.
    """
    if override is not None:
        return Start(override, "--soak-since says so", ((override, "--soak-since"),), override=True)
    began: Time | None = None
    history: list[tuple[Time, str]] = []
    both: tuple[Applied | Verification, ...] = (*applied, *verifications)
    for each in sorted((each for each in both if each.target == target), key=lambda each: each.at):
        if isinstance(each, Applied):
            if began is not None:
                what = "these files" if each.digest == digest else f"other files ({each.digest[:12]})"
                history.append((each.at, f"{what} were applied"))
            began = None
            continue
        if each.digest != digest:
            if began is not None:
                history.append((each.at, f"another release was judged here: {each.digest[:12]}"))
            began = None
        elif each.verdict is Verdict.NO_GO:
            history.append((each.at, "a run was NO-GO"))
            began = None
        if began is None and each.digest == digest and each.verified:
            began = each.at
            history.append((each.at, "the release was verified"))
    if began is None:
        why = "the ledger has no run that verified this release on this target"
        if history:
            why += f", since on {shown(history[-1][0])} {history[-1][1]}"
        return Start(None, why, tuple(history))
    at = max(began, began + clocks.apart)
    why = "the first run that verified this release here and was not overtaken"
    if changed_at is not None and changed_at > at:
        at = changed_at
        history.append((changed_at, "the settings were written again"))
        why = "the settings were written after the release was verified: what stands is soaked since then"
    return Start(at, why, tuple(history))


def shown(at: Time) -> str:
    """Return a time as reports show it: UTC, to the second."""
    return f"{at.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
