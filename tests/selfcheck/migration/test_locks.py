"""Which locks the release takes on tables that are in use, how long it asks, and what it does meanwhile."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.rehearsal.lexer import split
from rollgate.rehearsal.locks import Held, apply_traced

HOT = "public.ai_training_examples"
ROUTING = "public.ai_provider_configs"
LOOK = (
    "\ninsert into public.seen select pg_current_xact_id()::text, count(*) from pg_locks"
    f" where relation = '{HOT}'::regclass and pid = pg_backend_pid();\nbegin; commit;"
)
FILENODE = f"select pg_relation_filenode('{HOT}'::regclass)"
#: How long a statement may stand in the way of others while it waits itself.
SHORT = {"40ms"}
STATES = ("clean", "bigint-id", "half-applied", "narrow-configs", "sitecraft")


def traced(connection: psycopg.Connection, topology) -> list[Held]:
    held: list[Held] = []
    for path in topology.rollout:
        apply_traced(connection, path, held)
    return held


@pytest.mark.parametrize("state", STATES)
def test_a_lock_that_stops_the_runtime_is_asked_for_briefly(starting_from, topology, state):
    with starting_from(state) as (_, connection):
        held = traced(connection, topology)
    hot = [each for each in held if each.table == HOT and each.stops]
    assert {"ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE"} <= {each.lock for each in hot}
    assert {each.patience for each in hot if "writers" in each.stops} == SHORT
    # The runtime reads its routing with each request; the overlay's lock lets readers pass.
    routing = [each for each in held if each.table == ROUTING and "readers" in each.stops]
    assert {each.patience for each in routing} <= SHORT
    evals = [each for each in held if each.table.startswith("public.ai_eval_") and "writers" in each.stops]
    assert {each.patience for each in evals} <= SHORT


def test_nothing_is_read_or_rewritten_while_writers_wait(big, topology):
    _, connection = big
    before = connection.execute(FILENODE).fetchone()
    held = [each for each in traced(connection, topology) if each.table == HOT]
    assert connection.execute(FILENODE).fetchone() == before
    assert not [each for each in held if each.rewrites]
    assert [each.lock for each in held if each.reads_all and "writers" in each.stops] == []
    # The checks are validated under a lock that only other changes of the table wait for, in one pass.
    assert [each.lock for each in held if each.reads_all and each.stops] == ["SHARE UPDATE EXCLUSIVE"]


def test_an_interrupted_rollout_is_finished_the_same_way(big, topology):
    _, connection = big
    connection.execute(
        f"alter table {HOT} add column route_strategy text, add column fallback_used boolean,"
        " add column latency_ms integer"
    )
    held = [each for each in traced(connection, topology) if each.table == HOT]
    assert not [each for each in held if each.rewrites]
    assert [each.lock for each in held if each.reads_all and "writers" in each.stops] == []


def test_run_again_it_takes_no_lock_on_the_hot_table_that_anybody_waits_for(migrated, topology):
    _, connection = migrated
    held = traced(connection, topology)
    assert [each for each in held if each.table == HOT and each.stops] == []
    assert [each for each in held if each.table == ROUTING and "readers" in each.stops] == []


def test_no_lock_is_held_from_one_message_to_the_next(base):
    """Sent one by one, as psql does, a lock would last a round trip longer."""
    explicit, inside = False, []
    for statement in split(base.read_text()):
        words = statement.words
        if words[:1] == ("begin",):
            explicit = True
        elif words[:1] == ("commit",):
            explicit = False
        elif explicit and words[:1] == ("do",):
            inside.append(statement.tokens[1].text)
    assert inside, "the validations lift the statement timeout, which takes a transaction of their own"
    for text in inside:
        assert "lock table" not in text
        assert not any(word in text for word in ("add column", "create index", "set not null", "not valid"))


def test_a_paste_commits_after_each_step(phase1, base):
    """Each block is committed before the next begins: nothing is held for as long as the file runs."""
    _, connection = phase1
    text = base.read_text()
    marked = []
    for statement in split(text):
        marked.append(statement.text)
        if statement.words[:1] == ("commit",):
            marked.append(LOOK)
    connection.execute("create table public.seen (xid text, locks integer)")
    connection.execute("".join(marked).encode())
    rows = connection.execute("select xid, locks from public.seen").fetchall()
    assert len(rows) == len({xid for xid, _ in rows}) >= 8
    assert {locks for _, locks in rows} == {0}
