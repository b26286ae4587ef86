"""Behind a pooler a target is the same database, and it is told that the way to it is not direct."""

from __future__ import annotations

from rollgate.target.identity import read_identity, same_database
from rollgate.target.session import read_only_session


def test_a_pooler_is_told_from_the_server(prod, pooler):
    with read_only_session(prod.at()) as session:
        direct = read_identity(session)
    with read_only_session(prod.at(pooler)) as session:
        pooled = read_identity(session)
    assert (direct.reached, pooled.reached) == ("direct", "pooler")
    assert same_database(direct, pooled)
