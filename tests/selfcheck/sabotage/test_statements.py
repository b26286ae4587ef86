"""Each statement of a shipped file, left out in turn, turns the verdict; what doesn't is listed, and why."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from rollgate.errors import UsageError
from rollgate.evidence.record import GateRecord
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, Release, Topology
from rollgate.run import Run
from rollgate.target.target import Target
from rollgate.verdict import is_blocking
from tests.rollback import exploring
from tests.rollback.judging import Trial
from tests.selfcheck.rollback.trials import connected
from tests.selfcheck.sabotage.bent import ROLLOUT, unshrunk
from tests.selfcheck.sabotage.statements import Left, without_each
from tests.selfcheck.sabotage.universe import ask

pytestmark = pytest.mark.thorough

LISTED = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))
#: One in so many is tried, always the same ones; all of them in CI.
STEP = 1 if os.environ.get("CI") else 18
STATES = 150 if os.environ.get("CI") else 50  # from which a rollback is tried
FEW = 3  # of what is listed, one question in so many is asked, and one state: only its listing is at stake
#: Starting states that no statement was caught by alone; asked last.
LAST = ("bigint-id", "integer-id")
PARTS = 4  # of a file that has many, so that they spread over processes
MANY = 40
#: A file that was bent may wait for nothing, or for ever: two tries are enough.
HASTE = "set rollgate.lock_tries = 2;\n"

MIGRATIONS = (
    "migrations/20260215205000_phase2_provider_routing_and_eval.sql",
    "migrations/20260215205010_phase2_old_telemetry.sql",
    "migrations/20260215205011_phase2_index_provider_created.sql",
    "migrations/20260215205012_phase2_index_route_created.sql",
    "migrations/20260215205013_phase2_index_request_id.sql",
)
ROLLED_OUT = {
    **dict.fromkeys(MIGRATIONS, "staging"),
    "overlays/20260215205100_phase2_provider_config_staging.sql": "staging",
    "overlays/20260215205200_phase2_provider_config_prod.sql": "prod",
    "overlays/20260215205300_phase2_provider_config_single_db.sql": "single-db",
}
ROLLED_BACK = {
    f"rollback/{name}{end}.sql": (topology, step)
    for end, topology in (("", "prod"), ("_single_db", "single-db"))
    for name, step in (
        ("p0_rollback", "p0-rollback"),
        ("take_custom_out", "take-custom-out"),
        ("lower_custom_weight", "lower-custom-weight"),
    )
}


def mutants_of(file: str) -> list[Left]:
    return list(without_each((BUILTIN / file).read_text(encoding="utf-8")))


def reasons_of(file: str) -> dict[str, str]:
    return {
        name: each["why"] for each in LISTED["survivor"] if each["kind"] == file for name in each["names"]
    }


def hold(file: str, tried: list[Left], stops: Callable[[Left, int | None], bool]) -> None:
    """Fail for each that is neither stopped nor listed, and for each that is both.

    `stops` is given the number of a listed one, which says what few questions are asked of it; else None.
    """
    reasons = reasons_of(file)
    wrong = {}
    for number, mutant in enumerate(tried):
        if number % STEP:
            continue
        listed = mutant.name in reasons
        if stops(mutant, number if listed else None) == listed:
            wrong[mutant.name] = "is stopped, and listed" if listed else "is not stopped"
    assert wrong == {}


def test_every_file_is_there_and_every_survivor_is_a_statement(release: Release):
    assert {file.path for file in release.files} == ROLLED_OUT.keys() | ROLLED_BACK.keys()
    for file in ROLLED_OUT.keys() | ROLLED_BACK.keys():
        names = [each.name for each in mutants_of(file)]
        assert len(set(names)) == len(names) == LISTED["count"][file]
        assert reasons_of(file).keys() <= set(names)


def parts_of(files: Iterable[str]) -> list[tuple[str, int, int]]:
    counts = {file: PARTS if LISTED["count"][file] > MANY else 1 for file in files}
    return [(file, part, count) for file, count in counts.items() for part in range(count)]


@pytest.mark.parametrize(("file", "part", "count"), parts_of(ROLLED_OUT))
def test_a_rollout_without_a_statement_is_stopped(file, part, count, rehearsal, release, run, tmp_path):
    topology = release.topologies[ROLLED_OUT[file]]
    path = tmp_path / Path(file).name
    migrations = tuple(path if each.name == path.name else each for each in topology.migrations)
    bent = replace(topology, migrations=migrations)
    if file not in MIGRATIONS:
        bent = replace(topology, overlay=path)

    def stops(mutant: Left, listed: int | None) -> bool:
        haste = "" if "concurrently" in mutants_of(file)[0].name else HASTE
        path.write_text(haste + mutant.text, encoding="utf-8")
        return any(is_blocking(said) for said in asked_of(bent, release, rehearsal, run, listed))

    hold(file, mutants_of(file)[part::count], stops)


def asked_of(
    topology: Topology, release: Release, rehearsal: Rehearsal, run: Run, listed: int | None
) -> Iterator[GateRecord]:
    """Yield what the gates of the rollout say of a topology, the likeliest first, one file for all."""
    bent = replace(release, topologies={**release.topologies, topology.name: topology})
    databases = rehearsal.databases
    before = set(databases._built)
    fixtures = {
        "rehearsed": Target(topology, live=False),
        "rehearsal": Rehearsal(bent, databases),
        "release": bent,
        "run": replace(run, release=bent),
    }
    try:
        for number, (id, more) in enumerate(questions_of(bent)):
            if listed is None or number % FEW == listed % FEW:
                yield ask(id, **fixtures, **more)
    finally:
        for name in set(databases._built) - before:
            if not name.startswith("before_"):
                databases.drop(name)


def questions_of(release: Release) -> Iterator[tuple[str, dict[str, str]]]:
    for baseline in sorted(release.baselines, key=LAST.__contains__):
        yield "applies-from-{baseline}", {"baseline": baseline}
    for id in (*ROLLOUT[1:], "overlay-brings-routing-back", "rollback-holds-from-every-starting-state"):
        yield id, {}


@pytest.mark.parametrize("file", ROLLED_BACK)
def test_a_rollback_without_a_statement_is_stopped(file, rehearsal, release, tmp_path, monkeypatch):
    monkeypatch.setattr(exploring, "explored", unshrunk)
    name, step = ROLLED_BACK[file]
    topology = release.topologies[name]
    with connected(rehearsal, topology) as connection:

        def stops(mutant: Left, listed: int | None) -> bool:
            states = STATES if listed is None else STATES // FEW
            return breaks(mutant, tmp_path, topology, step, connection, states)

        hold(file, mutants_of(file), stops)


def breaks(
    mutant: Left, folder: Path, topology: Topology, step: str, connection: psycopg.Connection, states: int
) -> bool:
    """Tell whether the file is refused, or breaks an invariant from one of so many states."""
    path = folder / f"{abs(hash(mutant.text))}.sql"  # a file's text is read once
    path.write_text(mutant.text, encoding="utf-8")
    try:
        trial = Trial.of(topology, step, path)
    except UsageError:
        return True
    return bool(exploring.explore(trial, connection, topology.name, states).broken)
