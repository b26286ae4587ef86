"""A release is applied to a database: a dry run by default, and with --yes all of it, in order, recorded."""

from __future__ import annotations

from psycopg.conninfo import make_conninfo

from rollgate.commands import main
from rollgate.evidence.chain import read_chain
from tests.selfcheck.applying.conftest import FILES, HISTORY

OBJECTS = "select to_regclass('public.things'), to_regclass('public.idx_things_n')"


def test_a_dry_run_says_all_and_writes_nothing(allowed):
    before = sorted(allowed.reports.rglob("*"))
    said = allowed.apply()
    assert said.code == 0, said.text
    assert allowed.sql(OBJECTS) == [(None, None)]
    assert sorted(allowed.reports.rglob("*")) == before
    assert f"staging: {allowed.identity.place} as postgres, PostgreSQL " in said.text
    assert "allowed by preflight GO: line 1 of the ledger" in said.text
    first, second, third = (said.text.index(name) for name in list(FILES)[:3])
    assert first < second < third
    assert "1  begin;" in said.text
    assert "create index concurrently if not exists idx_things_n   [in no transaction]" in said.text
    assert "DRY RUN: nothing was written. To write: python -m rollgate apply --env staging" in said.text
    assert "paste the files" in said.text


def test_it_applies_in_order_and_says_how_long_each_statement_took(allowed):
    said = allowed.apply("--yes")
    assert said.code == 0, said.text
    assert allowed.sql("select n, kind from public.things") == [(1, "staging")]
    assert allowed.sql(OBJECTS) == [("things", "idx_things_n")]
    assert "DONE on staging: 3 of 3 files run\n" in said.text
    assert f"To verify: pytest --env=staging {allowed.named} --stage=verify\n" in said.text
    assert "   1 | staging" in said.text.replace("      ", "   "), "what the last statement shows"
    record = allowed.record
    assert (record["ending"], record["origin"]["operator"], record["kind"]) == (
        "done",
        "release-bot",
        "applied",
    )
    assert [(each["path"], each["ending"], len(each["statements"])) for each in record["files"]] == [
        ("20260101000000_base.sql", "done", 6),
        ("20260101000100_index.sql", "done", 1),
        ("20260101000900_staging.sql", "done", 4),
    ]
    assert record["grounds"][0].startswith("preflight GO: line 1")
    assert record["overridden"] == []


def test_the_ledger_has_it_beside_the_runs_and_stays_intact(allowed):
    allowed.apply("--yes")
    chain = read_chain(allowed.reports)
    assert chain.intact, chain.problems
    (application,) = chain.applications
    assert (application.line, application.entry.ending, application.entry.topology) == (2, "done", "staging")
    assert chain.head.sequence == chain.length == 2
    allowed.keep_run()
    assert read_chain(allowed.reports).intact
    assert main(["verify", "--reports", str(allowed.reports)]) == 0


def test_again_it_changes_nothing(allowed):
    allowed.apply("--yes")
    before = allowed.sql("select *, xmin from public.things")
    assert allowed.apply("--yes").code == 0
    assert allowed.sql("select *, xmin from public.things") == before
    assert len(allowed.records()) == 2


def test_a_dry_run_afterwards_says_what_is_there(allowed):
    allowed.apply("--yes")
    text = allowed.apply().text
    assert "create table if not exists public.things (n integer, kind text);   [there]" in text
    assert "idx_things_n   [in no transaction]   [there]" in text


def test_the_history_of_migrations_has_a_line_a_file(allowed):
    allowed.sql(HISTORY)
    assert "not in the history of migrations" in allowed.apply().text
    assert allowed.apply("--yes").code == 0
    rows = allowed.sql(
        "select version, name, statements from supabase_migrations.schema_migrations order by version"
    )
    assert [(version, name) for version, name, _ in rows] == [
        ("20260101000000", "base"),
        ("20260101000100", "index"),
        ("20260101000900", "staging"),
    ]
    assert rows[0][2][0] == "-- What the base makes.\nbegin", "as the Supabase CLI keeps it"
    assert len(rows[0][2]) == 6
    assert rows[1][2] == ["create index concurrently if not exists idx_things_n\n  on public.things (n)"]
    assert [each["history"] for each in allowed.record["files"]] == [
        f"recorded as version {version}" for version, _, _ in rows
    ]


