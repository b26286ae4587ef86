"""What an operator pastes, in the clients that there are: whole or not at all, and gone without a trace."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import BUILTIN, Release
from rollgate.server.cluster import Cluster
from tests.rollback.known_bad import CUSTOM_ALONE, OPENAI_FIRST, STAGING
from tests.rollback.states import Row, State
from tests.selfcheck.rollback.trials import connected

FILES = sorted((BUILTIN / "rollback").glob("*.sql"))
SINGLE = [path for path in FILES if path.stem.endswith("_single_db")]
SEVERAL = [path for path in FILES if path not in SINGLE]
VERSIONS = "select ctid::text, xmin::text, to_jsonb(c) from public.ai_provider_configs c order by id"
INCIDENT = OPENAI_FIRST.sql().encode()


@pytest.fixture(params=FILES, ids=lambda path: path.stem.replace("_", "-"))
def file(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def conninfo(release: Release, rehearsal: Rehearsal, file: Path) -> Iterator[str]:
    topology = release.topologies["single-db" if file in SINGLE else "prod"]
    with rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo:
        yield conninfo


@pytest.fixture
def connection(conninfo: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(INCIDENT)
        yield connection


def versions(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(VERSIONS).fetchall()


def serves(connection: psycopg.Connection) -> bool:
    query = "select enabled, is_default, weight from public.ai_provider_configs where provider = 'openai'"
    return connection.execute(query).fetchall() == [(True, True, 100)]


def test_all_files_share_what_is_before_the_change():
    """The checks, the lock and who holds it: what is mended in one is mended in all."""
    shared = {
        re.sub(
            r"array\[.*\]", "", text[text.index("declare") : text.index("  instant := clock_timestamp();")]
        )
        for text in (path.read_text() for path in FILES)
    }
    assert len(FILES) == 6
    assert len(shared) == 1


def test_the_rows_come_with_the_change(connection, file):
    applied = apply_file(connection, file)
    assert applied.columns == ("provider", "environment", "enabled", "is_default", "weight")
    shown = {row[:2]: row[2:] for row in applied.rows}
    assert shown["openai", "prod"] == ("t", "t", "100")
    assert len(shown) == 2


def test_nothing_stays_of_it_in_a_transaction_that_goes_on(connection, file):
    before = versions(connection)
    connection.execute("begin; set local lock_timeout = '77ms'")
    connection.execute(file.read_bytes())
    assert connection.execute("show lock_timeout").fetchone() == ("77ms",)
    assert serves(connection)
    connection.execute("rollback")
    assert versions(connection) == before
    assert connection.execute("show lock_timeout").fetchone() == ("0",)


def test_a_client_that_opens_transactions_by_itself_commits_or_loses_all_of_it(conninfo, connection, file):
    before = versions(connection)
    with psycopg.connect(conninfo) as client:
        client.execute(file.read_bytes())
        client.rollback()
        assert versions(connection) == before
        client.execute(file.read_bytes())
        client.commit()
    assert serves(connection)


@pytest.mark.parametrize("flags", [(), ("-v", "ON_ERROR_STOP=1"), ("-1",)], ids=["plain", "stops", "single"])
def test_psql_runs_it(cluster: Cluster, conninfo, connection, file, flags):
    assert "openai   | prod" in psql(cluster, conninfo, file, *flags).stdout
    assert serves(connection)


@pytest.mark.parametrize("flags", [(), ("-v", "ON_ERROR_STOP=1"), ("-1",)], ids=["plain", "stops", "single"])
def test_psql_leaves_nothing_of_it_when_a_row_cannot_be_changed(
    cluster: Cluster, conninfo, connection, file, flags
):
    """The last row that is written is refused, after others were."""
    connection.execute(
        "create function refuse() returns trigger language plpgsql as $$begin "
        "if new.is_default then raise 'no'; end if; return new; end$$;"
        "create trigger refuse before update on public.ai_provider_configs "
        "for each row execute function refuse()"
    )
    before = versions(connection)
    assert "ERROR:  no" in psql(cluster, conninfo, file, *flags).stderr
    assert versions(connection) == before


def psql(cluster: Cluster, conninfo: str, file: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    program = cluster.binaries.bindir / "psql"
    if not program.is_file():
        pytest.skip(f"no psql in {program.parent}")
    command = [str(program), "-X", *flags, "-d", conninfo, "-f", str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_transaction_that_may_not_see_the_latest_rows_is_refused(connection, file, level):
    before = versions(connection)
    connection.execute(f"set default_transaction_isolation = '{level}'".encode())
    with pytest.raises(ApplyError, match=f"this transaction is {level}") as caught:
        apply_file(connection, file)
    assert "read committed" in str(caught.value)
    assert versions(connection) == before


def test_a_primary_that_was_made_read_only_is_opened_by_the_line_of_the_hint(connection, file, tmp_path):
    connection.execute("set default_transaction_read_only = on")
    with pytest.raises(ApplyError, match="read-only") as caught:
        apply_file(connection, file)
    line = str(caught.value).split("first line: ")[1]
    pasted = tmp_path / file.name
    pasted.write_text(line + "\n" + file.read_text())
    apply_file(connection, pasted)
    assert serves(connection)


@pytest.mark.parametrize("what", ["suppressed", "changed"])
def test_a_trigger_with_an_idea_of_its_own_leaves_nothing_changed(connection, file, what):
    body = "return null" if what == "suppressed" else "new.enabled := old.enabled; return new"
    connection.execute(
        f"create function own() returns trigger language plpgsql as $$begin {body}; end$$;"
        "create trigger own before update on public.ai_provider_configs for each row execute function own();"
        "update public.ai_provider_configs set enabled = enabled".encode()
    )
    connection.execute("alter table public.ai_provider_configs disable trigger own")
    connection.execute("update public.ai_provider_configs set enabled = false where provider = 'openai'")
    connection.execute("alter table public.ai_provider_configs enable trigger own")
    before = versions(connection)
    with pytest.raises(ApplyError, match="the rows of prod did not become what they must"):
        apply_file(connection, file)
    assert versions(connection) == before


def test_a_role_that_may_only_update_can_run_it_where_no_row_is_missing(connection, file):
    role = "updater"
    connection.execute(
        f"create role {role} bypassrls; "
        f"grant select, update on public.ai_provider_configs to {role};".encode()
    )
    try:
        connection.execute(f"set role {role}".encode())
        apply_file(connection, file)
        assert serves(connection)
        connection.execute("reset role")
        connection.execute(CUSTOM_ALONE.sql().encode())
        before = versions(connection)
        connection.execute(f"set role {role}".encode())
        with pytest.raises(ApplyError, match="permission denied"):
            apply_file(connection, file)
        connection.execute("reset role")
        assert versions(connection) == before
    finally:
        connection.execute(f"reset role; drop owned by {role}; drop role {role}".encode())


def test_it_needs_no_unique_index_and_uses_no_number_of_the_sequence(connection, file):
    connection.execute("drop index public.idx_ai_provider_configs_provider_environment")
    sequence = "select last_value from pg_sequences where sequencename = 'ai_provider_configs_id_seq'"
    before = connection.execute(sequence).fetchall()
    apply_file(connection, file)
    assert serves(connection)
    assert connection.execute(sequence).fetchall() == before


@pytest.mark.parametrize("wrong", SINGLE, ids=lambda path: path.stem)
def test_a_project_of_its_own_refuses_the_file_of_a_single_database(release, rehearsal, wrong):
    with connected(rehearsal, release.topologies["staging"]) as connection:
        before = versions(connection)
        with pytest.raises(ApplyError, match="a project of its own") as caught:
            apply_file(connection, wrong)
        assert wrong.name.replace("_single_db", "") in str(caught.value)
        assert versions(connection) == before


@pytest.mark.parametrize("wrong", SEVERAL, ids=lambda path: path.stem)
def test_a_single_database_refuses_the_file_of_a_project(release, rehearsal, wrong):
    with connected(rehearsal, release.topologies["single-db"]) as connection:
        before = versions(connection)
        with pytest.raises(ApplyError, match="serves prod and everything else") as caught:
            apply_file(connection, wrong)
        assert wrong.name.replace(".sql", "_single_db.sql") in str(caught.value)
        assert versions(connection) == before


@pytest.mark.parametrize("lever", ["p0-rollback", "take-custom-out", "lower-custom-weight"])
def test_marks_that_contradict_each_other_stop_nobody(release, rehearsal, lever):
    """A staging project that was copied from a single database keeps that overlay's mark in prod's rows."""
    mark = {"release": "phase2", "env": "single-db"}
    rows = (Row("openai", "prod", metadata=mark), Row(*STAGING.key, metadata={**mark, "env": "staging"}))
    for name in ("staging", "single-db"):
        with connected(rehearsal, release.topologies[name]) as connection:
            connection.execute(State(rows).sql().encode())
            apply_file(connection, release.topologies[name].rollbacks[lever])
