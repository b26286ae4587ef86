"""A file is taken apart into what is done whole or not at all, and what can't be sent is refused before."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollgate.applying.concurrently import Build, build_of
from rollgate.applying.existing import made_by
from rollgate.applying.script import read_file, read_rollout
from rollgate.errors import UsageError
from rollgate.rehearsal.lexer import split


def units(tmp_path: Path, text: str) -> list[tuple[int, ...]]:
    path = tmp_path / "20260101000000_things.sql"
    path.write_text(text)
    return [tuple(step.number for step in unit.steps) for unit in read_file(path).units]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1;", [(1,)]),
        ("select 1; select 2", [(1, 2)]),
        ("begin; select 1; commit; select 2; select 3;", [(1, 2, 3), (4, 5)]),
        (
            "select 1; begin; select 2; end; start transaction; select 3; commit work;",
            [(1,), (2, 3, 4), (5, 6, 7)],
        ),
        ("select 1; create index concurrently i on t (n); select 2;", [(1,), (2,), (3,)]),
        ("begin; savepoint s; select 1; rollback to savepoint s; commit;", [(1, 2, 3, 4, 5)]),
        ("vacuum t; drop index concurrently i;", [(1,), (2,)]),
        ("do $$ begin perform 1; commit; end $$;", [(1,)]),
        ("-- begin;\nselect '; commit;';", [(1,)]),
    ],
)
def test_transactions_are_kept_as_they_are(tmp_path, text, expected):
    assert units(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("begin; select 1;", "a begin that no commit follows"),
        ("select 1; commit;", "a commit without a begin"),
        ("begin; select 1; rollback;", "`rollback`, which undoes the file"),
        ("begin; begin; commit;", "a begin within a transaction"),
        (
            "begin; create index concurrently i on t (n); commit;",
            "which can't run in a transaction, within one",
        ),
        ("begin; select 1; commit and chain; commit;", "`commit and chain`"),
        ("copy t from stdin;", "`copy`"),
        ("begin; prepare transaction 'x';", "`prepare transaction`"),
        ("\\i other.sql", "a command of psql"),
        ("select 'never closed", "a quote that is never closed"),
        ("-- nothing\n", "no statement"),
        ("\ufeffselect 1;", "a byte order mark"),
    ],
)
def test_what_cannot_be_sent_so_is_refused(tmp_path, text, found):
    with pytest.raises(UsageError) as caught:
        units(tmp_path, text)
    assert found in caught.value.found
    assert "20260101000000_things.sql" in caught.value.where


def test_statements_are_kept_as_the_supabase_cli_keeps_them(tmp_path):
    path = tmp_path / "20260101000000_many_things.sql"
    path.write_text("-- one\nselect 1;\n\nselect ';' ;;\n-- the end\n")
    file = read_file(path)
    assert (file.version, file.name) == ("20260101000000", "many_things")
    assert file.statements == ("-- one\nselect 1", "select ';'", "-- the end")
    assert [(step.number, step.line, step.first_line) for step in file.steps] == [
        (1, 2, "select 1;"),
        (2, 4, "select ';' ;"),
    ]


@pytest.mark.parametrize("name", ["things.sql", "2026-things.sql"])
def test_a_name_without_a_version_has_none(tmp_path, name):
    (tmp_path / name).write_text("select 1;")
    assert read_file(tmp_path / name).version == ""


def test_the_shipped_files_can_be_run_so(release):
    for topology in release.topologies.values():
        files = read_rollout(release, topology)
        assert [file.path for file in files] == list(topology.rollout)
        assert [file.sha256 for file in files] == [
            each.sha256 for file in files for each in release.files if each.path == file.shown
        ]
        for file in files:
            assert sum(len(unit.steps) for unit in file.units) == len(file.steps)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create index concurrently if not exists i on public.t (n)", Build("i", "public.t")),
        ('create unique index concurrently "I x" on only "S"."T" using btree (n)', Build('"I x"', '"S"."T"')),
        ("create index concurrently on t (n)", None),
        ("create index i on t (n)", None),
        ("drop index concurrently i", None),
        ("create table concurrently (n integer)", None),
    ],
)
def test_what_is_built_concurrently_is_read(text, expected):
    (statement,) = split(text)
    assert build_of(statement) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create table if not exists public.t (n integer)", "public.t"),
        ("create or replace view v as select 1", "v"),
        ("create unique index if not exists i on public.t (n)", "public.i"),
        ("create index concurrently if not exists i on t (n)", "i"),
        ("create index on t (n)", ""),
        ("create materialized view s.m as select 1", "s.m"),
        ("alter table t add column n integer", ""),
        ("do $$ begin end $$", ""),
    ],
)
def test_what_is_made_is_read(text, expected):
    (statement,) = split(text)
    assert made_by(statement) == expected
