"""Which log files are of one series: rotation leaves them in one folder, one behind the other. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import NamedTuple

from rollgate.soak.coverage import Span
from rollgate.soak.entry import SET_BACK, Stretch

_ENDING = re.compile(r"\.(log|csv|json|gz)\b")
#: What rotation puts into a name, before or behind what stays: numbers, days, endings.
_TURN = (
    r"(\d{1,14}([T_]?\d{2,9})?Z?|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|log|csv|json|txt|gz)"
)
_TURNED = re.compile(rf"^({_TURN}[-_.])*|([-_.]{_TURN})*$", re.IGNORECASE)


class _File(NamedTuple):
    stretch: Stretch
    span: Span


def going_on(
    known: Iterable[Stretch], others: Iterable[Stretch], *, bridge: datetime.timedelta
) -> list[Stretch]:
    """Return those of `others` that go on from one of `known`, or from one that does.

    That is: in its folder and format, named like it but for what rotation puts into a name, and within
    `bridge` of where it begins or ends. Two such files that tell of the same time are those of two servers:
    which of them goes on can't be told, and so none does. What has as many lines from the same time to the
    same time is a copy, packed or not, and goes with it.
    """
    reached = _files(known)
    copies: dict[tuple[object, ...], list[Stretch]] = {}
    for each in _files(others):
        copies.setdefault(_content(each), []).append(each.stretch)
    rest = _files(same[0] for same in copies.values())
    every = [*reached, *rest]
    rest = [each for each in rest if not any(_overlap(each, one) for one in every if one is not each)]
    found: list[Stretch] = []
    while reached:
        one = reached.pop()
        following = [each for each in rest if _are_near(each, one, bridge)]
        rest = [each for each in rest if not _are_near(each, one, bridge)]
        found += [stretch for each in following for stretch in copies[_content(each)]]
        reached += following
    return found


def is_beside(stretch: Stretch, known: Iterable[Stretch]) -> bool:
    """Tell whether one of `known` is the same file in another format: the collector names them alike."""
    name = _ENDING.sub("", stretch.source)
    return any(
        each.folder == stretch.folder
        and each.format != stretch.format
        and _ENDING.sub("", each.source) == name
        for each in known
    )


def _files(stretches: Iterable[Stretch]) -> list[_File]:
    return [
        _File(each, Span(each.first, each.last))
        for each in stretches
        if each.first is not None and each.last is not None
    ]


def _are_of_a_kind(one: _File, other: _File) -> bool:
    return _kind(one.stretch) == _kind(other.stretch)


def _kind(stretch: Stretch) -> tuple[str, str, str]:
    return stretch.folder, stretch.format, _TURNED.sub("", stretch.source)


def _content(file: _File) -> tuple[object, ...]:
    return *_kind(file.stretch), file.span, file.stretch.lines


def _overlap(one: _File, other: _File) -> bool:
    if not _are_of_a_kind(one, other):
        return False
    early, late = sorted((one.span, other.span))
    is_inside = early.begins < late.begins and late.ends < early.ends
    return is_inside or min(early.ends, late.ends) - late.begins > SET_BACK


def _are_near(one: _File, other: _File, bridge: datetime.timedelta) -> bool:
    early, late = sorted((one.span, other.span))
    return _are_of_a_kind(one, other) and late.begins - early.ends <= bridge
