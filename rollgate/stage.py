"""How far a rollout has come: which gates a run asks, and what a GO of it allows. Pure."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """What a run is about."""

    PREFLIGHT = "preflight"  # before anything is applied: GO means that it may be
    VERIFY = "verify"  # right after the files: GO means that they are there and do what they should
    RELEASE = "release"  # everything: soak and promotion too


#: Subjects whose gates make sense before anything is applied.
_BEFORE = frozenset({"target", "preflight", "promotion"})
#: Subjects that look at what comes after the files, so that they hold right after them.
AFTERWARDS = frozenset({"soak"})
#: Subjects that aren't about the target's own state.
_ELSEWHERE = frozenset({"promotion"})


def asks(stage: Stage, subject: str, *, early: bool = False) -> bool:
    """Tell whether a run at `stage` asks a gate of `subject`; `early`: its phase is preflight."""
    if stage is Stage.PREFLIGHT:
        return early or subject in _BEFORE
    return stage is Stage.RELEASE or subject not in AFTERWARDS


def is_verification(subject: str) -> bool:
    """Tell whether a gate of `subject` says that the files are there and do what they should."""
    return subject not in AFTERWARDS | _ELSEWHERE


#: What a GO allows, in words.
MEANINGS = {
    Stage.PREFLIGHT: "the release may be applied, and is not verified yet",
    Stage.VERIFY: "the release is applied as it should be, and its soak is not judged",
    Stage.RELEASE: "",
}
