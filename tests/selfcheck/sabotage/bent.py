"""A release with one file that is not as it should be, rehearsed as far as its area asks for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from hypothesis import Phase as HypothesisPhase
from hypothesis import settings

from rollgate.evidence.record import GateRecord
from rollgate.examination import Context, examine
from rollgate.gates import Phase
from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.rehearsal.preview import Previews
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, Release, load_release
from rollgate.run import Run
from rollgate.target.identity import read_identity
from rollgate.target.session import read_only_session
from rollgate.target.target import Target
from tests.evals.test_eval_view import Runs
from tests.gates import test_preflight_clone
from tests.rollback import exploring
from tests.selfcheck.sabotage.corpus import Sabotage
from tests.selfcheck.sabotage.firing import Found, found_in, new_in
from tests.selfcheck.sabotage.state import Answers
from tests.selfcheck.sabotage.universe import ask

AREAS = ("migrations", "rollback", "manifest")
#: What a rehearsal asks of the rollout; the starting states come on top.
ROLLOUT = (
    "release-applies",
    "release-applies-again-without-a-trace",
    "operator-routing-survives-the-base-migration",
    "rollout-gives-up-waiting",
)
ROLLBACK = (
    "overlay-brings-routing-back",
    "proof-finds-known-bad-rollbacks",
    "rollback-changes-configuration-only",
    "rollback-holds-from-any-state",
    "rollback-holds-from-every-starting-state",
)
VIEW = "eval-view-computes-the-contract"
EVALS = ("ingested-{layout}-runs-appear-in-the-summary",)
SOAK = ("soak-finds-known-trouble",)
LAYOUTS = ("v2", "sitecraft")
#: What a live run asks before the rollout, and of the rollback on a staging that it may write to.
CLONE = (
    "release-applies-to-a-clone-of-the-target",
    "rollout-keeps-no-writer-waiting",
    "gates-pass-on-the-clone",
    "rollback-works-on-the-clone",
)
IN_PLACE = ("rollback-rehearsed-in-place", "rollback-drill")
STEPS = {"take-custom-out": "take_custom_out", "lower-custom-weight": "lower_custom_weight"}


def unshrunk(count: int, explored: Callable[[int], settings] = exploring.explored) -> settings:
    """Return the settings of an exploration that stops at the first thing broken."""
    return settings(explored(count), phases=[HypothesisPhase.generate])


#: Starting states in place of all those of a rehearsal, apart from the first topology's rollout.
FEW = ("clean", "narrow-configs")


class Workshop:
    """Bends releases and asks the gates about them, and about the release as it is."""

    def __init__(self, rehearsal: Rehearsal, run: Run, folder: Path, pipeline: Callable[[str], Runs]) -> None:
        self._rehearsal = rehearsal
        self._run = run
        self._folder = folder
        self._pipeline = pipeline
        self._sound: dict[tuple[str, str], Found] = {}

    def fired_by(self, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> Found:
        """Return what gates find of the bent release that they don't find of the one as it is."""
        for variable in ("CI", exploring.VARIABLE):  # few examples, and no smaller one is looked for
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setattr(exploring, "explored", unshrunk)
        monkeypatch.setattr(test_preflight_clone, "BIG", 8192)  # so that a few rows are a big table
        name = str(sabotage.facts.get("topology", "staging"))
        asked = str(sabotage.facts.get("asks", sabotage.area))
        if (name, asked) not in self._sound:
            self._sound[name, asked] = found_in(self._records(self._run.release, name, asked, monkeypatch))
        found = found_in(self._records(self._bend(sabotage, name), name, asked, monkeypatch))
        return new_in(found, self._sound[name, asked])

    def _bend(self, sabotage: Sabotage, name: str) -> Release:
        """Return the release with the sabotage in it: SQL behind a migration, or for a rollback; or edits."""
        release = self._run.release
        topology = release.topologies[name]
        folder = self._folder / sabotage.id
        if sabotage.path.suffix == ".toml":
            return edited(folder, sabotage.facts["edits"])
        folder.mkdir()
        if sabotage.area == "rollback":
            step = STEPS.get(str(sabotage.facts.get("step", "")), "rollback")
            bent = folder / topology.rollbacks[str(sabotage.facts.get("step", "p0-rollback"))].name
            bent.write_text(sabotage.sql, encoding="utf-8")
            changed: Any = {step: bent}
        else:
            first, *rest = topology.migrations
            if sabotage.facts.get("place") == "before":
                bent = folder / first.name
                bent.write_text(f"{sabotage.sql}\n{first.read_text(encoding='utf-8')}", encoding="utf-8")
                changed = {"migrations": (bent, *rest)}
            else:
                bent = folder / f"{topology.migrations[-1].stem}_bent.sql"
                waits = "rollout-gives-up-waiting" in sabotage.named
                patience = "" if waits else "set lock_timeout = '40ms';\n"
                bent.write_text(patience + sabotage.sql, encoding="utf-8")
                changed = {"migrations": (*topology.migrations, bent)}
        return replace(release, topologies={**release.topologies, name: replace(topology, **changed)})

    def _records(
        self, release: Release, name: str, asked: str, monkeypatch: pytest.MonkeyPatch
    ) -> list[GateRecord]:
        databases = self._rehearsal.databases
        before = set(databases._built)
        rehearsal = self._rehearsal if release is self._run.release else Rehearsal(release, databases)
        release = replace(release, with_each_topology=FEW)
        topology = release.topologies[name]
        fixtures: dict[str, Any] = {
            "rehearsed": Target(topology, live=False),
            "rehearsal": rehearsal,
            "release": release,
            "run": replace(self._run, release=release, folder=self._folder / "reports" / "run"),
            "pipeline": self._pipeline,
        }
        few = replace(release, baselines={each: release.baselines[each] for each in FEW})
        words = {"migrations": "rollout", "rollback": "rollback place"}.get(asked, asked).split()
        said: list[GateRecord] = []
        try:
            if "rollout" in words:
                said += self._asked_of(rehearsal, fixtures, Phase.VERIFY)
                said += [ask(id, **fixtures) for id in ROLLOUT]
                for baseline in release.starting_states(name, thorough=False):
                    said.append(ask("applies-from-{baseline}", **fixtures, baseline=baseline))
            if "evals" in words:
                said += [ask(id, **fixtures, layout=layout) for id in EVALS for layout in LAYOUTS]
            if "soak" in words:
                said += [ask(id, **fixtures) for id in SOAK]
            if "rollback" in words:
                fixtures["run"] = replace(fixtures["run"], release=few)
                said += self._asked_of(rehearsal, fixtures, Phase.ROLLBACK)
                said += [ask(id, **fixtures) for id in ROLLBACK]
            if "place" in words and name == "staging":
                with self._live(rehearsal, rehearsal.with_traffic(topology), fixtures, monkeypatch) as more:
                    said += [ask(id, **fixtures, **more) for id in IN_PLACE]
            if "clone" in words:
                # Beside the rows of traffic, so that a table is big and its readers are kept waiting.
                sound = self._rehearsal.with_traffic(self._run.release.topologies[name])
                with self._live(rehearsal, sound, fixtures, monkeypatch) as more:
                    said += [ask(id, **fixtures, **more) for id in CLONE]
            return said
        finally:
            if rehearsal is not self._rehearsal:
                for each in set(databases._built) - before:
                    if "_before_" not in f"_{each}":
                        databases.drop(each)

    def _asked_of(self, rehearsal: Rehearsal, fixtures: Mapping[str, Any], phase: Phase) -> list[GateRecord]:
        """Ask the gates of a phase; where the release doesn't apply, they can't be asked."""
        topology = fixtures["rehearsed"].topology
        try:
            template = rehearsal.with_traffic(topology)
        except ApplyError:
            return []
        with rehearsal.databases.cloned(template) as conninfo:
            if phase is Phase.ROLLBACK:
                with psycopg.connect(conninfo, autocommit=True) as connection:
                    try:
                        apply_file(connection, topology.rollback)
                    except ApplyError:
                        return []
            with read_only_session(conninfo) as session:
                said = examine(
                    session,
                    [gate for gate in self._run.gates if gate.phase is phase],
                    context=Context.of(topology),
                    evidence=self._run.evidence,
                )
                if phase is Phase.VERIFY:
                    target = Target(topology, live=False)
                    said.append(ask(VIEW, target=target, examined=Answers(session)))
                return said

    @contextmanager
    def _live(
        self,
        rehearsal: Rehearsal,
        template: str,
        fixtures: Mapping[str, Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> Iterator[dict[str, Any]]:
        """Yield the fixtures of a live run on a clone."""
        target = Target(fixtures["rehearsed"].topology, live=True)
        with rehearsal.databases.cloned(template) as conninfo:
            monkeypatch.setenv(target.dsn_variable, conninfo)

            @contextmanager
            def session(target: Target) -> Iterator[psycopg.Connection]:
                with read_only_session(conninfo) as connection:
                    yield connection

            with read_only_session(conninfo) as connection:
                identity = read_identity(connection)
            previews = Previews(
                session, lambda: rehearsal, gates=self._run.gates, evidence=self._run.evidence
            )
            yield {
                "live": target,
                "in_place": target,
                "drilled": target,
                "previews": previews,
                "examined": SimpleNamespace(identity=lambda target: identity),
            }


def edited(folder: Path, edits: list[dict[str, str]]) -> Release:
    """Return a copy of the release in which `old` is `new` in each `file`."""
    shutil.copytree(BUILTIN, folder, dirs_exist_ok=True)
    for edit in edits:
        path = folder / edit["file"]
        text = path.read_text(encoding="utf-8")
        assert edit["old"] in text, f"{edit['file']} has no {edit['old']!r}"
        path.write_text(text.replace(edit["old"], edit["new"]), encoding="utf-8")
    return load_release(folder)
