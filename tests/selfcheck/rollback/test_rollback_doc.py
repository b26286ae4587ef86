"""What the operator's page names exists, and what it shows is what they will see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rollgate.gates import Gate
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, Release, load_release
from rollgate.run import Run
from tests.selfcheck.rollback.steps import connect

ROOT = BUILTIN.parent


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs" / "rollback.md").read_text()


@pytest.fixture(scope="module")
def own() -> Release:
    """The release that the page is about, whatever `--release` says."""
    return load_release(BUILTIN)


def test_every_file_that_is_named_exists(page: str) -> None:
    named = re.findall(r"(?:sql|tests)/[\w/.]+|test_\w+\.py", page)
    assert named
    for each in named:
        found = ROOT / each if "/" in each else Path(__file__).with_name(each)
        assert found.exists(), each


def test_every_step_and_every_overlay_is_named(page: str, own: Release) -> None:
    for topology in own.topologies.values():
        for path in (*topology.rollbacks.values(), topology.overlay):
            assert f"`{path.relative_to(ROOT)}`" in page


def test_the_rows_that_it_shows_are_those_of_prod(page: str, own: Release, rehearsal: Rehearsal) -> None:
    prod = own.topologies["prod"]
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(prod)) as conninfo,
        connect(conninfo) as operator,
    ):
        applied = apply_file(operator, prod.rollback)
    shown = re.findall(r"^ (\w+) +\| (\w+) +\| (\w) +\| (\w) +\| +(\d+)$", page, re.MULTILINE)
    assert shown == list(applied.rows)


def test_every_message_of_the_files_is_explained(page: str, own: Release) -> None:
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    explained = [each.strip(". ") for each in re.findall(r"`([^`]+)`", prose)]
    for topology in own.topologies.values():
        for path in topology.rollbacks.values():
            messages = re.findall(r"message = (?:format\()?'([^']+)'", path.read_text())
            assert messages
            for message in messages:
                assert any(_covers(each, message) for each in explained), message


def _covers(explained: str, message: str) -> bool:
    """Tell whether the words of the page are in the message; `...` stands for anything."""
    parts = [re.escape(part.strip()) for part in explained.split("...")]
    return len(explained) > 12 and re.search(".*".join(parts), message) is not None


def test_the_gate_that_stays_red_exists(page: str, run: Run) -> None:
    gates: tuple[Gate, ...] = tuple(run.gates)
    assert "overlay-rows-are-in-place" in page
    assert "overlay-rows-are-in-place" in {gate.id for gate in gates}
