"""Supabase's history of migrations: what is recorded and what is there, each against the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from rollgate.catalog.snapshot import Change
from rollgate.rehearsal.history import Line, compare
from rollgate.rehearsal.seen import Recorded, look
from rollgate.target.session import read_only_session

TEXT = "-- what it is\nbegin;\ncreate table public.t (n integer);\ncommit;\n"
OBJECT = Change("relation", "public.t", "", "table")
ROW = Change("row", "public.t", "", "{}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "20260101000000_things.sql"
    path.write_text(TEXT)
    return path


def line(file: Path, history: Sequence[Recorded], changes: Sequence[Sequence[Change]] | None) -> Line:
    (found,) = compare([file], history, changes)
    return found


def recorded(
    name: str = "things", statements: str = "begin;\ncreate table public.t (n integer);\ncommit"
) -> list[Recorded]:
    return [Recorded("20260101000000", name, statements)]


def test_what_is_recorded_and_there_is_right(file):
    found = line(file, recorded(), [()])
    assert (found.recorded, found.there, found.statements, found.problem) == (
        "as things",
        "all of it",
        "the file's",
        "",
    )


def test_what_is_neither_recorded_nor_there_is_right(file):
    found = line(file, [], [(OBJECT,)])
    assert (found.recorded, found.there, found.problem) == ("no", "not all: 1 changes", "")


def test_pasted_sql_is_told(file):
    found = line(file, [], [()])
    assert "pasted SQL leaves none" in found.problem
    assert found.remedy == "supabase migration repair --status applied 20260101000000"


def test_a_record_without_its_objects_is_told(file):
    found = line(file, recorded(), [(OBJECT, ROW)])
    assert "1 of its objects missing or changed, relation public.t for one" in found.problem
    assert "--status reverted 20260101000000" in found.remedy


def test_rows_that_an_operator_changed_since_are_no_problem(file):
    assert line(file, recorded(), [(ROW,)]).problem == ""


def test_another_text_under_the_same_version_is_told(file):
    assert "another text" in line(file, recorded(statements="create table public.t (n bigint)"), [()]).problem


def test_another_name_under_the_same_version_is_told(file):
    assert "recorded as other, needed things" in line(file, recorded(name="other"), [()]).problem


def test_a_history_that_kept_no_statements_and_no_names_is_enough(file):
    found = line(file, recorded(name="", statements=""), [()])
    assert (found.recorded, found.statements, found.problem) == ("yes", "not kept", "")


def test_without_a_clone_nothing_is_said_of_what_is_there(file):
    assert (line(file, [], None).there, line(file, [], None).problem) == ("unknown", "")


def test_a_file_without_a_version_is_passed_over(tmp_path):
    assert list(compare([tmp_path / "things.sql"], [], None)) == []


@pytest.mark.parametrize(
    ("columns", "values", "expected"),
    [
        (
            "version text, statements text[], name text",
            "('1', array['select 1', 'select 2'], 'one')",
            [("1", "one", "select 1;\nselect 2")],
        ),
        ("version text, statements text[], name text", "('1', null, null)", [("1", "", "")]),
        ("version text", "('1'), ('0')", [("0", "", ""), ("1", "", "")]),
        ("version text", "", []),
    ],
    ids=["whole", "empty", "oldest", "no-rows"],
)
def test_the_history_is_read_from_the_target(rehearsal, columns, values, expected):
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("create schema supabase_migrations")
            connection.execute(f"create table supabase_migrations.schema_migrations ({columns})".encode())
            if values:
                connection.execute(
                    f"insert into supabase_migrations.schema_migrations values {values}".encode()
                )
        with read_only_session(conninfo) as connection:
            history = look(connection).history
    assert history == tuple(Recorded(*each) for each in expected)


def test_no_history_is_told_from_one_that_may_not_be_read(supabase):
    with read_only_session(supabase) as connection:
        assert (look(connection).history, look(connection).history_readable) == (None, True)
    with psycopg.connect(supabase, autocommit=True) as connection:
        connection.execute("create schema supabase_migrations")
        connection.execute("create table supabase_migrations.schema_migrations (version text)")
    with read_only_session(f"{supabase} user=reader") as connection:
        assert (look(connection).history, look(connection).history_readable) == (None, False)
