"""The way through a rollout: told from the target's size and write rate, and from what the clone showed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from rollgate.rehearsal.apply import Applied
from rollgate.rehearsal.locks import Held
from rollgate.rehearsal.preview import Step
from rollgate.rehearsal.seen import Table
from rollgate.rehearsal.way import Paste, way_through

HOT = "public.ai_training_examples"
MB = 1024 * 1024
BUSY = Table("", True, rows=1_000_000, bytes=759 * MB, total_bytes=900 * MB, writes=20_000, seconds=1000)


def way_of(path: Path, text: str, *held: Held, table: Table = BUSY) -> Paste:
    path.write_text(text)
    step = Step(Applied(path, 0.1, (), ()), changes=())
    (paste,) = way_through([step], held, {HOT: table})
    return paste


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.sql"


def lock(
    path: Path, mode: str = "AccessExclusiveLock", *, patience: str = "40ms", reads: bool = False
) -> Held:
    return Held(path, 1, HOT, mode, reads, rewrites=False, seconds=0.01, patience=patience)


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("-- why\ncreate index concurrently i on public.t (n);", True),
        ("create index concurrently i on public.t (n); select 1;", False),
        ("create index i on public.t (n);", False),
        ("do $$ begin commit; end $$;", True),
        ("do $$ begin perform 'commit'; end $$;", False),
        ("do $x$ begin -- no commit\n end $x$;", False),
    ],
)
def test_a_file_that_cannot_share_a_paste_is_told(path, text, alone):
    assert way_of(path, text).alone is alone


@pytest.mark.parametrize(
    ("patience", "milliseconds"), [("40ms", 40), ("3s", 3000), ("2min", 120_000), ("0", None)]
)
def test_others_wait_as_long_as_the_lock_is_asked_for_and_held(path, patience, milliseconds):
    (stall,) = way_of(path, "", lock(path, patience=patience)).stalls
    assert stall.milliseconds == pytest.approx(milliseconds) if milliseconds else stall.milliseconds is None
    assert stall.is_long is (milliseconds != 40)


def test_reading_the_table_under_the_lock_makes_them_wait_for_all_of_it(path):
    paste = way_of(path, "", lock(path, "ShareLock", reads=True))
    assert paste.worst is not None
    assert paste.worst.milliseconds == pytest.approx(40 + 1000 * 759 / 640)
    assert 7 < paste.seconds < 9


def test_a_lock_that_lets_writers_pass_keeps_nobody_waiting(path):
    assert way_of(path, "", lock(path, "ShareUpdateExclusiveLock", patience="0")).stalls == ()


def test_who_hardly_writes_waits_for_nobody(path):
    quiet = replace(BUSY, bytes=MB, writes=3)
    assert way_of(path, "", lock(path, "ShareRowExclusiveLock", patience="3s"), table=quiet).stalls == ()
    assert way_of(path, "", lock(path, patience="3s"), table=quiet).stalls, "readers do"


def test_on_a_small_target_one_paste_is_enough(rehearsal, preview, staging):
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        seen = preview(conninfo)
    way = list(way_through(seen.steps, seen.held, seen.seen.tables))
    assert [each.path for each in way] == list(staging.topology.rollout)
    assert [each.path for each in way if each.changes] == [way[0].path, way[-1].path]
    assert not [stall for each in way for stall in each.stalls if stall.is_long]


def test_on_a_big_one_the_indexes_are_built_apart(rehearsal, preview, staging):
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("checkpoint")
            ((found,),) = connection.execute(f"select pg_relation_filepath('{HOT}')").fetchall()
        os.truncate(rehearsal.databases.cluster.directory / "data" / found, 1000 * MB)
        seen = preview(conninfo)
    base, old, *indexes, overlay = way_through(seen.steps, seen.held, seen.seen.tables)
    assert (base.alone, old.alone, overlay.alone) == (False, True, False)
    assert old.changes == 0
    assert [(each.alone, bool(each.changes)) for each in indexes] == [(True, True)] * 3
    assert all(each.seconds > 20 for each in indexes), "two passes over a gigabyte"
    assert not [stall for each in (base, *indexes, overlay) for stall in each.stalls if stall.is_long]
