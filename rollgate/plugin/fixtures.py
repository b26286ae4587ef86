"""Fixtures that compose the rest: the release, the ephemeral server, and what the gates say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import pytest

from rollgate import suite
from rollgate.evidence.chain import Chain, read_chain
from rollgate.evidence.record import GateRecord
from rollgate.examination import required
from rollgate.examined import Examined, Unjudged
from rollgate.gates import Gate, Phase, find_gates
from rollgate.open_gate import OpenGate
from rollgate.plugin.plan import LIVE, PLAN, RECORD, RUN, SERVER, TARGETS, foreseen
from rollgate.plugin.soaking import foreseen_soaks, is_soaked
from rollgate.rehearsal.in_place import is_allowed
from rollgate.rehearsal.preview import Previews
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, Release
from rollgate.run import Run
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import Cluster, running_cluster
from rollgate.server.databases import Databases
from rollgate.target.target import Target
from rollgate.verdict import Outcome


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The run in progress."""
    return request.config.stash[RUN]


@pytest.fixture(scope="session")
def release(run: Run) -> Release:
    """The release that is verified."""
    return run.release


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, run: Run) -> Iterator[Cluster]:
    """An ephemeral server; `postgresql_noproc(depends_on="cluster")` of pytest-postgresql works on it."""
    # A clone of a live target is best made on its own major version.
    majors = dict.fromkeys((*(each.major for each in run.identities.values()), *run.release.postgres))
    binaries = find_binaries(pg_bin=request.config.getoption("pg_bin"), majors=tuple(majors))
    request.config.stash[SERVER] = f"PostgreSQL {binaries.version} ({binaries.origin})"
    with running_cluster(binaries) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The databases of the ephemeral server: templates and clones."""
    with Databases(cluster) as databases:
        yield databases


@pytest.fixture(scope="session")
def rehearsal(request: pytest.FixtureRequest, run: Run, databases: Databases) -> Rehearsal:
    """The release, rolled out on the ephemeral server from any of its starting states."""
    rehearsal = Rehearsal(run.release, databases)
    if not any(target.live for target in run.targets):  # a live run builds only what it compares with
        theirs = [gate for gate in run.gates if gate.path.is_relative_to(BUILTIN)]
        if not theirs and any(map(_is_about_its_tables, request.session.items)):
            theirs = list(find_gates((BUILTIN / "gates",)))
        rehearsal.require_some_of(required(theirs))
    return rehearsal


def _is_about_its_tables(item: pytest.Item) -> bool:
    return any(item.path.is_relative_to(folder) for folder in suite.OF_ITS_TABLES)


@pytest.fixture(scope="session")
def examined(request: pytest.FixtureRequest, run: Run) -> Iterator[Examined]:
    """What the gates say of each target. A run on live targets alone starts no server."""
    examined = Examined(run, lambda: request.getfixturevalue("rehearsal"), request.config.stash[LIVE])
    for item in request.session.items:
        for target, queries in foreseen(item, run):
            examined.foresee(target, queries)
    for target, queries in foreseen_soaks(request.session.items, run):
        examined.foresee(target, queries)
    request.config.stash[TARGETS] = examined.targets
    yield examined
    examined.close()


@pytest.fixture(scope="session")
def previews(request: pytest.FixtureRequest, run: Run, examined: Examined) -> Previews:
    """What the rollout would do to each live target, seen on a clone of it."""
    return Previews(
        examined.reading,
        lambda: request.getfixturevalue("rehearsal"),
        gates=run.gates,
        evidence=run.evidence,
        waivers=run.release.waivers,
    )


def _ask(request: pytest.FixtureRequest, examined: Examined, phase: Phase | None) -> GateRecord:
    """Ask the gate that the test is parametrized with, and keep the answer for the record."""
    target, gate = request.param
    try:
        record = examined.answer(target, gate.id, phase or gate.phase)
    except Unjudged as error:
        record = msgspec.structs.replace(
            request.node.stash[PLAN], outcome=Outcome.ERROR, severity=gate.severity, error=str(error)
        )
    request.node.stash[RECORD] = record
    return record


@pytest.fixture
def gate_result(request: pytest.FixtureRequest, examined: Examined) -> GateRecord:
    """What one gate of phase preflight or verify says of one target."""
    return _ask(request, examined, None)


@pytest.fixture
def rollback_result(request: pytest.FixtureRequest, examined: Examined) -> GateRecord:
    """What one gate of phase rollback says of one target, right after its P0 rollback."""
    return _ask(request, examined, Phase.ROLLBACK)


@pytest.fixture
def gate(request: pytest.FixtureRequest) -> OpenGate:
    """The gate that the test's `gate` marker names: it takes evidence and violations."""
    gate = OpenGate(request.node.stash[PLAN])
    request.node.stash[RECORD] = gate
    return gate


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    """Each target of the run, live or ephemeral."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def live(request: pytest.FixtureRequest) -> Target:
    """Each live target; none on a rehearsal."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def in_place(request: pytest.FixtureRequest) -> Target:
    """Each live target on which the rollback is rehearsed in place: staging; none that serves prod."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def drilled(request: pytest.FixtureRequest) -> Target:
    """Each target of a run with `--drill`."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def promoted(request: pytest.FixtureRequest) -> Target:
    """Each live target that another environment comes before."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def chain(run: Run) -> Chain:
    """The ledger of the reports folder with its records, read and checked."""
    return read_chain(run.reports)


@pytest.fixture
def rehearsed(request: pytest.FixtureRequest) -> Target:
    """Each target that is rehearsed on the ephemeral server; none on a live run."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def baseline(request: pytest.FixtureRequest) -> str:
    """Each starting state of the rehearsal, by name."""
    return request.param  # type: ignore[no-any-return]


def parametrize(metafunc: pytest.Metafunc, run: Run) -> None:
    """Spread a test over targets, gates and starting states.

    A test that has no target in this run is given `None`; collection then drops it.
    """
    live_or_not = list(run.targets)
    ephemeral = [target for target in run.targets if not target.live]
    asked: dict[str, tuple[list[Target], tuple[Phase, ...]]] = {
        "gate_result": (live_or_not, (Phase.PREFLIGHT, Phase.VERIFY)),
        "rollback_result": (ephemeral, (Phase.ROLLBACK,)),
    }
    for name, (targets, phases) in asked.items():
        if name in metafunc.fixturenames:
            pairs = [
                (target, gate)
                for target in targets
                for gate in run.gates
                if gate.phase in phases and gate.applies_to(target.topology.name)
            ]
            _spread(metafunc, name, pairs, [_pair_id(*pair) for pair in pairs])
    live = [target for target in run.targets if target.live]
    in_place = [target for target in live if is_allowed(target)]
    for name, targets in (
        ("target", live_or_not),
        ("rehearsed", ephemeral),
        ("live", live),
        ("in_place", in_place),
        ("soaked", [target for target in live if is_soaked(target, run)]),
        ("promoted", [target for target in live if target.topology.promoted_from]),
        ("drilled", in_place if metafunc.config.getoption("drill") else []),
    ):
        if name in metafunc.fixturenames:
            _spread(metafunc, name, targets, [target.name for target in targets])
    if "baseline" in metafunc.fixturenames:
        names = list(run.release.baselines)
        _spread(metafunc, "baseline", names, names)


def _pair_id(target: Target, gate: Gate) -> str:
    return f"{target.name}-{gate.id}"


def _spread(metafunc: pytest.Metafunc, name: str, values: Sequence[object], ids: list[str]) -> None:
    metafunc.parametrize(name, values or [None], ids=ids or ["none"], indirect=True)
