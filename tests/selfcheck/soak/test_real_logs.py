"""Real logs of a real server, in each format: what failed is found, and nothing else."""

from __future__ import annotations

import gzip
import shutil

import psycopg
import pytest

from tests.selfcheck.soak.conftest import FORMATS

TABLE = "public.ai_training_examples"
COLUMNS = "(source, prompt_hash, prompt, provider, output_site_json, selected_provider, latency_ms)"
GOOD = "'generation', 'h', 'a site', 'openai', '{}', 'openai', 100"

#: Writes that fail, and what the gate calls them.
FAILING = {
    "check": (
        f"insert into {TABLE} {COLUMNS} values ('generation', 'h', 'p', 'openai', '{{}}', 'openai', -1)",
        "ai_training_examples_latency_ms_check",
    ),
    "check-quoted-identifier": (
        'insert into "public"."ai_training_examples" (source, output_site_json, selected_provider, prompt, '
        "provider) values ('generation', '{}', 'nobody', 'p', 'openai')",
        "ai_training_examples_selected_provider_check",
    ),
    "not-null": (
        f"insert into {TABLE} {COLUMNS[:-1]}, route_strategy) values ({GOOD}, null)",
        "route_strategy not null",
    ),
    "wrong-type": (f"insert into {TABLE} {COLUMNS} values ({GOOD[:-3]}'soon')", "ERROR 22P02"),
    "no-such-column": (f"insert into {TABLE} (sauce) values ('x')", "ERROR 42703"),
    "commented-and-on-lines": (
        f"/* a comment;\n nested /* one */ */\nupdate\n\t{TABLE}\nset latency_ms\n= -5\n-- here\nwhere true",
        "ai_training_examples_latency_ms_check",
    ),
    "division": (f"delete from {TABLE} where 1 / 0 = 1", "ERROR 22012"),
    "in-a-function": (
        "do $$ begin execute 'insert into ai_training_examples (source) values (1/0)'; end $$",
        "ERROR 22012",
    ),
    "cancelled": (
        f"set statement_timeout = 20; update {TABLE} set latency_ms = 1 where pg_sleep(5) is null",
        "ERROR 57014",
    ),
}
#: Errors that are nobody's business here.
ELSEWHERE = [
    "insert into public.ai_training_examples_archive values (1)",
    "insert into archive.ai_training_examples values (1)",
    "insert into nowhere values ('ai_training_examples')",
    "select 1 / 0 -- not ai_training_examples",
    "select $$insert into ai_training_examples$$ from nowhere",
    "select ai_training_examples from nowhere",
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", sorted(FAILING))
def test_a_write_that_failed_is_found(soaked_database, format, kind):
    statement, told = FAILING[kind]
    with soaked_database.connect() as connection:
        connection.execute(f"insert into {TABLE} {COLUMNS} values ({GOOD})")
    soaked_database.errors(statement)
    found = soaked_database.judged("errors", soaked_database.log(format))
    if format == "stderr":  # it tells no SQLSTATE, but of constraints
        told = told.split(" ")[0] if told.startswith("ERROR") else told
    assert found == {told: "FAIL"}


@pytest.mark.parametrize("format", FORMATS)
def test_errors_elsewhere_and_good_writes_are_no_trouble(soaked_database, format):
    with soaked_database.connect() as connection:
        for _ in range(20):
            connection.execute(f"insert into {TABLE} {COLUMNS} values ({GOOD})")
    soaked_database.errors(*ELSEWHERE)
    assert soaked_database.judged("errors", soaked_database.log(format)) == {}


@pytest.mark.parametrize("format", FORMATS)
def test_a_constraint_that_refused_a_write_is_named_by_the_gate_on_constraints(soaked_database, format):
    statement, told = FAILING["check"]
    soaked_database.errors(statement)
    assert soaked_database.judged("violations", soaked_database.log(format)) == {told: "FAIL"}


def test_an_event_in_three_formats_and_a_copy_counts_once(soaked_database):
    statement, told = FAILING["check"]
    soaked_database.errors(statement)
    folder = soaked_database.log("jsonlog").parent
    copied = soaked_database.copy("stderr")
    packed = soaked_database.folder / "rotated.json.gz"
    with soaked_database.log("jsonlog").open("rb") as log, gzip.open(packed, "wb") as copy:
        shutil.copyfileobj(log, copy)
    with soaked_database.session() as connection:
        soak = soaked_database.soak(connection, folder, copied, packed)
        soaked_database.wait_for_probe(soak)
        log = soak.log
    assert [each.kept.constraint for each in log.writes] == [told]
    assert {each.format for each in log.stretches} >= set(FORMATS)


def test_nothing_that_a_user_wrote_is_kept(soaked_database):
    secret = "the-very-private-prompt"
    soaked_database.errors(
        f"insert into {TABLE} (source, prompt, provider, output_site_json, latency_ms)"
        f" values ('generation', '{secret}', 'openai', '{{}}', -1)",
        f"insert into {TABLE} (source, prompt, output_site_json) values ('{secret}', '{secret}', '{{}}')",
        f"insert into {TABLE} (id) values ('{secret}')",
        f"do $$ begin insert into {TABLE} (source) values (1); raise exception '{secret}'; end $$",
        f"do $$ begin raise exception 'refused {secret} for ai_training_examples'; end $$",
    )
    for format in FORMATS:
        with soaked_database.session() as connection:
            soak = soaked_database.soak(connection, soaked_database.log(format))
            soaked_database.wait_for_probe(soak)
            said = soak.errors
        assert len(said.outcomes) > 1
        assert secret not in repr(said)


def test_a_statement_that_only_reads_decides_nothing(soaked_database):
    soaked_database.errors(f"select 1 / 0 from {TABLE} right join (values (1)) as one on true")
    with soaked_database.session() as connection:
        soak = soaked_database.soak(connection, soaked_database.log("jsonlog"))
        soaked_database.wait_for_probe(soak)
        said = soak.errors
    assert said.outcomes == {}
    assert [each.object for each in said.violations] == ["reading: ERROR 22012"]


def test_functions_and_views_that_lead_to_the_table_are_known(soaked_database):
    with soaked_database.connect() as connection:
        connection.execute(
            f"create function save_it(int) returns void language sql as "
            f"'insert into {TABLE} {COLUMNS} values (''generation'', ''h'', ''p'', ''openai'', ''{{}}'', "
            f"''openai'', 1 / $1)'"
        )
        connection.execute(f"create view shown as select * from {TABLE}")
    soaked_database.errors("select save_it(0)", "update shown set latency_ms = 'x'")
    assert soaked_database.judged("errors", soaked_database.log("jsonlog")) == {
        "ERROR 22012": "FAIL",
        "ERROR 22P02": "FAIL",
    }


@pytest.mark.parametrize("format", FORMATS)
def test_ways_that_lead_to_the_table_by_others_are_known(soaked_database, format):
    with soaked_database.connect() as connection:
        connection.execute(
            f"create function save_it(n int) returns void language plpgsql as "
            f"'declare m int; begin m := 1 / n; INSERT INTO {TABLE.upper()} DEFAULT VALUES; end'"
        )
        connection.execute(
            "create function leads(n int) returns void language plpgsql as 'begin perform save_it(n); end'"
        )
        connection.execute(f"create view shown as select * from {TABLE}")
        connection.execute("create view shown_again as select * from shown")
    soaked_database.errors("select leads(0)")
    assert soaked_database.judged("errors", soaked_database.log(format)) == {
        "ERROR" if format == "stderr" else "ERROR 22012": "FAIL"
    }
    soaked_database.errors("update shown_again set latency_ms = 'x'")
    assert len(soaked_database.judged("errors", soaked_database.log(format))) == (
        1 if format == "stderr" else 2
    )


@pytest.mark.parametrize("format", FORMATS)
def test_what_leads_to_the_table_at_one_remove_is_known(soaked_database, format):
    """An expression of a function calls another one; a view is over a view; a function writes that."""
    with soaked_database.connect() as connection:
        connection.execute(
            f"""
            create function save_one(n int) returns int language plpgsql as $$
            begin
              if n = 0 then raise exception 'refused' using errcode = '22000'; end if;
              insert into {TABLE} {COLUMNS} values ({GOOD}1);
              return n;
            end $$;
            create function save_by_turns(n int) returns int language plpgsql as $$
            declare done int;
            begin done := save_one(n); return done; end $$;
            create view shown_at_first as select * from {TABLE};
            create view shown_at_last as select * from shown_at_first;
            create function change_all(n int) returns void language sql as
              'update shown_at_last set latency_ms = 1 / n'
            """.encode()
        )
        connection.execute(f"insert into {TABLE} {COLUMNS} values ({GOOD}1)".encode())
    soaked_database.errors(
        "select save_by_turns(0)", "update shown_at_last set latency_ms = 'x'", "select change_all(0)"
    )
    states = ("22000", "22P02", "22012")
    found = [f"ERROR {state}" for state in states] if format != "stderr" else ["ERROR"]
    assert soaked_database.judged("errors", soaked_database.log(format)) == dict.fromkeys(found, "FAIL")


@pytest.mark.parametrize("format", FORMATS)
def test_another_database_of_the_server_is_another_matter(soaked_database, logged, release, format):
    with (
        logged.databases.cloned(logged.rolled_out(release.topologies["staging"])) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
        pytest.raises(psycopg.Error),
    ):
        connection.execute(FAILING["check"][0].encode())
    assert soaked_database.judged("errors", soaked_database.log(format)) == {}
