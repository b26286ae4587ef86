"""A day of rows and a log beside it, with something wrong in them.

A SQL file changes the rows of a quiet day; a TOML file has these keys, beside those of every sabotage:

    sql       what is done to the rows
    runs      the runs that verified the release there: hours before now, verdict, verified
    log       `none`, or the hours before now at which it ends (`until`) and has its probe (`probed`), whose
              server it is (`other`), and since when another server's lies beside it (`beside`)
    errors    lines in the log: hours before now, and `message`, `statement`, `state`
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Topology
from rollgate.soak.facts import MARK
from rollgate.target.target import Target
from rollgate.verdict import Verdict
from tests.gates.soaking import BEGAN, HOUR, Trial, Trouble, error, write_log
from tests.selfcheck.sabotage.corpus import Sabotage
from tests.selfcheck.sabotage.firing import Found, found_in
from tests.selfcheck.sabotage.universe import ask

AREA = "soak"
GATES = (
    "soak-has-lasted",
    "new-records-are-complete",
    "no-constraint-violations",
    "no-errors-in-write-paths",
    "guardrails-hold",
)


class QuietDay:
    """A soak in which all is well, to be spoiled in a transaction that is taken back."""

    def __init__(self, trial: Trial, topology: Topology, folder: Path) -> None:
        self._trial = trial
        self._target = Target(topology, live=True)
        self._folder = folder
        self._numbers = itertools.count()

    @classmethod
    @contextmanager
    def begun(cls, rehearsal: Rehearsal, folder: Path) -> Iterator[QuietDay]:
        topology = rehearsal.release.topologies["staging"]
        with Trial.begun(rehearsal, topology) as trial:
            yield cls(trial, topology, folder)

    def fired_by(self, sabotage: Sabotage) -> Found:
        """Return what the gates of the soak find after the sabotage."""
        with self._trial.connection.transaction(force_rollback=True):
            self._trial.connection.execute((sabotage.sql or sabotage.facts.get("sql", "select")).encode())
            runs = sabotage.facts.get("runs") or [{"hours": BEGAN / HOUR}]
            trouble = Trouble(
                sabotage.name,
                "",
                runs={
                    each["hours"]: (Verdict(each.get("verdict", "GO")), each.get("verified", True))
                    for each in runs
                },
            )
            soak = self._trial.soak(trouble, self._log(sabotage.facts))
            soaks = SimpleNamespace(of=lambda target: soak)
            return found_in(ask(id, soaked=self._target, soaks=soaks) for id in GATES)

    def _log(self, facts: Any) -> tuple[Path, ...]:
        about = facts.get("log", {})
        if about == "none":
            return ()
        now = self._trial.now
        lines = self._trial.quiet_log(probed=about.get("probed", 20))
        others = [
            each
            for each in lines
            if MARK not in each["message"] and each["timestamp"] >= now - about.get("beside", 0) * HOUR
        ]
        if "until" in about:
            lines = [each for each in lines if each["timestamp"] < now - about["until"] * HOUR]
        if "other" in about:
            lines = [each for each in lines if MARK not in each["message"]]
        for each in facts.get("errors", []):
            at = now - each["hours"] * datetime.timedelta(hours=1)
            said = error(each["message"], each["statement"], each.get("state", "23514"))
            lines.append({"timestamp": at, **said})
        number = next(self._numbers)
        path, beside = (self._folder / f"{name}-{number}.json" for name in ("postgresql", "another"))
        write_log(path, lines)
        if "beside" not in about:
            return (path,)
        write_log(beside, others)
        return (path, beside)
