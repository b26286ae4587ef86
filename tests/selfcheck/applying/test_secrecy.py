"""A canary in the password is never seen, however an application ends: real processes, all they leave."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.selfcheck.applying.conftest import Place, runs
from tests.selfcheck.rollback.stops import eventually
from tests.selfcheck.target.conftest import CANARY, PASSWORD, Door, door, guarded, unseen  # noqa: F401

pytestmark = pytest.mark.thorough


@pytest.fixture
def behind(place: Place, door: Door) -> Place:  # noqa: F811
    """The place behind a password that holds the canary."""
    place.conninfo = door.admin
    place.sql("grant all on schema public to reader; grant reader to postgres")
    place.variables = dict.fromkeys(("STAGING_DATABASE_URL",), door.url())
    return place


def all_of(place: Place, process_said: str) -> str:
    left = [path for path in place.reports.rglob("*") if path.is_file()]
    return "\n".join([process_said, *(path.read_text(errors="replace") for path in left)])


def run(place: Place, *words: str) -> tuple[int, str]:
    process = place.start("--without-preflight", *words)
    said, _ = process.communicate(timeout=120)
    return process.returncode, all_of(place, said)


def test_a_dry_run_and_a_whole_one_show_no_password(behind):
    code, shown = run(behind)
    assert code == 0, shown
    assert unseen(shown)
    code, shown = run(behind, "--yes")
    assert code == 0, shown
    assert unseen(shown)
    assert "as reader, PostgreSQL" in shown
    assert behind.sql("select count(*) from public.things") == [(1,)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"password": f"{CANARY}-wrong"}, "password authentication failed"),
        ({"host": "nowhere.invalid"}, "nowhere.invalid"),
        ({"name": "no_such_database"}, "no_such_database"),
    ],
    ids=["wrong-password", "unknown-host", "unknown-database"],
)
def test_who_is_not_let_in_shows_no_password(behind, door, change, expected):  # noqa: F811
    behind.variables["STAGING_DATABASE_URL"] = door.url(**change)
    code, shown = run(behind, "--yes")
    assert code == 1, shown
    assert expected in shown
    assert "Traceback" not in shown
    assert unseen(shown)


def test_a_malformed_dsn_is_a_mistake_and_shows_no_password(behind):
    behind.variables["STAGING_DATABASE_URL"] = f"postgresql://reader:{PASSWORD}@host:port/name"
    code, shown = run(behind, "--yes")
    assert code == 4, shown
    assert unseen(shown)


@pytest.mark.parametrize(
    "what",
    ['select 1 / 0 as "{}"', "select '{}'::integer", "do $$ begin raise warning '{}'; raise '{}'; end $$"],
)
def test_sql_that_fails_with_the_password_in_it_shows_none(behind, what):
    secret = PASSWORD.replace("'", "''")
    behind.small.write({"20260101000200_broken.sql": what.replace("{}", secret) + ";\n"})
    code, shown = run(behind, "--yes")
    assert code == 1, shown
    assert "[secret]" in shown, "it was there, and was stopped"
    assert unseen(shown)
    code, shown = run(behind)
    assert code == 0, shown
    assert unseen(shown)


def test_a_statement_that_succeeds_with_it_shows_none(behind):
    secret = PASSWORD.replace("'", "''")
    behind.small.write({"20260101000900_staging.sql": f"select '{secret}' as it;\n"})
    code, shown = run(behind, "--yes")
    assert code == 0, shown
    assert unseen(shown)


def test_ctrl_c_shows_no_password(behind):
    behind.small.write({"20260101000200_slow.sql": "select pg_sleep(120);\n"})
    process = behind.start("--yes", "--without-preflight")
    eventually(lambda: runs(behind, "pg_sleep"), "it never came so far")
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert unseen(all_of(behind, said))


def test_a_password_from_a_file_is_learned_when_it_is_used(behind, door, tmp_path: Path):  # noqa: F811
    passfile = tmp_path / "pgpass"
    passfile.write_text("*:*:*:reader:" + PASSWORD.replace("\\", r"\\").replace(":", r"\:") + "\n")
    passfile.chmod(0o600)
    port = door.cluster.port
    behind.variables["STAGING_DATABASE_URL"] = f"host=127.0.0.1 port={port} user=reader dbname={door.name}"
    behind.variables["PGPASSFILE"] = str(passfile)
    secret = PASSWORD.replace("'", "''")
    behind.small.write({"20260101000900_staging.sql": f"select '{secret}' as it;\n"})
    code, shown = run(behind, "--yes")
    assert code == 0, shown
    assert "[secret]" in shown
    assert unseen(shown)
