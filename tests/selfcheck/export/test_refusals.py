"""What the server refuses, and how it fails: one message with the way out, and nothing half-written."""

from __future__ import annotations

import pytest
import stamina

from tests.selfcheck.export.conftest import token
from tests.selfcheck.export.postgrest import (
    Answer,
    Asked,
    cut,
    dripping,
    failing,
    fine,
    instead,
    reset,
    silent,
    truncated,
)

HTML = instead(Answer(200, b"<html>sign in</html>", kind="text/html"))


@pytest.fixture(autouse=True)
def impatience():
    """Retries wait for nothing; how many there are stays as it is."""
    with stamina.set_testing(True, attempts=6, cap=True):
        yield


def is_page(asked: Asked) -> bool:
    return asked.pages


# --- what somebody has to mend -------------------------------------------------------------------------


def test_a_key_that_is_not_the_projects_is_a_mistake(command, project, variables):
    variables["SUPABASE_SERVICE_ROLE_KEY"] = "sb_secret_of_another"
    done = command()
    assert done.code == 4
    assert "HTTP 401 from 127.0.0.1" in done.err
    assert "Invalid API key" in done.err
    assert "copy the key anew" in done.err
    assert len(project.asked) == 1, "it is not tried again"
    assert done.left == []


def test_a_missing_grant_is_a_mistake_and_its_statement_is_told(command, database):
    database.admin.execute("revoke select on public.ai_training_examples from service_role")
    done = command()
    assert done.code == 4
    assert "permission denied for table ai_training_examples" in done.err
    statement = done.err.partition("SQL Editor: ")[2].partition("\n")[0]
    database.admin.execute(statement.encode())
    assert command().code == 0, "the statement that is told helps"


def test_a_missing_grant_on_the_schema_is_mended_by_the_same_statement(command, database):
    database.admin.execute("revoke usage on schema public from service_role, public")
    done = command()
    assert done.code == 4
    database.admin.execute(done.err.partition("SQL Editor: ")[2].partition("\n")[0].encode())
    assert command().code == 0


def test_a_403_without_a_code_is_about_the_way_in(command, project):
    project.fail(failing(403, None, "not from here"))
    done = command()
    assert done.code == 4
    assert "HTTP 403" in done.err
    assert "network restriction" in done.err


def test_a_missing_table_is_a_mistake(command, database):
    database.admin.execute("alter table public.ai_training_examples rename to elsewhere")
    done = command()
    assert done.code == 4
    assert "no such table: Could not find the table" in done.err
    assert "notify pgrst, 'reload schema'" in done.err


def test_an_older_postgrest_says_42p01(command, project):
    project.fail(failing(404, "42P01", 'relation "public.ai_training_examples" does not exist'))
    assert "no such table: relation" in command().err


def test_an_address_without_a_rest_api_is_a_mistake(command, project):
    project.fail(instead(Answer(404, b"nothing here", kind="text/plain")))
    done = command()
    assert done.code == 4
    assert done.err.startswith("SUPABASE_URL\n  found:  HTTP 404")


def test_a_redirect_is_a_mistake_and_the_key_does_not_follow(command, project):
    project.fail(instead(Answer(301, b"", {"Location": "http://127.0.0.1:1/"})))
    done = command()
    assert done.code == 4
    assert "HTTP 301" in done.err


def test_a_schema_that_is_not_exposed_is_a_mistake(command, project):
    project.fail(failing(406, "PGRST106", "Invalid schema: public"))
    done = command()
    assert done.code == 4
    assert "Exposed schemas" in done.err


def test_a_database_from_before_phase_2_is_a_mistake(command, database):
    database.admin.execute("alter table public.ai_training_examples drop column route_strategy")
    done = command()
    assert done.code == 4
    assert "a column is missing: column" in done.err
    assert "route_strategy" in done.err
    assert "apply the base migration" in done.err


def test_html_where_json_should_come_from_is_a_mistake(command, project):
    project.fail(HTML)
    done = command()
    assert done.code == 4
    assert "found:  text/html from 127.0.0.1" in done.err


def test_a_paused_project_is_not_asked_again(command, project):
    project.fail(failing(540, None, "project paused"))
    done = command()
    assert done.code == 1
    assert "the project is paused" in done.err
    assert len(project.asked) == 1


def test_a_statement_that_takes_too_long_is_told_with_a_way_out(command, project):
    project.fail(failing(500, "57014", "canceling statement due to statement timeout"))
    done = command()
    assert done.code == 1
    assert "the database gave up: canceling statement" in done.err
    assert "--dsn-env" in done.err


def test_rows_of_another_shape_are_an_error(command, database, project):
    database.add(1)
    project.fail(instead(Answer(200, b'[{"id": 1}]')), when=is_page)
    done = command()
    assert done.code == 1
    assert "rows of another shape: Object missing required field" in done.err


# --- what passes ---------------------------------------------------------------------------------------

