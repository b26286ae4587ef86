"""When a request is made again: after what the server asks for, within reason, and only if that may help."""

from __future__ import annotations

import pytest

from rollgate.command import Failure
from rollgate.evals.rest import LONGEST_WAIT_S, Passing, _again
from tests.selfcheck.export.postgrest import failing

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Passing("HTTP 503"), True),
        (Passing("HTTP 429", 7.0), 7.0),
        (Passing("HTTP 429", 0.0), 0.0),
        (Passing("HTTP 429", LONGEST_WAIT_S + 1), False),
        (Failure("rows of another shape"), False),
        (ValueError("a defect"), False),
    ],
)
def test_what_is_asked_again_and_after_how_long(error, again):
    found = _again(error)
    assert found == again
    assert isinstance(found, type(again)), "0 seconds are no `False`"


def test_the_servers_wish_is_what_is_waited_and_told(command, database, project):
    database.add(1)
    project.fail(failing(429, None, "slow down", Retry_After="1"))
    done = command()
    assert done.code == 0
    assert "HTTP 429 (slow down); asking again in 1.0 s" in done.err


def test_pauses_grow(command, project):
    project.fail(*[failing(503)] * 3)
    done = command("--retries", "2")
    waits = [float(line.rpartition(" in ")[2].removesuffix(" s")) for line in done.err.splitlines()[:2]]
    assert done.code == 1
    assert 0.5 <= waits[0] <= 1.5
    assert 1.0 <= waits[1] <= 2.0
