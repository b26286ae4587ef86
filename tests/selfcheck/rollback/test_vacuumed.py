"""The same proof where VACUUM has freed space in between, so that new rows lie before older ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rollback.exploring import examples, explored
from tests.rollback.judging import Trial
from tests.rollback.states import KEYS, State, states
from tests.selfcheck.rollback.trials import connected

COUNT = examples(40, 250)
#: Places of rows in the heap, by the order of the keys.
ORDER = "select provider, environment from public.ai_provider_configs order by ctid"


@pytest.mark.parametrize("name", ["prod", "single-db"])
def test_every_step_holds_on_rows_that_vacuum_has_made_room_for(release, rehearsal, name):
    topology = release.topologies[name]
    trials = [Trial.of(topology, step, path) for step, path in topology.rollbacks.items()]
    reordered = 0
    with connected(rehearsal, topology) as connection:

        @explored(COUNT)
        @given(states(name), st.sets(st.sampled_from(KEYS), min_size=2, max_size=5))
        def holds(state: State, leave: set[tuple[str, str]]) -> None:
            nonlocal reordered
            if not state.rows:
                return
            # All rows come, some go, their room is freed, and they come again where room is.
            insert, *moves = state.sql().split(";\n")[1:-1]
            connection.execute("delete from public.ai_provider_configs")
            connection.execute("vacuum public.ai_provider_configs")
            connection.execute(insert.encode())
            for key in leave:
                again = State(tuple(row for row in state.rows if row.key == key))
                where = f"where provider = '{key[0]}' and environment = '{key[1]}'"
                connection.execute(f"delete from public.ai_provider_configs {where}".encode())
                connection.execute("vacuum public.ai_provider_configs")
                if again.rows:
                    connection.execute(again.sql().split(";\n")[1].encode())
            for move in moves:
                connection.execute(move.encode())
                connection.execute("vacuum public.ai_provider_configs")
            order = connection.execute(ORDER).fetchall()
            reordered += order != [row.key for row in state.rows if row.key in order]
            for trial in trials:
                assert trial.breaks(connection, f"set local timezone = '{state.zone}';") == {}, trial.step

        holds()
    print(f"{name}: {COUNT} states, the rows in another order than they came in {reordered}")
    assert reordered, "no state had its rows in another order: the test shows nothing"
