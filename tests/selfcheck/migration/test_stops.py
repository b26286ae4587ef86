"""Stopped anywhere, and run again: the release ends where an undisturbed run ends."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.catalog.snapshot import difference, take_snapshot
from rollgate.rehearsal.apply import ApplyError
from rollgate.rehearsal.lexer import split
from tests.selfcheck.migration.beside import INSERT, holding, migrating

pytestmark = pytest.mark.thorough

STATES = ("clean", "half-applied", "sitecraft", "narrow-configs")


def statements(topology) -> list[str]:
    return [each.text for path in topology.migrations for each in split(path.read_text()) if each.tokens]


@pytest.mark.parametrize("state", STATES)
def test_sent_one_by_one_and_stopped_after_any_statement_it_converges(
    starting_from, topology, roll_out, state
):
    with starting_from(state) as (_, connection):
        roll_out(connection)
        wanted = take_snapshot(connection).objects
    texts = statements(topology)
    # `begin`, `set local` and `commit` change nothing by themselves.
    stops = [number for number, text in enumerate(texts, 1) if "do $$" in text or "create index" in text]
    for stop in stops:
        with starting_from(state) as (conninfo, connection):
            with psycopg.connect(conninfo, autocommit=True) as first:
                for text in texts[:stop]:
                    first.execute(text.encode())
            roll_out(connection)
            assert take_snapshot(connection).objects == wanted, f"stopped after statement {stop}"


def test_a_session_that_is_killed_while_it_pauses_leaves_nothing_of_its_step(
    phase1, base, roll_out, blocking
):
    conninfo, connection = phase1
    with holding(conninfo, INSERT), migrating(conninfo, base) as migration:
        migration.until_it_pauses(connection)
        before = take_snapshot(connection)
        connection.execute("select pg_terminate_backend(%s)", (migration.pid,))
        assert isinstance(migration.end.exception(), ApplyError)
    assert difference(before, take_snapshot(connection)) == []
    roll_out(connection)
    assert blocking(conninfo) == []


@pytest.mark.parametrize("state", STATES)
def test_sent_one_by_one_it_leaves_what_a_paste_leaves(starting_from, topology, roll_out, state):
    found = []
    for one_by_one in (False, True):
        with starting_from(state) as (_, connection):
            if one_by_one:
                for text in statements(topology):
                    connection.execute(text.encode())
                connection.execute(topology.overlay.read_bytes())
            else:
                roll_out(connection)
            found.append(take_snapshot(connection).objects)
    assert found[0] == found[1]
