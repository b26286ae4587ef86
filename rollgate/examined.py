"""Where each phase's gates are asked, and their answers: a target is read once, however many tests ask."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import psycopg

from rollgate.evidence.record import GateRecord, TargetRecord
from rollgate.examination import Context, examine, required
from rollgate.gates import Gate, Phase
from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.run import Run
from rollgate.target.identity import Identity
from rollgate.target.live import LiveSessions
from rollgate.target.query import Answer, ask_all, describe
from rollgate.target.relations import absent, absentees
from rollgate.target.session import read_only_session
from rollgate.target.target import Target

_LIVE_PHASES = (Phase.PREFLIGHT, Phase.VERIFY)


class Unjudged(Exception):
    """A target whose gates can't be asked; the message says why, without secrets."""


class Examined:
    """The answers of each target's gates, asked when a first test wants one."""

    def __init__(
        self, run: Run, rehearsal: Callable[[], Rehearsal], live: LiveSessions | None = None
    ) -> None:
        self._run = run
        self._rehearsal = rehearsal
        self._live = live or LiveSessions()
        self._answers: dict[tuple[str, Phase], Mapping[str, GateRecord]] = {}
        self._foreseen: dict[str, dict[str, None]] = {}
        self._said: dict[str, dict[str, Answer]] = {}
        self._failures: dict[tuple[str, Phase], str] = {}
        self.targets: dict[str, TargetRecord] = {}

    def answer(self, target: Target, gate: str, phase: Phase) -> GateRecord:
        """Return what `gate` says of `target`.

        Raises:
            Unjudged: the database of this phase can't be had or read; the same message each time.
        """
        key = (target.name, phase)
        if key in self._failures:
            raise Unjudged(self._failures[key])
        if key not in self._answers:
            try:
                answers = self._ask_live(target) if target.live else self._ask_clone(target, phase)
            except ApplyError as error:
                shown = self._run.release.shown(error.path)
                self._failures[key] = f"the release does not apply: {shown}: {error}"
                raise Unjudged(self._failures[key]) from None
            except psycopg.Error as error:
                self._failures[key] = f"the target could not be read: {describe(error)}"
                raise Unjudged(self._failures[key]) from None
            for answered in _LIVE_PHASES if target.live else (phase,):
                self._answers[target.name, answered] = {record.id: record for record in answers}
        return self._answers[key][gate]

    @contextmanager
    def session(self, target: Target) -> Iterator[psycopg.Connection]:
        """Open a read-only session on what the rollout left, for a question that isn't one of SQL.

        On a live target it is the one session of the run; what was set or broken in it is undone afterwards.
        What only asks, with `ask_all`, does better with `reading` there: undoing takes a round trip.

        Raises:
            ApplyError: the release doesn't apply.
            psycopg.Error: a live target's session can't be had, or is over.
        """
        if target.live:
            with self._live.lent(target) as connection:
                yield connection
        else:
            rehearsal = self._rehearsal()
            with (
                rehearsal.databases.cloned(rehearsal.with_traffic(target.topology)) as conninfo,
                read_only_session(conninfo) as connection,
            ):
                yield connection

    @contextmanager
    def reading(self, target: Target) -> Iterator[psycopg.Connection]:
        """Open the same session for a block that leaves its transaction as it was.

        Raises:
            ApplyError: the release doesn't apply.
            psycopg.Error: a live target's session can't be had, or is over.
        """
        if target.live:
            yield self._live.connection(target)
        else:
            with self.session(target) as connection:
                yield connection

    def foresee(self, target: Target, queries: Iterable[str]) -> None:
        """Note what tests are going to ask a live target: it goes along with the first round trip."""
        self._foreseen.setdefault(target.name, {}).update(dict.fromkeys(queries))

    def ask(self, target: Target, *queries: str) -> list[Answer]:
        """Ask what the rollout left, each query in a savepoint; errors are in the answers.

        A live target is asked once, however often somebody wants to know: it is the same instant. One round
        trip, or none if it was foreseen.

        Raises:
            ApplyError: the release doesn't apply.
            psycopg.Error: the session can't be had, or is over.
        """
        if not target.live:
            with self.session(target) as connection:
                return ask_all(connection, queries)
        said = self._said.setdefault(target.name, {})
        wanted = [query for query in queries if query not in said]
        if wanted:
            connection = self._live.connection(target)
            asked = list(dict.fromkeys((*wanted, *self._foreseen.pop(target.name, ()))))
            said.update(zip(asked, ask_all(connection, asked), strict=True))
        return [said[query] for query in queries]

    def identity(self, target: Target) -> Identity:
        """Return what a live target says of itself.

        Raises:
            psycopg.Error: the session can't be had, or is over.
        """
        return self._live.identity(target)

    def close(self) -> None:
        """End the sessions on live targets."""
        self._live.close()

    def _ask_live(self, target: Target) -> list[GateRecord]:
        """Ask the gates of every phase at once: it is the same database at the same instant."""
        (found,) = self.ask(target, absent(required(self._gates(_LIVE_PHASES))))
        connection = self._live.connection(target)
        return self._ask(target, _LIVE_PHASES, connection, "", missing=absentees(found))

    def _ask_clone(self, target: Target, phase: Phase) -> list[GateRecord]:
        rehearsal = self._rehearsal()
        if phase is Phase.PREFLIGHT:
            template = rehearsal.baseline()
        else:
            template = rehearsal.with_traffic(target.topology)
        binaries = rehearsal.databases.cluster.binaries
        with rehearsal.databases.cloned(template) as conninfo:
            if phase is Phase.ROLLBACK:
                with psycopg.connect(conninfo, autocommit=True) as connection:
                    apply_file(connection, target.topology.rollback)
            with read_only_session(conninfo) as connection:
                (found,) = ask_all(connection, [absent(required(self._gates((phase,))))])
                missing = absentees(found)
                never = rehearsal.never_there(target.topology, missing)
                return self._ask(target, (phase,), connection, binaries.origin, missing, never)

    def _gates(self, phases: tuple[Phase, ...]) -> list[Gate]:
        return [gate for gate in self._run.gates if gate.phase in phases]

    def _ask(
        self,
        target: Target,
        phases: tuple[Phase, ...],
        connection: psycopg.Connection,
        origin: str,
        missing: Collection[str],
        never: Collection[str] = (),
    ) -> list[GateRecord]:
        self.targets[target.name] = self._describe(target, connection, origin)
        return examine(
            connection,
            self._gates(phases),
            context=Context.of(target.topology, target.name),
            evidence=self._run.evidence,
            waivers=self._run.release.waivers,
            missing=missing,
            never=never,
        )

    def _describe(self, target: Target, connection: psycopg.Connection, origin: str) -> TargetRecord:
        version = connection.info.parameter_status("server_version") or "unknown"
        version = version.split(" ")[0]
        majors = self._run.release.postgres
        note = ""
        if not target.live and connection.info.server_version // 10000 not in majors:
            note = (
                f"rehearsed on PostgreSQL {version.split('.')[0]}; the release is meant for "
                f"{' and '.join(map(str, sorted(majors)))}"
            )
        return TargetRecord(
            name=target.name,
            kind=target.kind,
            topology=target.topology.name,
            routes=target.topology.routes,
            database=connection.info.dbname if target.live else "",
            server_version=version,
            server_origin=origin,
            note=note,
        )
