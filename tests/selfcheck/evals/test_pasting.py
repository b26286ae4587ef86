"""The ingest SQL as it is pasted: whole, by statements, by pieces, twice at once, by psql."""

from __future__ import annotations

import shutil
import subprocess
import threading

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from rollgate.rehearsal.lexer import split
from tests.selfcheck.evals.conftest import BASELINES, counts, mixed, paste, record, samples


@pytest.mark.parametrize("layout", BASELINES)
def test_pasted_statement_by_statement_it_works_in_one_session(layout, command, database):
    made = command(mixed(), layout=layout)
    with database(layout) as connection:
        for statement in split(made.sql):
            connection.execute(statement.text.encode())
        found = samples(connection, made.report.run_id)
    assert len(found) == 47


@pytest.mark.parametrize("layout", BASELINES)
def test_pasted_by_pieces_it_is_refused_and_nothing_is_written(layout, command, database):
    """Each statement in a transaction of its own, as an editor over a pooler would send them."""
    made = command(mixed(), layout=layout)
    with database(layout) as connection:
        before = counts(connection)
        refused = 0
        for statement in split(made.sql):
            if statement.first in ("begin", "commit"):
                continue
            try:
                connection.execute(statement.text.encode())
            except psycopg.errors.InvalidTransactionState as error:
                assert error.diag.message_hint == "Paste the whole file at once."  # noqa: PT017
                refused += 1
        assert counts(connection) == before
    assert refused == 3


def test_without_its_begin_and_commit_it_is_one_transaction_still(command, database):
    first, second = (
        command(records).sql.replace("\nbegin;\n", "\n").replace("\ncommit;\n", "\n")
        for records in (mixed(), mixed(40))
    )
    assert "begin;" not in first
    with database() as connection:
        (shown,) = paste(connection, first)
        assert shown["ingest"] == "added"
        before = counts(connection)
        with pytest.raises(psycopg.errors.DivisionByZero):
            paste(connection, second + "select 1 / 0;")
        assert counts(connection) == before


def test_a_batch_that_is_missing_takes_all_of_it_back(command, database):
    made = command([record(n) for n in range(4100)])
    parts = made.sql.split("do $batch$")
    assert len(parts) == 4
    with database() as connection:
        with pytest.raises(psycopg.Error, match="has 2100 samples, this file has 4100: nothing was written"):
            paste(connection, parts[0] + "do $batch$" + "do $batch$".join(parts[2:]))
        connection.execute("rollback")
        assert counts(connection) == {"runs": 0, "samples": 0}


def test_a_run_that_lost_samples_is_not_taken_for_ingested(command, database):
    made = command(mixed())
    with database() as connection:
        paste(connection, made.sql)
        connection.execute("delete from public.ai_eval_samples where not schema_valid")
        with pytest.raises(psycopg.Error, match="this file has 47") as caught:
            paste(connection, made.sql)
        connection.execute("rollback")
    assert caught.value.diag.message_hint == "Delete that run, then paste the whole file again."


def test_two_pastes_at_once_add_one_run(command, database):
    first = command([record(n) for n in range(3000)], "--finished-at", "2026-02-16T03:00:00Z").sql
    other = command(None, "--finished-at", "2026-02-16T03:00:01Z").sql
    with database() as connection:
        shown: list[str] = []

        def run(sql: str) -> None:
            with psycopg.connect(connection.info.dsn, autocommit=True, row_factory=dict_row) as own:
                shown.append(paste(own, sql)[0]["ingest"])

        threads = [threading.Thread(target=run, args=(sql,)) for sql in (first, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts(connection) == {"runs": 1, "samples": 3000}
    assert sorted(shown) == ["added", "was there already: nothing added"]


@pytest.mark.skipif(not shutil.which("psql"), reason="no psql here")
def test_psql_runs_it_with_and_without_stopping_at_errors(command, database):
    made = command(mixed())
    wrong = command(None, layout="sitecraft")
    (command.folder / "v2.sql").write_text(made.sql)
    (command.folder / "wrong.sql").write_text(wrong.sql)
    with database() as connection:
        info = connection.info  # its own dsn has options that an older psql doesn't know
        plain = make_conninfo(host=info.host, port=info.port, dbname=info.dbname, user=info.user)
        for name, added in (("wrong.sql", 0), ("v2.sql", 47), ("v2.sql", 47)):
            done = subprocess.run(
                ["psql", "-X", "-d", plain, "-f", str(command.folder / name)],
                capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert counts(connection)["samples"] == added, done.stderr
        assert "was ingested before: nothing was added" in done.stderr
