"""A database of each topology to try rollback files in, shared by the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, Topology


@contextmanager
def connected(rehearsal: Rehearsal, topology: Topology) -> Iterator[psycopg.Connection]:
    """Connect to a clone of what the rollout left."""
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        yield connection


def files_of(release: Release) -> list[tuple[Topology, str]]:
    """Return every step of every topology."""
    return [(topology, step) for topology in release.topologies.values() for step in topology.rollbacks]