PASSING = {
    "429": failing(429, None, "slow down", Retry_After="1"),
    "500": failing(500, "XX000", "something broke"),
    "502": instead(Answer(502, b"<html>bad gateway</html>", kind="text/html")),
    "503": failing(503, "PGRST002", "Could not query the database for the schema cache. Retrying."),
    "cut": cut,
    "reset": reset,
    "truncated": truncated,
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_asked_again_and_told(name, command, database, project):
    database.add(20)
    project.fail(fine, PASSING[name], PASSING[name], when=is_page)
    done = command("--page-size", "7")
    assert (done.code, done.ids) == (0, database.ids())
    assert done.err.count("asking again in") == 2
    assert not project.faults


@pytest.mark.parametrize("fault", [silent, dripping])
def test_an_answer_that_does_not_come_in_time_is_asked_for_again(fault, command, database, project):
    database.add(20)
    project.fail(fault, when=is_page)
    done = command("--timeout", "0.3")
    assert (done.code, done.ids) == (0, database.ids())
    assert done.err.count("asking again in") == 1


@pytest.mark.parametrize("name", PASSING)
def test_what_does_not_pass_is_an_error_and_nothing_is_written(name, command, database, project, output):
    output.write_text("from before\n")
    database.add(20)
    project.fail(*[PASSING[name]] * 6, when=is_page)
    done = command()
    assert done.code == 1
    assert "asked 6 times" in done.err
    assert output.read_text() == "from before\n"
    assert done.left == ["records.jsonl"]


def test_retries_can_be_done_without(command, project):
    project.fail(PASSING["503"])
    done = command("--retries", "0")
    assert done.code == 1
    assert "HTTP 503 (Could not query the database for the schema cache. Retrying.)" in done.err
    assert "asked once" in done.err


def test_a_long_time_to_wait_is_told_and_not_waited(command, project):
    project.fail(failing(429, None, "", Retry_After="3600"))
    done = command()
    assert done.code == 1
    assert "it asks to wait 3600 s" in done.err
    assert len(project.asked) == 1


def test_a_server_that_is_down_is_an_error(command, variables):
    variables["SUPABASE_URL"] = "http://127.0.0.1:1"
    done = command("--retries", "1")
    assert done.code == 1
    assert "Connection refused" in done.err
    assert "check SUPABASE_URL and the network" in done.err
    assert done.left == []


# --- settings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", "nothing: it is not set"),
        ("abc.supabase.co", "something that is not a URL"),
        ("ftp://abc.supabase.co", "something that is not a URL"),
        ("https://[::1", "something that is not a URL"),
        ("https://abc.supabase.co:port", "something that is not a URL"),
        ("https://some one.supabase.co", "something that is not a URL"),
        ("https://user:geheim@abc.supabase.co", "a URL with a user"),
        ("postgresql://postgres:geheim@db.abc.supabase.co/postgres", "the DSN of a database"),
        ("http://abc.supabase.co", "http:// to abc.supabase.co, which would send the key unencrypted"),
        ("http://10.0.0.1:8000", "http:// to 10.0.0.1"),
        ("https://supabase.com/dashboard/project/abc", "a page of supabase.com"),
        ("https://abc.supabase.co/auth/v1", "a page of abc.supabase.co"),
    ],
)
def test_a_url_that_leads_elsewhere_is_a_mistake(url, found, command, variables):
    variables["SUPABASE_URL"] = url
    done = command()
    assert done.code == 4
    assert done.err.startswith(f"SUPABASE_URL\n  found:  {found}")
    assert "geheim" not in done.err


@pytest.mark.parametrize("ending", ["/", "/rest/v1", "/rest/v1/", "\n"])
def test_a_url_may_be_copied_with_what_is_around_it(ending, command, project, variables):
    variables["SUPABASE_URL"] = project.url + ending
    assert command().code == 0


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("", "nothing: it is not set"),
        ("sb_publishable_abc", "a publishable key"),
        ("sbp_0123456789", "a personal access token"),
        (token("anon"), "a key of the role anon"),
        ("a.b.c", "a JWT without a role"),
        ("geheim", "something that is neither"),
        ("sb_secret_with a space", "something that is neither"),
    ],
)
def test_a_key_of_another_kind_is_a_mistake(key, found, command, project, variables):
    variables["SUPABASE_SERVICE_ROLE_KEY"] = key
    done = command()
    assert done.code == 4
    assert done.err.startswith(f"SUPABASE_SERVICE_ROLE_KEY\n  found:  {found}")
    assert not key or key not in done.err
    assert project.asked == []


def test_settings_may_be_in_dotenv(command, database, project, variables, tmp_path, monkeypatch):
    database.add(1)
    lines = [f"{name}={value}\n" for name, value in variables.items()]
    (tmp_path / ".env").write_text("".join(lines))
    for name in list(variables):
        monkeypatch.delenv(name, raising=False)
        del variables[name]
    assert command().code == 0
