"""A DSN is found, completed and checked as libpq would, and nobody sees what is in it."""

from __future__ import annotations

import os
import pickle

import pytest
from psycopg.conninfo import conninfo_to_dict

from rollgate.errors import UsageError
from rollgate.release import BUILTIN, MANIFEST_NAME, load_release
from rollgate.target.conninfo import Conninfo, secrets_in, secrets_of
from rollgate.target.redaction import MARK, Redaction
from rollgate.target.target import Target, choose_targets, live_conninfo

RELEASE = load_release(BUILTIN / MANIFEST_NAME)
SECRET = "hunter2"
(STAGING,) = choose_targets(RELEASE, ["staging"])


@pytest.fixture
def read(tmp_path):
    def read(dsn: str = "", target: Target = STAGING, **variables: str) -> dict:
        environ = {**variables, **({target.dsn_variable: dsn} if dsn else {})}
        found = conninfo_to_dict(live_conninfo(target, environ, tmp_path))
        return {name: value for name, value in found.items() if value != ""}

    return read


@pytest.mark.parametrize(
    ("dsn", "found"),
    [
        ("postgresql://u:p%40%2F%25@h:6543/d", {"user": "u", "password": "p@/%", "host": "h"}),
        ("postgresql://u:p?#:@h/d", {"user": "u", "password": "p?#:", "host": "h"}),
        ("postgres://u@[2001:db8::1]:5433/d", {"host": "2001:db8::1", "port": "5433"}),
        ("postgresql://h/d?sslmode=verify-full&connect_timeout=3", {"connect_timeout": "3", "host": "h"}),
        ("postgresql:///d?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "d"}),
        ("postgresql://h1:1,h2:2/d", {"host": "h1,h2", "port": "1,2"}),
        (r"host=h password='it\'s' dbname=d", {"password": "it's", "host": "h"}),
        ("service=staging", {"service": "staging"}),
        ("host=h passfile=/etc/pgpass", {"passfile": "/etc/pgpass"}),
    ],
    ids=["url", "url-bare", "ipv6", "url-options", "socket", "hosts", "keywords", "service", "passfile"],
)
def test_every_form_of_a_dsn_is_read(read, dsn, found):
    assert found.items() <= read(dsn).items()


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://u:{SECRET}@[::1:1/d",
        f"postgresql://u:p@{SECRET}@h/d",
        f"postgresql://u:{SECRET}/p@h/d",
        f"postgresql://u:p/{SECRET}@h/d",
        f"postgresql://u:p@h?{SECRET}@h/d",
        f"postgresql://u:{SECRET}%zz@h/d",
        f"host=h password={SECRET} more",
        f"host=h port={SECRET}",
        SECRET,
    ],
)
def test_a_malformed_dsn_is_refused_without_repeating_any_of_it(read, dsn):
    with pytest.raises(UsageError) as caught:
        read(dsn)
    assert "STAGING_DATABASE_URL" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("dsn", "found", "fix"),
    [
        ("https://abcdefghijklmnopqrst.supabase.co", "an https:// address", "the database's own"),
        (f"mysql://u:{SECRET}@h/d", "a mysql:// address", "the database's own"),
        (f"postgresql://reader.<ref>:{SECRET}@<host>:5432/postgres", "a placeholder", "what stands for"),
        (f"host=<host> password={SECRET}", "a placeholder", "what stands for"),
        (f"postgresql://u:%zz{SECRET}@h/d", "not a DSN", "percent-encode"),
    ],
)
def test_what_is_often_put_in_place_of_a_dsn_is_told_apart(read, dsn, found, fix):
    with pytest.raises(UsageError) as caught:
        read(dsn)
    assert found in caught.value.found
    assert fix in caught.value.fix
    assert SECRET not in str(caught.value)


def test_the_environment_comes_before_the_env_file(read, tmp_path):
    (tmp_path / ".env").write_text("STAGING_DATABASE_URL='host=file'\nPGUSER=filed\n")
    assert read()["host"] == "file"
    assert read()["user"] == "filed"
    assert read("host=given")["host"] == "given"
    assert read(STAGING_DATABASE_URL="")["host"] == "file", "an empty variable is what CI makes of no secret"


