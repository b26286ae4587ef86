"""`--apply`: the same run by COPY, once, in one transaction, and no word of the DSN's password."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evals import generate
from rollgate.evals.generate import main
from rollgate.evals.text import restored
from tests.selfcheck.evals.conftest import BASELINES, counts, mixed, paste, record, samples
from tests.selfcheck.evals.test_texts import HOSTILE

APPLY = ("--apply", "--dsn-env", "EVAL_DSN")


@pytest.fixture
def reachable(database, monkeypatch):
    """Open a database that EVAL_DSN leads to."""

    @contextmanager
    def opened(layout: str = "v2") -> Iterator[psycopg.Connection[Any]]:
        with database(layout) as connection:
            monkeypatch.setenv("EVAL_DSN", connection.info.dsn)
            yield connection

    return opened


@pytest.mark.parametrize("layout", BASELINES)
def test_it_ingests_what_the_file_would_and_only_once(layout, command, reachable, database):
    with reachable(layout) as connection:
        made = command(mixed(), *APPLY, layout=layout)
        applied = samples(connection, made.report.run_id)
        before = counts(connection)
        again = command(None, *APPLY, layout=layout)
        (shown,) = paste(connection, made.sql)
        assert counts(connection) == before
        key = "run_id" if layout == "v2" else "id"
        runs = f"select * from public.ai_eval_runs where {key} = %s"
        run = connection.execute(runs, (made.report.run_id,)).fetchone()
    assert "47 samples added" in made.said
    assert "was ingested before: nothing was added" in again.said
    assert shown["ingest"] == "was there already: nothing added"
    with database(layout) as other:
        paste(other, made.sql)
        pasted = samples(other, made.report.run_id)
        assert other.execute(runs, (made.report.run_id,)).fetchone() == run
    own = {"id", "created_at"}
    assert [{k: v for k, v in row.items() if k not in own} for row in applied] == [
        {k: v for k, v in row.items() if k not in own} for row in pasted
    ]


@pytest.mark.parametrize("layout", BASELINES)
def test_hostile_texts_arrive_as_they_are(layout, command, reachable):
    with reachable(layout) as connection:
        made = command([record(n, record_id=text) for n, text in enumerate(HOSTILE)], *APPLY, layout=layout)
        rows = samples(connection, made.report.run_id)
    assert {restored(row["metadata"]["recordId"]) for row in rows} == set(HOSTILE)


def test_the_wrong_layout_is_refused_and_the_files_are_there_to_paste(command, reachable):
    with reachable("sitecraft") as connection:
        before = counts(connection)
        command.write(mixed())
        with pytest.raises(UsageError) as caught:
            main(command.arguments(*APPLY))
        assert counts(connection) == before
    assert caught.value.fix == "Generate it again with --schema-variant sitecraft."
    assert command.sql.exists()
    assert command.report.exists()


def test_quarantined_lines_are_not_ingested(command, reachable):
    lines = [json.dumps(record(n)).encode() for n in range(35)]
    with reachable() as connection:
        made = command(b"\n".join([*lines, lines[0], b"{"]), *APPLY, "--on-bad-record=quarantine")
        assert counts(connection) == {"runs": 1, "samples": 35}
    assert made.report.input.bad == 2


def test_no_sql_file_is_needed(command, reachable):
    with reachable() as connection:
        command.write(mixed())
        arguments = command.arguments(*APPLY)
        at = arguments.index("--sql-output")
        assert main(arguments[:at] + arguments[at + 2 :]) == 0
        assert counts(connection) == {"runs": 1, "samples": 47}
    assert not command.sql.exists()


def test_an_input_that_changes_meanwhile_is_not_ingested(command, reachable, monkeypatch):
    command.write(mixed())
    stamps = iter([(1,), (2,)])
    monkeypatch.setattr(generate, "_stamp", lambda path: next(stamps))
    with reachable() as connection:
        with pytest.raises(Failure, match="the input changed"):
            main(command.arguments(*APPLY))
        assert counts(connection) == {"runs": 0, "samples": 0}


def test_no_record_is_no_run(command, reachable):
    with reachable() as connection:
        assert "nothing to ingest" in command(b"", *APPLY).said
        assert counts(connection) == {"runs": 0, "samples": 0}


@pytest.mark.parametrize(
    ("dsn", "error", "said"),
    [
        ("", UsageError, "EVAL_DSN is not set"),
        ("postgresql://me:hunter2hunter2@[bad", UsageError, "something that is not a DSN"),
        ("postgresql://me:hunter2hunter2@127.0.0.1:1/x", Failure, "can't be reached"),
    ],
)
def test_a_dsn_that_leads_nowhere_is_a_message_without_its_password(dsn, error, said, command, monkeypatch):
    monkeypatch.setenv("EVAL_DSN", dsn)
    monkeypatch.chdir(command.folder)
    command.write(mixed())
    with pytest.raises(error, match=said) as caught:
        main(command.arguments(*APPLY))
    assert "hunter2" not in str(caught.value)


def test_a_dsn_in_place_of_its_variable_is_not_repeated(command, monkeypatch):
    monkeypatch.chdir(command.folder)
    command.write(mixed())
    with pytest.raises(UsageError, match="never the DSN itself") as caught:
        main(command.arguments("--apply", "--dsn-env", "postgresql://me:hunter2hunter2@host/x"))
    assert "hunter2" not in str(caught.value)


def test_what_the_server_refuses_is_told_and_nothing_is_kept(command, reachable):
    with reachable() as connection:
        connection.execute("alter table public.ai_eval_samples add constraint few check (latency_ms < 1000)")
        command.write(mixed())
        with pytest.raises(Failure, match=r'the run was not ingested: .*"few"'):
            main(command.arguments(*APPLY))
        assert counts(connection) == {"runs": 0, "samples": 0}