def test_what_is_recorded_with_this_text_is_not_run_again_unless_told(allowed):
    allowed.sql(HISTORY)
    allowed.apply("--yes")
    allowed.sql("update public.things set kind = 'an operator''s own'; delete from public.things where n = 1")
    assert "not run: it is recorded with this very text" in allowed.apply().text
    said = allowed.apply("--yes")
    assert said.code == 0, said.text
    assert "DONE on staging: 0 of 3 files run, 3 recorded already and not run" in said.text
    assert allowed.sql("select count(*) from public.things") == [(0,)]
    assert {each["ending"] for each in allowed.records()[-1]["files"]} == {"recorded already"}
    assert allowed.apply("--yes", "--again").code == 0
    assert allowed.sql("select count(*) from public.things") == [(1,)]
    assert allowed.sql("select count(*) from supabase_migrations.schema_migrations") == [(3,)]


def test_another_text_under_the_version_is_told_and_left(allowed):
    allowed.sql(HISTORY)
    allowed.sql(
        "insert into supabase_migrations.schema_migrations "
        "values ('20260101000000', array['select 1'], 'base')"
    )
    assert "recorded with another text than the file has" in allowed.apply().text
    assert allowed.apply("--yes").code == 0
    assert "another text" in allowed.record["files"][0]["history"]
    assert allowed.sql(
        "select statements from supabase_migrations.schema_migrations where version = '20260101000000'"
    ) == [(["select 1"],)]


def test_a_history_that_may_not_be_written_is_told(allowed):
    allowed.sql(HISTORY)
    allowed.sql(
        "create role applies_only login bypassrls; grant create, usage on schema public to applies_only; "
        "grant usage on schema supabase_migrations to applies_only"
    )
    try:
        allowed.variables["STAGING_DATABASE_URL_APPLY"] = make_conninfo(allowed.conninfo, user="applies_only")
        said = allowed.apply("--yes")
        assert said.code == 0, said.text
        assert "not recorded: this role may not write the history of migrations" in said.text
        assert allowed.record["target"]["role"] == "applies_only"
    finally:
        allowed.sql("drop owned by applies_only; drop role applies_only")


def test_an_older_history_without_texts_gets_the_version(allowed):
    allowed.sql(
        "create schema supabase_migrations; "
        "create table supabase_migrations.schema_migrations (version text primary key)"
    )
    assert allowed.apply("--yes").code == 0
    assert len(allowed.sql("select version from supabase_migrations.schema_migrations")) == 3


def test_a_history_without_a_key_gets_no_version_twice(allowed):
    allowed.sql(HISTORY.replace(" primary key", ""))
    for _ in range(2):
        assert allowed.apply("--yes", "--again").code == 0
    assert allowed.sql("select count(*) from supabase_migrations.schema_migrations") == [(3,)]


def test_what_is_to_be_typed_next_names_the_same_release_and_reports(allowed, tmp_path):
    """Without them another release would be verified, in another ledger."""
    allowed.release = allowed.small.folder.rename(tmp_path / "a release")
    same = f"'--release={allowed.release}' --reports={allowed.reports}"
    assert f"To verify: pytest --env=staging {same} --stage=verify\n" in allowed.apply("--yes").text
    allowed.sql("drop table public.things")
    (allowed.reports / "ledger.jsonl").unlink()
    assert f"run pytest --env=staging {same} --stage=preflight" in allowed.apply().text


def test_a_role_that_may_not_is_told_where_another_is_named(allowed):
    allowed.sql("create role reads_only login; grant usage on schema public to reads_only")
    try:
        allowed.variables["STAGING_DATABASE_URL"] = make_conninfo(allowed.conninfo, user="reads_only")
        said = allowed.apply("--yes")
        assert said.code == 1
        assert "STAGING_DATABASE_URL_APPLY" in said.text
    finally:
        allowed.sql("drop owned by reads_only; drop role reads_only")
