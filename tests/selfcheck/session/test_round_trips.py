"""A target may be 80 ms away: the gates of a whole run are asked in a handful of round trips."""

from __future__ import annotations

import psycopg

from tests.selfcheck.session.proxy import distant

MOST = 12  # more than connecting takes
DISTANCE = 0.1  # seconds; what a batch takes to be sent has to fit in


def test_a_whole_live_run_is_a_few_round_trips_more_than_connecting(server, prod, verify):
    with distant(("127.0.0.1", server.port), round_trip_s=DISTANCE) as traffic:
        psycopg.connect(prod.at(traffic.port)).close()
        connecting = traffic.round_trips
        run = verify(prod.at(traffic.port))
        took = traffic.round_trips - 2 * connecting
    assert not run.blocking
    assert len(run.record["gates"]) > 30
    assert traffic.connections == 2, "the one above, and one for the whole run"
    assert took <= MOST
