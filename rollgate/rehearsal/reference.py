"""What a release should have left on a target: the same release on the starting state most like it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import psycopg
from psycopg import sql

from rollgate.catalog.drift import Reference, relation_of
from rollgate.catalog.snapshot import COLUMNS, OBJECTS, Objects, as_columns, as_objects, read_catalog
from rollgate.errors import UsageError
from rollgate.rehearsal.apply import ApplyError
from rollgate.rehearsal.rollout import CLEAN, Rehearsal
from rollgate.release import Topology


@dataclass(frozen=True)
class Chosen:
    """A reference, the starting state that it was built from, and the server's version."""

    reference: Reference
    baseline: str
    version: str
    rehearsal: Rehearsal


def choose_reference(rehearsal: Rehearsal, topology: Topology, found: Objects) -> Chosen:
    """Return the reference whose columns fit those found best; the clean one where that does as well.

    A database may number its training examples with bigint, or keep the older layout of the eval tables,
    or both: that is a starting state, no drift. Only columns decide, so that a state can't hide what else
    differs.

    Raises:
        ApplyError: the release doesn't apply to the clean state.
    """
    version = rehearsal.databases.cluster.binaries.version
    best = Chosen(_build(rehearsal, topology, CLEAN), CLEAN, version, rehearsal)
    if not _misfits(best.reference, found):
        return best
    known = _columns(best.reference.after)
    better: list[Chosen] = []
    for name in _odd_baselines(rehearsal, known):
        chosen = _try(rehearsal, topology, name)
        if chosen and _misfits(chosen.reference, found) < _misfits(best.reference, found):
            better.append(chosen)
    better.sort(key=lambda each: _misfits(each.reference, found))
    if len(better) > 1 and _misfits(better[0].reference, found):
        both = _combined(rehearsal, better[0].baseline, better[1].baseline)
        chosen = _try(both, topology, list(both.release.baselines)[-1])
        if chosen and _misfits(chosen.reference, found) < _misfits(better[0].reference, found):
            return chosen
    return better[0] if better else best


def in_words_of(chosen: Chosen, topology: Topology, found: Objects) -> Objects:
    """Return `found` with its views written as the reference's server writes them.

    Another major version writes the same view otherwise. So each view that differs is made anew on a copy
    of the reference, read back, and rolled back; one that can't be made there stays as it is.
    """
    after = chosen.reference.after
    odd = [key for key in found if key[0] == "view" and key in after and found[key] != after[key]]
    if not odd:
        return found
    told = dict(found)
    rehearsal = chosen.rehearsal
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology, chosen.baseline)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        connection.execute("set search_path = ''")
        for key in odd:
            text = _rewritten(connection, found[key])
            if text is not None:
                told[key] = text
    return told


def _rewritten(connection: psycopg.Connection, text: str) -> str | None:
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(
                sql.SQL("create view public.rollgate_written_anew as {}").format(sql.SQL(text))
            )
            row = connection.execute(
                "select pg_get_viewdef('public.rollgate_written_anew'::regclass)"
            ).fetchone()
    except psycopg.Error:
        return None
    return str(row[0]) if row else None


def _odd_baselines(rehearsal: Rehearsal, known: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the starting states with a column that the clean one never has: only they explain more."""
    for name in rehearsal.release.baselines:
        if name != CLEAN and not _columns(_read(rehearsal, rehearsal.baseline(name))[0]) <= known:
            yield name


def _combined(rehearsal: Rehearsal, one: str, other: str) -> Rehearsal:
    """Return a rehearsal with one more starting state: both of two that go on from the clean one."""
    release = rehearsal.release
    more = [path for path in release.baselines[other] if path not in release.baselines[one]]
    baselines = {**release.baselines, f"{one}+{other}": (*release.baselines[one], *more)}
    return Rehearsal(replace(release, baselines=baselines), rehearsal.databases)


def _try(rehearsal: Rehearsal, topology: Topology, baseline: str) -> Chosen | None:
    try:
        reference = _build(rehearsal, topology, baseline)
    except (ApplyError, UsageError):
        return None
    return Chosen(reference, baseline, rehearsal.databases.cluster.binaries.version, rehearsal)


def _build(rehearsal: Rehearsal, topology: Topology, baseline: str) -> Reference:
    after, columns = _read(rehearsal, rehearsal.rolled_out(topology, baseline))
    before, _ = _read(rehearsal, rehearsal.baseline(baseline))
    return Reference(before, after, columns)


@cache
def _read(rehearsal: Rehearsal, template: str) -> tuple[Objects, Mapping[str, list[str]]]:
    """Read a template once: it doesn't change."""
    with (
        rehearsal.databases.cloned(template) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        objects, columns = read_catalog(connection, OBJECTS, COLUMNS)
    return as_objects(objects), as_columns(columns)


def _misfits(reference: Reference, found: Objects) -> int:
    """Count the columns that the starting state doesn't explain, before the release or after it.

    Those that were there before must be; those on the release's tables must be its own, or have been there.
    """
    there, before, after = _columns(found), _columns(reference.before), _columns(reference.after)
    tables = {relation_of(key, "") for key in reference.changed if key[0] == "column"}
    return sum(_of(each) in tables for each in (before - there) | (there - before - after))


def _of(column: tuple[str, str]) -> str:
    return relation_of(("column", column[0]), "")


def _columns(objects: Objects) -> set[tuple[str, str]]:
    """Return name and type of each column."""
    return {(name, _type(text)) for (kind, name), text in objects.items() if kind == "column"}


def _type(definition: str) -> str:
    for end in (" not null", " default ", " generated "):
        definition = definition.split(end)[0]
    return definition
