"""The same records with SQL, for those who may connect to the database and not to its REST API."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.evals.direct import SqlRows, sql_rows
from rollgate.target.conninfo import Conninfo
from tests.selfcheck.export.conftest import Database


@pytest.fixture
def direct(command, database: Database, variables):
    """Run the command on the database's DSN, without a word about REST."""
    variables.clear()
    variables["EVALS_DSN"] = database.dsn

    def run(*arguments: str):
        return command("--dsn-env", "EVALS_DSN", *arguments)

    return run


@pytest.mark.parametrize("database", ["clean", "bigint-id", "integer-id"], indirect=True)
def test_both_ways_lead_to_the_same_records(command, database, variables, monkeypatch):
    database.add(30)
    database.add(20, created_at="date_trunc('second', now()) - interval '2 hours'")
    database.add(5, metadata="""'{"schemaValid": true, "latencyMs": 12.5}'""", latency_ms="null")
    over_rest = command("--page-size", "7").output.read_bytes()
    monkeypatch.setenv("EVALS_DSN", database.dsn)
    with_sql = command("--dsn-env", "EVALS_DSN", "--page-size", "7")
    assert with_sql.code == 0
    assert with_sql.output.read_bytes() == over_rest
    assert over_rest.count(b"\n") == 55


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001])
def test_every_row_comes_once(count, direct, database):
    if count:
        database.add(count)
    done = direct()
    assert (done.code, done.ids) == (0, database.ids())


def test_limit_takes_the_newest(direct, database):
    database.add(30)
    done = direct("--limit", "12", "--page-size", "5")
    assert done.ids == database.ids()[:12]
    assert "left out the 18 oldest" in done.err


def test_a_broken_run_is_gone_on_with(direct, database, monkeypatch):
    database.add(30)
    pages = SqlRows.pages

    def breaking(self, window, *, below, at_most):
        for number, page in enumerate(pages(self, window, below=below, at_most=at_most)):
            if number == 2:
                raise KeyboardInterrupt
            yield page

    monkeypatch.setattr(SqlRows, "pages", breaking)
    assert direct("--page-size", "7").code == 130
    monkeypatch.setattr(SqlRows, "pages", pages)
    done = direct("--page-size", "7")
    assert (done.code, done.ids) == (0, database.ids())
    assert "after 14 rows" in done.err


def test_a_role_that_row_level_security_shows_nothing_to_is_a_mistake(direct, database, variables):
    database.add(1)
    database.admin.execute("grant select on public.ai_training_examples to authenticated")
    variables["EVALS_DSN"] = database.dsn + " options='-c role=authenticated'"
    done = direct()
    assert done.code == 4
    assert "row level security, which hides rows from authenticated" in done.err
    database.admin.execute("create policy p on public.ai_training_examples for select using (true)")
    assert len(direct().ids) == 1, "a policy that shows every row will do"


def test_a_role_without_the_right_is_told_the_statement(direct, database, variables):
    variables["EVALS_DSN"] = database.dsn + " options='-c role=anon'"
    done = direct()
    assert done.code == 4
    assert "permission denied for table ai_training_examples" in done.err
    assert "grant select on public.ai_training_examples to anon" in done.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("rename to elsewhere", "no such table"),
        ("drop column route_strategy", "a column is missing"),
    ],
)
def test_a_database_that_is_not_of_the_release_is_a_mistake(change, said, direct, database):
    database.admin.execute(f"alter table public.ai_training_examples {change}")
    done = direct()
    assert done.code == 4
    assert said in done.err


def test_an_unset_variable_is_a_mistake(command):
    done = command("--dsn-env", "NO_SUCH_DSN")
    assert done.code == 4
    assert "NO_SUCH_DSN is not set" in done.err


def test_nothing_can_be_written_in_its_transaction(database):
    with sql_rows(Conninfo(database.dsn), "X") as rows:
        rows.now()
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            rows._connection.execute("delete from public.ai_training_examples")
