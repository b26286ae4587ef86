"""Which log files are of one series: rotation leaves them in one folder, one behind the other. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import NamedTuple

from rollgate.soak.coverage import Span
from rollgate.soak.entry import Stretch

#: Lines that are written at once may be out of order by less than this.
_JITTER = datetime.timedelta(seconds=60)
#: What log_filename has of a day, and Debian of a cluster: its version is no part of a date.
_DAY = re.compile(
    r"(?<![a-z])(?:(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?|jan(?:uary)?|feb(?:ruary)?"
    r"|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)(?![a-z])"
)
_CLUSTER = re.compile(r"postgresql-\d\d?-(?=[a-z])")
_ROTATED = re.compile(r"(?:[._-]0)+$")
_ENDING = re.compile(r"\.(log|csv|json|gz)\b")


class _File(NamedTuple):
    stretch: Stretch
    span: Span


def going_on(
    known: Iterable[Stretch], others: Iterable[Stretch], *, bridge: datetime.timedelta
) -> list[Stretch]:
    """Return those of `others` that go on from one of `known`, or from one that does.

    That is: in its folder and format, named alike, and within `bridge` of where it begins or ends. Two files
    that tell of the same time are those of two servers: which one goes on can't be told, and so none does.
    What has as many lines from the same time to the same time is a copy, packed or not, and goes with it.
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


def series_of(name: str) -> str:
    """Return what the names of a series have in common, without days, numbers and packing."""
    masked = _DAY.sub("0", name.lower().removesuffix(".gz"))
    cluster = _CLUSTER.match(masked)
    kept = cluster.end() if cluster else 0
    return _ROTATED.sub("", masked[:kept] + re.sub(r"\d+", "0", masked[kept:]))


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
    return one.stretch.folder == other.stretch.folder and one.stretch.format == other.stretch.format


def _content(file: _File) -> tuple[object, ...]:
    stretch = file.stretch
    return stretch.folder, stretch.format, series_of(stretch.source), file.span, stretch.lines


def _overlap(one: _File, other: _File) -> bool:
    if not _are_of_a_kind(one, other):
        return False
    early, late = sorted((one.span, other.span))
    is_inside = early.begins < late.begins and late.ends < early.ends
    return is_inside or min(early.ends, late.ends) - late.begins > _JITTER


def _are_near(one: _File, other: _File, bridge: datetime.timedelta) -> bool:
    early, late = sorted((one.span, other.span))
    if not _are_of_a_kind(one, other) or series_of(one.stretch.source) != series_of(other.stretch.source):
        return False
    return late.begins - early.ends <= bridge
