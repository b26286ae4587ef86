"""What a rollout would do to a live target, seen on a clone of it: changes, locks, gates, rollback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TypeVar

import psycopg

from rollgate.catalog.snapshot import Change, difference, take_snapshot
from rollgate.errors import UsageError
from rollgate.evidence.record import GateRecord
from rollgate.examination import Context, examine
from rollgate.gates import EvidenceQuery, Gate, Phase
from rollgate.rehearsal.apply import Applied, ApplyError, apply_file
from rollgate.rehearsal.clone import cloned
from rollgate.rehearsal.dump import dump_schema
from rollgate.rehearsal.locks import Held, apply_traced
from rollgate.rehearsal.rebuild import Difference, Uncloneable
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.rehearsal.seen import Seen, look
from rollgate.release import Waiver
from rollgate.target.belonging import ROUTING
from rollgate.target.query import describe
from rollgate.target.session import read_only_session
from rollgate.target.target import Target

_T = TypeVar("_T")
Session = Callable[[Target], AbstractContextManager[psycopg.Connection]]


class NoPreview(Exception):
    """A target that can't be cloned; the message says why, `remedy` what helps."""

    def __init__(self, why: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(why)


@dataclass(frozen=True)
class Step:
    """A file of the rollout on the clone, and what it changed."""

    applied: Applied
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Preview:
    """All that was seen on the clone. `refused` ends it: nothing after that file was tried."""

    seen: Seen
    server: str
    differences: tuple[Difference, ...]
    steps: tuple[Step, ...]
    held: tuple[Held, ...]
    refused: ApplyError | None = None
    gates: tuple[GateRecord, ...] = ()
    rolled_back: Applied | None = None
    rollback_refused: ApplyError | None = None
    rollback_changes: tuple[Change, ...] = ()
    rollback_gates: tuple[GateRecord, ...] = ()


class Previews:
    """The preview of each target, made when a first test wants it; `rehearsal` starts the server."""

    def __init__(
        self,
        session: Session,
        rehearsal: Callable[[], Rehearsal],
        *,
        gates: Sequence[Gate],
        evidence: Mapping[str, EvidenceQuery],
        waivers: Sequence[Waiver] = (),
    ) -> None:
        self._session = session
        self._rehearsal = rehearsal
        self._gates = gates
        self._evidence = evidence
        self._waivers = waivers
        self._seen: dict[str, Seen | NoPreview] = {}
        self._made: dict[str, Preview | NoPreview] = {}

    def seen(self, target: Target) -> Seen:
        """Return what the target's catalog shows.

        Raises:
            NoPreview: it can't be read.
        """
        if target.name not in self._seen:
            try:
                with self._session(target) as connection:
                    self._seen[target.name] = look(connection)
            except psycopg.Error as error:
                self._seen[target.name] = NoPreview(
                    f"the target's catalog could not be read: {describe(error)}",
                    "see what it says, and try again",
                )
        return _or_raise(self._seen[target.name])

    def rehearsal(self) -> Rehearsal:
        """Return the rehearsal of the release.

        Raises:
            NoPreview: there is no server to be had.
        """
        try:
            return self._rehearsal()
        except UsageError as error:
            raise NoPreview(f"no ephemeral server: {error.found}", error.fix) from None

    def of(self, target: Target) -> Preview:
        """Return the preview of a target; the same one each time.

        Raises:
            NoPreview: it can't be cloned.
        """
        if target.name not in self._made:
            try:
                self._made[target.name] = self._make(target)
            except NoPreview as problem:
                self._made[target.name] = problem
            except Uncloneable as problem:
                self._made[target.name] = NoPreview(str(problem), problem.remedy)
            except psycopg.Error as error:
                self._made[target.name] = NoPreview(
                    f"the clone could not be made: {describe(error)}", "see what it says"
                )
        return _or_raise(self._made[target.name])

    def _make(self, target: Target) -> Preview:
        seen = self.seen(target)
        if seen.routing is None:
            raise NoPreview(f"the DSN's role may not read {ROUTING}", f"grant select on {ROUTING} to it")
        databases = self.rehearsal().databases
        needed = {name for gate in self._gates for name in gate.requires}
        with cloned(
            databases, target.name, seen, needed=needed, dump=lambda: self._dump(target, seen)
        ) as clone:
            server = databases.cluster.binaries.version
            begun = Preview(seen, server, clone.differences, steps=(), held=())
            return self._rehearse(begun, target, clone.conninfo)

    def _dump(self, target: Target, seen: Seen) -> str:
        left_out = [table.pattern for table in seen.tables.values() if not table.readable]
        binaries = self.rehearsal().databases.cluster.binaries
        with self._session(target) as connection:
            return dump_schema(connection, binaries=binaries, pooled=seen.pooled, left_out=left_out)

    def _rehearse(self, preview: Preview, target: Target, conninfo: str) -> Preview:
        steps: list[Step] = []
        held: list[Held] = []
        with psycopg.connect(conninfo, autocommit=True) as connection:
            before = take_snapshot(connection)
            for path in target.topology.rollout:
                try:
                    applied = apply_traced(connection, path, held)
                except ApplyError as error:
                    return replace(preview, steps=tuple(steps), held=tuple(held), refused=error)
                after = take_snapshot(connection)
                steps.append(Step(applied, tuple(difference(before, after))))
                before = after
            preview = replace(preview, steps=tuple(steps), held=tuple(held))
            preview = replace(preview, gates=self._ask(target, conninfo, Phase.VERIFY))
            try:
                rolled_back = apply_file(connection, target.topology.rollback)
            except ApplyError as error:
                return replace(preview, rollback_refused=error)
            changes = difference(before, take_snapshot(connection))
        return replace(
            preview,
            rolled_back=rolled_back,
            rollback_changes=tuple(changes),
            rollback_gates=self._ask(target, conninfo, Phase.ROLLBACK),
        )

    def _ask(self, target: Target, conninfo: str, phase: Phase) -> tuple[GateRecord, ...]:
        asked = [replace(each, evidence=()) for each in self._gates if each.phase is phase]
        context = Context.of(target.topology, target.name)
        with read_only_session(conninfo) as connection:
            records = examine(
                connection, asked, context=context, evidence=self._evidence, waivers=self._waivers
            )
        return tuple(each for each in records if not _is_about_rows_left_behind(each))


def _is_about_rows_left_behind(record: GateRecord) -> bool:
    """Tell whether a gate only misses rows that a clone doesn't have: of evals, and of the runtime."""
    return record.subject == "evals" and record.outcome == "HOLD"


def _or_raise(held: _T | NoPreview) -> _T:
    if isinstance(held, NoPreview):
        raise held
    return held


def stalls(held: Iterable[Held], seen: Seen, limit: int) -> list[Held]:
    """Return what keeps writers out of a table of more than `limit` bytes while all of it is read."""
    return [
        each
        for each in held
        if "writers" in each.stops
        and (each.reads_all or each.rewrites)
        and each.table in seen.tables
        and seen.tables[each.table].bytes > limit
    ]
