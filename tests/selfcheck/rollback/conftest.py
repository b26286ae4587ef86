"""What the tests of the rollback in distress share: the files, and databases to run them on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from rollgate.plugin.plan import RUN
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.server.cluster import Cluster
from tests.selfcheck.rollback.steps import Step, find_steps, prepared
from tests.selfcheck.rollback.stops import Stage


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread a test over the rollback files."""
    if "step" in metafunc.fixturenames:
        steps = find_steps(metafunc.config.stash[RUN].release)
        metafunc.parametrize("step", steps, ids=[each.id for each in steps])


@pytest.fixture
def database(rehearsal: Rehearsal, step: Step) -> Iterator[str]:
    """A clone of what the step starts from."""
    with rehearsal.databases.cloned(prepared(rehearsal, step)) as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def stages(rehearsal: Rehearsal) -> Iterator[Callable[[Step], Stage]]:
    """Make a database with stops for a step, once."""
    made: dict[Step, Stage] = {}
    with ExitStack() as stack:

        def stage_of(step: Step) -> Stage:
            if step not in made:
                template = prepared(rehearsal, step)
                made[step] = Stage(stack.enter_context(rehearsal.databases.cloned(template)), step)
                stack.callback(made[step].close)
            return made[step]

        yield stage_of


@pytest.fixture
def stage(stages: Callable[[Step], Stage], step: Step) -> Stage:
    """What the step starts from, with stops."""
    stage = stages(step)
    stage.restore()
    return stage


@pytest.fixture(scope="session")
def with_psql(cluster: Cluster) -> Cluster:
    """The server, where psql lies beside its programs; the wheels have none."""
    if not (cluster.binaries.bindir / "psql").is_file():
        pytest.skip(f"no psql in {cluster.binaries.bindir}")
    return cluster
