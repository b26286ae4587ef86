"""Where sabotages are tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.run import Run
from tests.selfcheck.sabotage.state import Grounds


@pytest.fixture(scope="session")
def grounds(rehearsal: Rehearsal, run: Run) -> Iterator[Grounds]:
    grounds = Grounds(rehearsal, run)
    yield grounds
    grounds.close()
