"""A release rolled out on the ephemeral server: starting states, topologies, and what applying took."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

import psycopg

from rollgate.errors import UsageError
from rollgate.rehearsal.apply import Applied, ApplyError, apply_file
from rollgate.release import BUILTIN, Release, Topology
from rollgate.server.databases import Databases
from rollgate.target.relations import absent

CLEAN = "clean"


class Rehearsal:
    """Databases of one release on one server, each state built once and cloned from then on."""

    def __init__(self, release: Release, databases: Databases) -> None:
        self.release = release
        self.databases = databases
        self._applied: dict[tuple[str, Path], Applied] = {}
        self._refused: dict[str, ApplyError] = {}
        with databases.connect("postgres", autocommit=True) as connection:
            self._apply_own(connection, release.roles)

    def baseline(self, name: str = CLEAN) -> str:
        """Return the template of a starting state.

        Raises:
            UsageError: one of its files doesn't run. They aren't the release's, so it is no verdict.
        """
        files = self.release.baselines[name]

        def build(connection: psycopg.Connection) -> None:
            for path in files:
                self._apply_own(connection, path)

        return self.databases.template(f"before_{name}", build)

    def rolled_out(self, topology: Topology, baseline: str = CLEAN) -> str:
        """Return the template on which the topology's files were applied to a starting state.

        Raises:
            ApplyError: the release doesn't apply; the same error each time.
        """
        migrated = self._migrated(topology, baseline)
        name = f"after_{topology.name}_{_mark(topology.rollout)}_{baseline}"
        return self._applying((topology.overlay,), name, migrated)

    def _migrated(self, topology: Topology, baseline: str) -> str:
        """Return the template before the overlay; topologies with the same migrations share it."""
        name = f"migrated_{_mark(topology.migrations)}_{baseline}"
        return self._applying(topology.migrations, name, self.baseline(baseline))

    def _applying(self, files: tuple[Path, ...], name: str, base: str) -> str:
        if name in self._refused:
            raise self._refused[name]

        def build(connection: psycopg.Connection) -> None:
            for path in files:
                self._applied[base, path] = apply_file(connection, path)

        try:
            return self.databases.template(name, build, base=base)
        except ApplyError as error:
            self._refused[name] = error
            raise

    def with_traffic(self, topology: Topology) -> str:
        """Return the template of a rolled-out topology that the runtime and the evals have written to."""
        base = self.rolled_out(topology)
        traffic = self.release.traffic

        def build(connection: psycopg.Connection) -> None:
            if traffic is not None:
                self._apply_own(connection, traffic)

        name = f"live_{topology.name}_{_mark(topology.rollout)}"
        return self.databases.template(name, build, base=base)

    def require_some_of(self, names: Collection[str]) -> None:
        """Tell a release of other tables that the suite's gates are not about it, before each of them does.

        Raises:
            UsageError: of the relations that they need some are missing, and the rollout has made none.
        """
        first = next(iter(self.release.topologies.values()))
        try:
            before, after = (
                self._missing(state, names) for state in (self.baseline(), self.rolled_out(first))
            )
        except ApplyError:
            return  # that is a verdict
        if after and after == before:
            raise UsageError(
                str(self.release.manifest),
                found=f"a release that makes none of {', '.join(sorted(after))}, and starts from none",
                needed="the tables that the suite's gates are about: routing, training examples, evals",
                fix="add them to rehearsal.baselines if your databases have them; `builtin = false` leaves "
                "out its SQL gates alone; see docs/adopting.md, What it takes for granted",
            )

    def never_there(self, topology: Topology, names: Collection[str]) -> set[str]:
        """Return those of the relations that no state has, from no start, neither before nor after.

        Empty where the release doesn't apply: then nobody can tell what it would have made.
        """
        left = set(names)
        for state in self._states(topology):
            if not left:
                break
            try:
                template = state()
            except ApplyError:
                return set()
            left = self._missing(template, left)
        return left

    def _missing(self, template: str, names: Collection[str]) -> set[str]:
        with self.databases.cloned(template) as conninfo, psycopg.connect(conninfo) as connection:
            return {name for (name,) in connection.execute(absent(names).encode())}

    def _states(self, topology: Topology) -> Iterator[Callable[[], str]]:
        """Yield what builds each state, the one first that has most of what there is."""
        yield partial(self.with_traffic, topology)
        for name in self.release.baselines:
            yield partial(self.rolled_out, topology, name)
            yield partial(self.baseline, name)

    def applied(self, topology: Topology, baseline: str = CLEAN) -> list[Applied]:
        """Return what applying the topology's files took, once `rolled_out` has built it."""
        base, migrated = self.baseline(baseline), self._migrated(topology, baseline)
        return [
            *(self._applied[base, path] for path in topology.migrations),
            self._applied[migrated, topology.overlay],
        ]

    def _apply_own(self, connection: psycopg.Connection, path: Path) -> None:
        """Apply a file that only prepares the rehearsal."""
        try:
            apply_file(connection, path)
        except ApplyError as error:
            lent = path.is_relative_to(BUILTIN) and self.release.root != BUILTIN
            kinds = {self.release.roles: "roles", self.release.traffic: "traffic"}
            raise UsageError(
                self.release.shown(path),
                found=str(error),
                needed="a file that runs on an empty rehearsal database, after those named before it",
                fix=f"name one of your own as rehearsal.{kinds.get(path, 'baselines')}: this is the suite's, "
                "for the tables that docs/adopting.md tells of (What it takes for granted)"
                if lent
                else "correct the file; rehearsal.baselines of the manifest names the order",
            ) from None


def _mark(files: tuple[Path, ...]) -> str:
    """Return what tells the templates of one release's files from another's on the same server."""
    return f"{hash(files) & 0xFFFFFFFF:08x}"
