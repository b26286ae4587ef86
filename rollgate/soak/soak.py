"""One target's soak: what was asked of it and of its log, once, and what each gate says of that."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rollgate.evidence.record import Timeline
from rollgate.release import Release, Topology
from rollgate.soak.course import Course, courses_of
from rollgate.soak.errors import judge_errors, judge_violations
from rollgate.soak.facts import Ask, Facts, read_facts
from rollgate.soak.guardrails import judge_guardrails
from rollgate.soak.hours import judge_hours, not_begun
from rollgate.soak.log import Log
from rollgate.soak.places import LogPlaces, read_log
from rollgate.soak.query import Unanswered
from rollgate.soak.records import judge_checks, judge_records, missing_columns
from rollgate.soak.rows import Rows, read_rows
from rollgate.soak.said import Said
from rollgate.soak.section import Action
from rollgate.soak.start import Applied, Start, Verification, find_start
from rollgate.soak.timeline import draw
from rollgate.soak.window import Window


@dataclass(frozen=True)
class Identity:
    """What tells a target from others. The identifier is empty where the role may not read it."""

    fingerprint: str  # as the ledger has it
    system_identifier: str = ""
    database: str = ""


class Soak:
    """A target's soak. Everything is read once, when a first gate wants it."""

    def __init__(
        self,
        ask: Ask,
        release: Release,
        topology: Topology,
        identity: Identity,
        *,
        verifications: Sequence[Verification] = (),
        applied: Sequence[Applied] = (),
        trusted: bool = True,
        since: datetime.datetime | None = None,
        logs: LogPlaces | None = None,
        nonce: str = "",
        here: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        self._ask = ask
        self._release = release
        self._topology = topology
        self._identity = identity
        self._verifications = verifications
        self._applied = applied
        self._trusted = trusted
        self._since = since
        self._logs = logs or LogPlaces()
        self._nonce = nonce or secrets.token_hex(8)
        self._here = here

    @cached_property
    def facts(self) -> Facts:
        """What the target says of itself."""
        return read_facts(
            self._ask,
            self._release.soak,
            routes=self._topology.routes,
            nonce=self._nonce,
            database=self._identity.database,
            system_identifier=self._identity.system_identifier,
            here=self._here(),
        )

    @cached_property
    def start(self) -> Start:
        """When the soak began."""
        return find_start(
            self._verifications,
            applied=self._applied,
            digest=self._release.digest,
            target=self._identity.fingerprint,
            clocks=self.facts.clocks,
            changed_at=self.facts.changed_at,
            override=self._since,
        )

    @cached_property
    def window(self) -> Window | None:
        """What is judged; None before the soak has begun."""
        if self.start.at is None or self.start.at >= self.facts.now:
            return None
        return Window.of(self.start.at, self.facts.now, self._release.soak_hours)

    @cached_property
    def rows(self) -> Rows:
        """What the target says of the rows of the soak."""
        window = self._existing_window
        return read_rows(
            self._ask,
            self._release.soak,
            self._release.thresholds,
            self.facts,
            window,
            minutes=self._release.guardrail_minutes,
        )

    @cached_property
    def log(self) -> Log | None:
        """What the log says; None where nobody named one."""
        window, places = self._existing_window, self._logs
        if not places.paths and places.project is None:
            return None
        return read_log(places, self._release.soak, self.facts, window)

    @property
    def hours(self) -> Said:
        """Whether it has lasted long enough."""
        said = judge_hours(self.start, self.window, self._release.soak, self.facts)
        if not self._trusted and not self.start.override:
            said.hold(
                "the ledger",
                "found that it isn't as it was written; needed one that can be believed",
                "see `python -m rollgate verify`",
            )
        return said

    @property
    def records(self) -> Said:
        """Whether every new record carries what it has to."""
        return self._looked(lambda window: judge_records(self.rows, self._release.soak, self.facts, window))

    @property
    def violations(self) -> Said:
        """Whether no constraint of the release was violated."""

        def judge(window: Window) -> Said:
            said = judge_checks(self.rows, self._release.soak, self.facts)
            logged = judge_violations(self.log, self._release.soak, self.facts, window)
            return Said(said.shown + logged.shown, said.violations + logged.violations)

        return self._looked(judge)

    @property
    def errors(self) -> Said:
        """Whether nothing failed in the write path."""
        return self._looked(
            lambda window: judge_errors(self.log, self._release.soak, self.facts, window), needs_rows=False
        )

    @property
    def guardrails(self) -> Said:
        """Whether the guardrails held."""
        return self._looked(
            lambda _: judge_guardrails(
                self.rows,
                self._topology,
                self._files(),
                minutes=self._release.guardrail_minutes,
                enough=self._release.soak.guardrail_min_rows,
            )
        )

    @property
    def timeline(self) -> Timeline | None:
        """What happened when; None before the soak has begun."""
        if self.window is None:
            return None
        rows = None if missing_columns(Said(), self._release.soak, self.facts) else self.rows
        return draw(self.window, rows, self._courses(rows), self.log)

    @property
    def _existing_window(self) -> Window:
        if self.window is None:
            raise Unanswered("the soak has not begun")
        return self.window

    def _looked(self, judge: Callable[[Window], Said], *, needs_rows: bool = True) -> Said:
        if self.window is None:
            return not_begun(self.start)
        said = Said()
        if needs_rows and missing_columns(said, self._release.soak, self.facts):
            return said
        return judge(self.window)

    def _courses(self, rows: Rows | None) -> tuple[Course, ...]:
        if rows is None:
            return ()
        try:
            return courses_of(
                rows,
                minutes=self._release.guardrail_minutes,
                enough=self._release.soak.guardrail_min_rows,
            )
        except Unanswered:
            return ()

    def _files(self) -> Mapping[Action, str]:
        """Return the file to paste for each action; where the release has no lesser step, the rollback."""
        topology, rollback = self._topology, self._topology.rollback
        return {
            Action.ROLLBACK: self._release.shown(rollback),
            Action.TAKE_OUT: self._release.shown(topology.take_custom_out or rollback),
            Action.LOWER: self._release.shown(topology.lower_custom_weight or rollback),
        }
