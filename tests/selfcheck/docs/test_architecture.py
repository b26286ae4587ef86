"""The picture in docs/architecture.md is the one that the layers are held to."""

from __future__ import annotations

import re

from tests.selfcheck.docs.commands import ROOT
from tests.selfcheck.test_layers import PACKAGE, STOREYS

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_the_picture_has_the_storeys_in_their_order():
    """A part of a room that has a storey of its own (`evidence.compose`) is not drawn."""
    fenced = re.findall(r"```\n(.*?)```", TEXT, re.DOTALL)
    (picture,) = (each for each in fenced if each.startswith(" plugin/"))
    wanted = [{room for room in rooms if "." not in room} - {"__main__"} for rooms in STOREYS]
    names = {room for rooms in wanted for room in rooms}
    drawn = [names & set(re.findall(r"\w+", line.split("  ")[0])) for line in picture.splitlines()]
    assert drawn == [rooms for rooms in wanted if rooms]


def test_every_room_has_its_job_in_the_table_and_is_there():
    rows = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")]
    told = {room for row in rows for room in re.findall(r"`(\w+)/?`", row)}
    assert told == {room for rooms in STOREYS for room in rooms if "." not in room} - {"__main__"}
    assert [room for room in told if not any(PACKAGE.glob(f"{room}*"))] == []
