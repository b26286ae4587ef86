"""Behind PgBouncer: transaction mode is refused, session mode is as good as none, and they are told apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rollgate.applying.session import keeps_sessions
from rollgate.rehearsal.rollout import Rehearsal
from tests.selfcheck.applying.conftest import Place
from tests.selfcheck.session import conftest as session
from tests.selfcheck.session.conftest import Database


@pytest.fixture
def reached(served: Rehearsal, place: Place) -> Iterator[Database]:
    """A Phase 1 database on a server that PgBouncer can be put in front of."""
    name = served.databases.clone(served.baseline())
    database = Database(served.databases.cluster, name)
    place.conninfo = database.direct
    place.keep_run()
    yield database
    served.databases.drop(name)


def test_transaction_mode_is_refused(place, reached, pooler):
    place.variables["STAGING_DATABASE_URL"] = reached.at(pooler)
    assert not keeps_sessions(reached.at(pooler))
    for words in ((), ("--yes",)):
        said = place.apply(*words)
        assert said.code == 2, said.text
        assert "transaction mode" in said.text
        assert "which 20260101000100_index.sql:1 needs too" in said.text
    assert reached.sql("select to_regclass('public.things')") == [(None,)]


def test_transaction_mode_with_backends_to_spare_is_told_too(reached, roomy_pooler):
    assert not keeps_sessions(reached.at(roomy_pooler))


def test_session_mode_is_as_good_as_none(place, reached, server, monkeypatch):
    monkeypatch.setattr(
        session, "POOLER", session.POOLER.replace("pool_mode = transaction", "pool_mode = session")
    )
    with session.running_pooler(server, size=3) as port:
        assert keeps_sessions(reached.at(port))
        place.variables["STAGING_DATABASE_URL"] = reached.at(port)
        said = place.apply("--yes")
        assert said.code == 0, said.text
        assert ", pooler, primary" in said.text
    assert reached.sql("select kind from public.things") == [("staging",)]
