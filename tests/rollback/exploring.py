"""Trying a step from many states, always the same ones: how many, and what was found."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field

import psycopg
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import NoSuchExample

from .judging import Trial
from .states import State, states

VARIABLE = "ROLLGATE_EXAMPLES"


def examples(quick: int, full: int) -> int:
    """Return how many states to try: `full` in CI, and what the variable says where it is set."""
    return int(os.environ.get(VARIABLE) or (full if os.environ.get("CI") else quick))


def explored(count: int) -> settings:
    """Return Hypothesis' settings for `count` examples, the same in every run and on every machine."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@dataclass
class Findings:
    """What came of trying one step: how many states, which kinds of them, and the first thing broken."""

    tried: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    broken: dict[str, str] = field(default_factory=dict)


def explore(trial: Trial, connection: psycopg.Connection, mark: str, count: int) -> Findings:
    """Try `trial` from `count` states. What is broken is told with the smallest state that shows it."""
    findings = Findings()

    @explored(count)
    @given(states(mark))
    def holds(state: State) -> None:
        if not findings.broken:
            findings.tried += 1
            findings.kinds.update(_kinds(state))
        broken = trial.breaks(connection, state)
        if broken:
            findings.broken = {name: f"{text}; from {state}" for name, text in broken.items()}
        assert not broken

    try:
        holds()
    except AssertionError:
        if not findings.broken:
            raise
    return findings


def smallest(
    trial: Trial,
    connection: psycopg.Connection,
    mark: str,
    invariant: str,
    count: int,
    *,
    shrink: bool = False,
) -> tuple[int, State | None]:
    """Return the first state, of `count`, from which `trial` breaks `invariant`, and how many were tried.

    With `shrink` it is the smallest that Hypothesis can make of it.
    """
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    tried = 0

    def shows(state: State) -> bool:
        nonlocal tried
        tried += 1
        return invariant in trial.breaks(connection, state)

    try:
        state = find(states(mark), shows, settings=settings(explored(count), phases=phases))
    except NoSuchExample:
        return tried, None
    return tried, state


def _kinds(state: State) -> set[str]:
    """Name the kinds of a state that a rollback has met its end in."""
    kinds = set()
    for environment in ("prod", "staging"):
        rows = {row.provider: row for row in state.rows if row.environment == environment}
        if "custom" in rows and rows["custom"].is_default:
            kinds.add("custom is default")
            order = [row.provider for row in state.rows if row.environment == environment]
            if order[0] == "openai":
                kinds.add("custom is default, after openai")
        if "custom" in rows and "openai" not in rows:
            kinds.add("openai is missing")
        if rows and not any(row.enabled and row.weight for row in rows.values()):
            kinds.add("nobody serves")
    if any(row.environment == "dev" for row in state.rows):
        kinds.add("dev has rows")
    if any(row.padded for row in state.rows):
        kinds.add("wide rows")
    if state.moves:
        kinds.add("rows were moved")
    return kinds