def test_libpqs_variables_lead_to_the_one_target(read):
    assert read(PGSERVICE="staging") == {"service": "staging"}
    assert read(PGHOST="h", PGUSER="u", PGPASSWORD="p") == {"host": "h", "user": "u", "password": "p"}
    with pytest.raises(UsageError, match="is not set"):
        read(PGUSER="u", PGDATABASE="d")


def test_libpqs_variables_are_refused_for_several_targets(read):
    first, second = choose_targets(RELEASE, ["staging", "prod"])
    with pytest.raises(UsageError, match="all of them to one database"):
        read(target=second, PGHOST="h")
    assert read("host=own", target=first, PGHOST="h")["host"] == "own"


def test_an_address_in_the_environment_does_not_redirect_a_dsn(tmp_path, monkeypatch):
    variables = {"STAGING_DATABASE_URL": "host=h dbname=d", "PGHOSTADDR": "192.0.2.1"}
    assert conninfo_to_dict(live_conninfo(STAGING, variables, tmp_path))["hostaddr"] == ""


def test_a_conninfo_shows_nothing_wherever_it_is_put():
    conninfo = Conninfo(f"host=h password={SECRET}")
    for shown in (str(conninfo), repr(conninfo), f"{conninfo}", f"{conninfo!r:>80}", str([conninfo])):
        assert SECRET not in shown
    assert SECRET in conninfo.encode().decode(), "libpq has to read it"
    assert secrets_of(conninfo) == {SECRET}
    with pytest.raises(TypeError):
        pickle.dumps(conninfo)


@pytest.mark.parametrize(
    "text",
    [f"postgresql://u:{SECRET}@h/d", f"postgresql://u:{SECRET}@[::1:1/d", f"host=h password = '{SECRET}' x"],
)
def test_secrets_are_found_in_what_somebody_wrote(text):
    assert secrets_in(text) == {SECRET}


def test_a_redaction_knows_each_spelling():
    redaction = Redaction()
    redaction.learn({"it's/a %secret"}, public={"staging"})
    for spelt in ("it's/a %secret", "it%27s%2Fa%20%25secret", "it%27s/a%20%25secret", "it''s/a %secret"):
        assert redaction.text(f"<{spelt}>") == f"<{MARK}>"
    assert redaction.values({"it's/a %secret": ["it's/a %secret", 1, None]}) == {
        "it's/a %secret": [MARK, 1, None]
    }


def test_a_redaction_knows_quotes_inside_of_quotes():
    redaction = Redaction()
    secret = "a'b\"c\\d"
    redaction.learn({secret})
    shown = secret
    for _ in range(4):
        assert redaction.text(f"<{shown}>") == f"<{MARK}>"
        shown = repr(shown)[1:-1]


def test_a_redaction_leaves_words_that_everybody_uses():
    redaction = Redaction()
    redaction.learn({"abc", "postgres", "longer"}, public={"postgres"})
    assert redaction.text("abc postgres longer") == f"abc postgres {MARK}"


def test_a_fleet_has_one_topology_and_a_variable_for_each_member(read):
    fleet = choose_targets(RELEASE, ["prod"], ["eu=EU_URL", "us-1=US_URL"])
    assert [(each.name, each.dsn_variable, each.topology.name) for each in fleet] == [
        ("eu", "EU_URL", "prod"),
        ("us-1", "US_URL", "prod"),
    ]
    assert read("host=eu", target=fleet[0])["host"] == "eu"


@pytest.mark.parametrize(
    ("environments", "fleet"),
    [
        (["prod"], [f"eu=postgresql://u:{SECRET}@h/d"]),
        (["prod"], ["EU=EU_URL"]),
        (["prod"], ["eu=A", "eu=B"]),
        (["prod"], ["EU_URL"]),
        (["staging", "prod"], ["eu=EU_URL"]),
        (["ephemeral"], ["eu=EU_URL"]),
    ],
    ids=["a-dsn", "capitals", "twice", "no-name", "two-envs", "ephemeral"],
)
def test_a_fleet_that_makes_no_sense_is_refused(environments, fleet):
    with pytest.raises(UsageError, match="--target") as caught:
        choose_targets(RELEASE, environments, fleet)
    assert SECRET not in str(caught.value)


def test_nothing_of_the_env_file_reaches_the_environment(read, tmp_path):
    (tmp_path / ".env").write_text("STAGING_DATABASE_URL='host=file'\n")
    read()
    assert "STAGING_DATABASE_URL" not in os.environ
