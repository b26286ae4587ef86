"""A file seen statement by statement: the same effect as in one go, and each lock that writers would meet."""

from __future__ import annotations

import contextlib

import psycopg
import pytest

from rollgate.catalog.snapshot import take_snapshot
from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.rehearsal.locks import Held, apply_traced
from rollgate.rehearsal.preview import stalls
from rollgate.rehearsal.seen import look
from rollgate.target.session import read_only_session


@pytest.fixture
def database(rehearsal):
    def build(connection):
        connection.execute(
            "create table public.t (id integer primary key, n integer, note text);"
            "create table public.other (id integer primary key, t_id integer);"
            "insert into public.t select i, i from generate_series(1, 10) i"
        )

    with (
        rehearsal.databases.cloned(rehearsal.databases.template("locks", build)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        yield connection


@pytest.fixture
def trace(database, tmp_path):
    """Return what a file held, as (line, table, lock, who waits, read from end to end, rewritten)."""

    def traced(text):
        path = tmp_path / "file.sql"
        path.write_text(text)
        held: list[Held] = []
        with contextlib.suppress(ApplyError):
            apply_traced(database, path, held)
        return [
            (each.line, each.table, each.lock, each.stops, each.reads_all, each.rewrites) for each in held
        ]

    return traced


ALL = "writers and readers"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("create index on public.t (n);", ("SHARE", "writers", True, False)),
        ("alter table public.t add column x integer default 1;", ("ACCESS EXCLUSIVE", ALL, False, False)),
        (
            "alter table public.t add column x uuid default gen_random_uuid();",
            ("ACCESS EXCLUSIVE", ALL, True, True),
        ),
        ("alter table public.t alter column n type bigint;", ("ACCESS EXCLUSIVE", ALL, True, True)),
        ("alter table public.t alter column n set not null;", ("ACCESS EXCLUSIVE", ALL, True, False)),
        ("alter table public.t add check (n > 0);", ("ACCESS EXCLUSIVE", ALL, True, False)),
        ("alter table public.t add check (n > 0) not valid;", ("ACCESS EXCLUSIVE", ALL, False, False)),
        ("update public.t set n = 0 where note = 'x';", ("ROW EXCLUSIVE", "", True, False)),
        ("lock table public.t in share mode; select 1;", ("SHARE", "writers", False, False)),
        ("truncate public.t;", ("ACCESS EXCLUSIVE", ALL, True, True)),
        (
            "do $$ begin alter table public.t add column x integer; perform count(*) from public.t; end $$;",
            ("ACCESS EXCLUSIVE", ALL, True, False),
        ),
    ],
)
def test_a_lock_is_seen_with_what_happens_under_it(trace, text, held):
    assert (1, "public.t", *held) in trace(text)


def test_each_transaction_is_told_apart(trace):
    text = """\
begin;
alter table public.t add check (n > 0) not valid;
commit;

begin;
alter table public.t validate constraint t_n_check;
commit;
"""
    assert trace(text) == [
        (2, "public.t", "ACCESS EXCLUSIVE", ALL, False, False),
        (6, "public.t", "SHARE UPDATE EXCLUSIVE", "other changes of the table", True, False),
    ]


def test_what_stands_outside_a_transaction_is_held_to_the_end_of_the_file(trace):
    text = "alter table public.t add column x integer;\nselect count(*) from public.t;\nselect 1;"
    assert trace(text) == [(1, "public.t", "ACCESS EXCLUSIVE", ALL, True, False)]


def test_a_lock_taken_before_begin_is_held_to_its_commit(trace):
    text = "lock table public.t;\nbegin;\nselect 1;\ncommit;\nselect count(*) from public.t;"
    assert trace(text) == [
        (1, "public.t", "ACCESS EXCLUSIVE", ALL, False, False),
        (5, "public.t", "ACCESS SHARE", "", True, False),
    ]


def test_new_tables_keep_nobody_waiting(trace):
    assert trace("create table public.u (n integer); create index on public.u (n);") == []


def test_both_sides_of_a_foreign_key_are_seen(trace):
    held = trace("alter table public.other add foreign key (t_id) references public.t (id);")
    assert [each[:3] for each in held] == [
        (1, "public.other", "SHARE ROW EXCLUSIVE"),
        (1, "public.t", "SHARE ROW EXCLUSIVE"),
    ]


def test_a_concurrent_build_runs_alone(trace, database):
    assert trace("create index concurrently made on public.t (n);") == []
    assert database.execute("select to_regclass('public.made')::text").fetchone() == ("made",)


def test_what_a_refused_file_held_before_is_told(trace):
    text = "begin;\nalter table public.t add column x integer;\ncommit;\nselect 1 / 0;"
    assert trace(text) == [(2, "public.t", "ACCESS EXCLUSIVE", ALL, False, False)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("select 1;\n\n-- why\nselect nothing\n  from public.t;\n", "file.sql:4"),
        ("select 1;\n-- why\nselect 1,\n  nothing from public.t;", "file.sql:4"),
        ("select 1;\nselect 1 / 0;", "file.sql:2"),
    ],
)
def test_an_error_is_told_with_its_line(database, tmp_path, text, place):
    path = tmp_path / "file.sql"
    path.write_text(text)
    with pytest.raises(ApplyError) as caught:
        apply_traced(database, path, [])
    assert caught.value.place == place


def test_an_error_undoes_its_transaction_alone(database, tmp_path):
    path = tmp_path / "file.sql"
    path.write_text(
        "begin; create table public.kept (); commit; create table public.undone (); select 1 / 0;"
    )
    with pytest.raises(ApplyError):
        apply_traced(database, path, [])
    assert database.execute(
        "select to_regclass('public.kept')::text, to_regclass('public.undone')::text"
    ).fetchone() == ("kept", None)


@pytest.mark.parametrize("state", ["clean", "sitecraft", "half-applied", "narrow-configs"])
def test_the_release_has_the_same_effect_as_in_one_go(rehearsal, release, state):
    topology = release.topologies["staging"]
    objects, rows = [], []
    for traced in (False, True):
        with (
            rehearsal.databases.cloned(rehearsal.baseline(state)) as conninfo,
            psycopg.connect(conninfo, autocommit=True) as connection,
        ):
            shown = [
                apply_traced(connection, path, []) if traced else apply_file(connection, path)
                for path in topology.rollout
            ]
            objects.append(take_snapshot(connection).objects)
            rows.append((shown[-1].columns, shown[-1].rows))
    assert objects[0] == objects[1]
    assert rows[0] == rows[1]


def test_only_a_big_table_that_is_read_under_a_lock_stalls(database, tmp_path):
    path = tmp_path / "file.sql"
    path.write_text("create index on public.t (n); lock table public.other;")
    held: list[Held] = []
    apply_traced(database, path, held)
    with read_only_session(database.info.dsn) as connection:
        seen = look(connection)
    assert [each.table for each in stalls(held, seen, limit=1000)] == ["public.t"]
    assert stalls(held, seen, limit=1_000_000) == []
