"""Which statements and messages touch the table, and what may be kept of them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollgate.soak.entry import Entry
from rollgate.soak.matching import Names, Touch, match, tell

NOW = datetime.datetime(2026, 2, 16, tzinfo=datetime.UTC)
NAMES = Names(
    "public",
    "ai_training_examples",
    frozenset({"latency_ms", "prompt", "route_strategy"}),
    {
        "ai_training_examples_latency_ms_check": ("latency_ms",),
        "ai_training_examples_pkey": ("id",),
        "idx_ai_training_examples_request_id": ("request_id",),
    },
    functions=frozenset({"save_example", "saveExample"}),
    views=frozenset({"recent_examples"}),
)


def touch(
    message: str = "division by zero", statement: str = "", *, context: str = "", detail: str = ""
) -> Touch | None:
    kept = match(Entry(NOW, "ERROR", "22012", message, statement, context, detail), NAMES)
    return kept.touch if kept else None


@pytest.mark.parametrize(
    "statement",
    [
        "insert into ai_training_examples values (1)",
        "INSERT INTO AI_Training_Examples VALUES (1)",
        'insert into "ai_training_examples" values (1)',
        'insert into "public"."ai_training_examples"("source") values ($1)',
        "insert into public . ai_training_examples values (1)",
        "update\n\tonly\n public.ai_training_examples set x = 1",
        "delete /* from nowhere */ from -- a comment\n ai_training_examples",
        "with a as (insert into public.ai_training_examples values (1) returning *) select * from a",
        "copy public.ai_training_examples (source) from stdin",
        "merge into ai_training_examples as t using s on true when matched then delete",
        "truncate other, ai_training_examples",
        "update ai_training_examples set prompt = 'never closed",
        "select save_example($1)",
        "call save_example(1)",
        'with source as (select * from "public"."save_example"("prompt" := $1)) select * from source',
        'select "saveExample"($1)',
        "insert into recent_examples values (1)",
        "select 1 from ai_training_examples for update",
        "set statement_timeout = 1; insert into ai_training_examples values (1)",
    ],
)
def test_a_statement_that_writes_the_table(statement):
    assert touch(statement=statement) is Touch.WRITE


@pytest.mark.parametrize(
    "statement",
    [
        "select * from ai_training_examples",
        "with a as (select 'insert into x') select * from public.ai_training_examples",
        "select 'insert', ai_training_examples.prompt from ai_training_examples",
        "explain select * from recent_examples",
    ],
)
def test_a_statement_that_only_reads_it(statement):
    assert touch(statement=statement) is Touch.READ
    assert touch(statement=statement, context="PL/pgSQL function f() line 1 at RETURN") is Touch.READ


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "insert into ai_training_examples_archive values (1)",
        "insert into my_ai_training_examples values (1)",
        "insert into archive.ai_training_examples values (1)",
        'insert into "AI_TRAINING_EXAMPLES" values (1)',
        "insert into x values ('insert into ai_training_examples')",
        "insert into x values (E'it\\'s ai_training_examples')",
        "insert into x values ($a$ ai_training_examples $a$)",
        "insert into x /* ai_training_examples */ values (1) -- ai_training_examples",
        "select x.ai_training_examples from x",
    ],
)
def test_a_statement_on_something_else(statement):
    assert touch(statement=statement) is None


@pytest.mark.parametrize(
    ("message", "statement", "found"),
    [
        ('duplicate key value violates unique constraint "ai_training_examples_pkey"', "", Touch.WRITE),
        (
            'duplicate key value violates unique constraint "ai_training_examples_pkey"',
            "insert into archive.ai_training_examples values (1)",
            None,
        ),
        (
            'new row for relation "others" violates check constraint "ai_training_examples_latency_ms_check"',
            "",
            None,
        ),
        (
            'null value in column "prompt" of relation "ai_training_examples" violates not-null constraint',
            "",
            Touch.WRITE,
        ),
        ('permission denied for table "ai_training_examples"', "", Touch.WRITE),
        ('relation "ai_training_examples_archive" does not exist', "", None),
    ],
)
def test_a_message_alone_may_name_it(message, statement, found):
    assert touch(message, statement) is found


@pytest.mark.parametrize(
    ("message", "statement"),
    [
        ("deadlock detected", "execute saving (1, 2)"),
        ("could not serialize access due to read/write dependencies among transactions", "COMMIT"),
        ("canceling statement due to statement timeout", "end"),
        ("division by zero", "/* pool 1 */ execute saving"),
    ],
)
def test_a_statement_that_does_not_say_what_it_writes_is_one_that_nobody_knows(message, statement):
    """What was prepared by SQL, and what was put off until the end, are in no log."""
    assert touch(message, statement) is Touch.UNKNOWN


@pytest.mark.parametrize(
    ("message", "statement"),
    [
        ('duplicate key value violates unique constraint "others_pkey"', "execute saving (1)"),
        ('insert or update on table "others" violates foreign key constraint "others_fkey"', "commit"),
        ('prepared statement "saving" does not exist', "execute saving"),
        ("current transaction is aborted, commands ignored until end of transaction block", "execute saving"),
    ],
)
def test_unless_its_message_says_that_it_is_about_something_else(message, statement):
    assert touch(message, statement) is None


@pytest.mark.parametrize(
    "context",
    [
        'SQL statement "insert into ai_training_examples (source) values (1)"\nPL/pgSQL function f()',
        'SQL statement "insert into\n  public.ai_training_examples values (1)"\nPL/pgSQL function f() line 1',
        'COPY ai_training_examples, line 3, column source: "x"',
        'SQL function "save_example" statement 1',
        "PL/pgSQL function save_example(integer) line 3 at RAISE\nPL/pgSQL function f() line 1 at assignment",
        "PL/pgSQL function app.save_example(integer) line 3 at RAISE",
    ],
)
def test_a_context_may_name_it(context):
    assert touch(statement="select f()", context=context) is Touch.WRITE


def test_a_row_that_is_told_in_a_detail_names_nothing():
    assert touch(detail="Failing row contains (ai_training_examples).") is None


def test_a_crash_is_told_by_its_detail():
    crash = Entry(
        NOW,
        "LOG",
        "00000",
        "server process (PID 4711) was terminated by signal 9: Killed",
        detail="Failed process was running: insert into ai_training_examples values ('x')",
    )
    kept = match(crash, NAMES)
    assert kept is not None
    assert (kept.touch, kept.severity) == (Touch.CRASH, "CRASH")


SECRET = st.text(
    st.characters(codec="ascii", exclude_characters="\"'\n", categories=("L", "N", "P")), min_size=4
).map(lambda text: "Zq9" + text)


@given(
    SECRET,
    st.sampled_from(
        [
            'invalid input syntax for type uuid: "{}"',
            "refused: {}",
            "user {} has no site",
            'value "{}" is out of range for type integer',
            'syntax error at or near "{}"',
            'something "is" {} again',
        ]
    ),
)
def test_what_is_kept_of_a_message_are_the_servers_words(secret, template):
    entry = Entry(NOW, "ERROR", "", template.format(secret), "insert into ai_training_examples values (1)")
    assert secret not in tell(entry, "22P02", NAMES)


def test_names_of_the_catalog_stay():
    message = (
        'new row for relation "ai_training_examples" violates check constraint '
        '"ai_training_examples_latency_ms_check"'
    )
    kept = match(Entry(NOW, "ERROR", "23514", message), NAMES)
    assert kept is not None
    assert (kept.message, kept.constraint) == (message, "ai_training_examples_latency_ms_check")
