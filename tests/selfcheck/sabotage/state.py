"""A database as a rollout left it, or as it was before: changed in a transaction, judged, and taken back."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import psycopg
import pytest
from psycopg import sql

from rollgate.evals.latest import queries
from rollgate.evidence.record import GateRecord
from rollgate.examination import Context, examine
from rollgate.gates import Phase
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.preview import Previews
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Topology
from rollgate.run import Run
from rollgate.target.identity import read_identity
from rollgate.target.query import Answer, ask_all
from rollgate.target.target import Target
from tests.evals.test_latest_run import Told
from tests.selfcheck.sabotage.corpus import Sabotage
from tests.selfcheck.sabotage.firing import Found, found_in, new_in
from tests.selfcheck.sabotage.universe import ask

#: The areas whose SQL files change a database that is judged.
AREAS = (
    "access",
    "checks",
    "columns",
    "environment",
    "evals",
    "harmless",
    "indexes",
    "keys",
    "preflight",
    "reworded",
    "routing",
    "tables",
    "telemetry",
    "view",
)
#: What a live run asks beside the gates that are SQL, where the answer lies in the database itself.
AFTER = (
    "target-is-of-its-environment",
    "target-matches-the-reference",
    "migration-history-knows-the-release",
    "eval-view-computes-the-contract",
    "newest-eval-run-keeps-its-thresholds",
    "newest-eval-run-is-fresh",
)
#: What a preflight asks beside them, where the key `asks` says so: it takes a clone.
ASKS = {
    "clone": (
        "release-applies-to-a-clone-of-the-target",
        "rollout-keeps-no-writer-waiting",
        "gates-pass-on-the-clone",
        "rollback-works-on-the-clone",
    ),
    "history": ("migration-history-knows-the-release",),
}
PHASES = {"before": (Phase.PREFLIGHT,), "rolled-back": (Phase.ROLLBACK,)}


@dataclass(frozen=True)
class Start:
    """Where a sabotage starts: `before BASELINE`, `after BASELINE`, `traffic` or `rolled-back`.

    `topology` is whose files were applied, `judged_as` whose gates are asked.
    """

    moment: str
    baseline: str
    topology: str
    judged_as: str

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Start:
        moment, _, baseline = str(facts.get("start", "after clean")).partition(" ")
        topology = str(facts.get("topology", "prod"))
        return cls(moment, baseline or "clean", topology, str(facts.get("target", topology)))

    @property
    def is_of_another(self) -> bool:
        """Whether the database is judged as what it is not: no rightful state can be compared with it."""
        return self.topology != self.judged_as

    def template(self, rehearsal: Rehearsal) -> str:
        topology = rehearsal.release.topologies[self.topology]
        if self.moment == "before":
            return rehearsal.baseline(self.baseline)
        if self.moment == "traffic":
            return rehearsal.with_traffic(topology)
        if self.moment == "rolled-back":
            return rolled_back(rehearsal, topology, self.baseline)
        return rehearsal.rolled_out(topology, self.baseline)


def rolled_back(rehearsal: Rehearsal, topology: Topology, baseline: str) -> str:
    """Return the template of a database whose rollout was taken back by the P0 rollback."""
    name = f"rolled_back_{topology.name}_{baseline}"
    base = rehearsal.rolled_out(topology, baseline)
    return rehearsal.databases.template(name, lambda connection: _roll_back(connection, topology), base=base)


def _roll_back(connection: psycopg.Connection, topology: Topology) -> None:
    apply_file(connection, topology.rollback)


#: Where nothing goes, no evidence can be out of reach: it is not asked for then, which saves a third.
_GOES = re.compile(r"\b(drop|rename|revoke|usage)\b", re.IGNORECASE)


class Answers:
    """The run's answers, from the one connection."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def ask(self, target: Target, *asked: str) -> list[Answer]:
        return ask_all(self._connection, asked)

    @contextmanager
    def reading(self, target: Target) -> Iterator[psycopg.Connection]:
        yield self._connection


class Ground:
    """A clone of a start, on which one change after the other is made, judged and taken back."""

    def __init__(self, start: Start, conninfo: str, rehearsal: Rehearsal, run: Run) -> None:
        self.start = start
        self.rehearsal = rehearsal
        self.run = run
        self.target = Target(rehearsal.release.topologies[start.judged_as], live=True)
        self.connection = psycopg.connect(conninfo, prepare_threshold=None)
        self._before: dict[str, Found] = {}

    def close(self) -> None:
        self.connection.close()

    def fired_by(self, change: Sabotage) -> Found:
        """Return what gates find after the change that they did not find before it."""
        if self.connection.info.server_version // 10000 < int(change.facts.get("postgres", 0)):
            pytest.skip(f"needs PostgreSQL {change.facts['postgres']}")
        asked, shown = (
            str(change.facts.get("asks", "")),
            bool(_GOES.search(change.sql) or "as" in change.facts),
        )
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(change.sql.encode())
            if role := change.facts.get("as"):
                self.connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            found = found_in(self.records(asked, shown=shown))
        return found if self.start.is_of_another else new_in(found, self.before(asked))

    def before(self, asked: str = "") -> Found:
        """Return what the gates find where nothing was changed; each start is looked at once."""
        if asked not in self._before:
            with self.connection.transaction(force_rollback=True):
                self._before[asked] = found_in(self.records(asked))
        return self._before[asked]

    def records(self, asked: str = "", *, shown: bool = True) -> list[GateRecord]:
        """Return what the gates say of the database as it is; unless `shown`, without their evidence."""
        phases = PHASES.get(self.start.moment, (Phase.PREFLIGHT, Phase.VERIFY))
        topology = self.target.topology
        said = examine(
            self.connection,
            [
                gate if shown else replace(gate, evidence=())
                for gate in self.run.gates
                if gate.phase in phases
            ],
            context=Context.of(topology),
            evidence=self.run.evidence,
        )
        return said + self.asked(*(AFTER if Phase.VERIFY in phases else ()), *ASKS.get(asked, ()))

    def asked(self, *ids: str) -> list[GateRecord]:
        """Ask gates that are tests, as a live run does."""
        if not ids:
            return []

        @contextmanager
        def session(target: Target) -> Iterator[psycopg.Connection]:
            yield self.connection

        @cache
        def runs(target: Target) -> Told:
            failed = self.run.evidence["failed-eval-gates"].query
            about = (*queries(self.run.release.thresholds), failed)
            return Told.of(ask_all(self.connection, about), about)

        run = replace(self.run, identities={self.target.name: read_identity(self.connection)})
        fixtures = {
            "live": self.target,
            "target": self.target,
            "run": run,
            "release": run.release,
            "examined": Answers(self.connection),
            "previews": Previews(session, lambda: self.rehearsal, gates=run.gates, evidence=run.evidence),
            "runs": runs,
        }
        return [ask(id, **fixtures) for id in ids]


class Grounds:
    """The grounds that were used last: a database each."""

    MOST = 6

    def __init__(self, rehearsal: Rehearsal, run: Run) -> None:
        self._rehearsal = rehearsal
        self._run = run
        self._open: OrderedDict[Start, tuple[Ground, ExitStack]] = OrderedDict()

    def at(self, start: Start) -> Ground:
        """Return the ground of a start."""
        if start not in self._open:
            if len(self._open) == self.MOST:
                self._open.popitem(last=False)[1][1].close()
            stack = ExitStack()
            conninfo = stack.enter_context(self._rehearsal.databases.cloned(start.template(self._rehearsal)))
            ground = Ground(start, conninfo, self._rehearsal, self._run)
            stack.callback(ground.close)
            self._open[start] = (ground, stack)
        self._open.move_to_end(start)
        return self._open[start][0]

    def close(self) -> None:
        for _, stack in self._open.values():
            stack.close()
        self._open.clear()
