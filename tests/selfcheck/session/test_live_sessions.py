"""One session a target for the whole run: lent and given back, and when it is lost, lost for good."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from rollgate.target.live import LiveSessions
from rollgate.target.target import Target
from tests.selfcheck.project import Project
from tests.selfcheck.session.test_batches import KILL

SETTING = "select current_setting('search_path')"


@pytest.fixture
def there(prod, release, monkeypatch) -> Target:
    monkeypatch.setenv("PROD_DATABASE_URL", prod.direct)
    return Target(release.topologies["prod"], live=True)


@pytest.fixture
def sessions() -> Iterator[LiveSessions]:
    sessions = LiveSessions()
    yield sessions
    sessions.close()


def test_a_target_has_one_connection_however_many_ask(sessions, there):
    first = sessions.connection(there)
    with sessions.lent(there) as lent:
        assert lent is first
    assert sessions.connection(there) is first


def test_what_a_gate_sets_is_undone(sessions, there):
    before = sessions.connection(there).execute(SETTING).fetchone()
    with sessions.lent(there) as lent:
        lent.execute("select set_config('search_path', 'nowhere', true)")
    assert sessions.connection(there).execute(SETTING).fetchone() == before


def test_what_a_gate_breaks_is_mended(sessions, there):
    with pytest.raises(psycopg.errors.DivisionByZero), sessions.lent(there) as lent:
        lent.execute("select 1 / 0")
    assert sessions.connection(there).execute("select 1").fetchone() == (1,)


def test_all_gates_see_the_same_instant(sessions, there, prod):
    count = "select count(*) from public.ai_provider_configs"
    with sessions.lent(there) as lent:
        before = lent.execute(count).fetchone()
    with psycopg.connect(prod.direct, autocommit=True) as other:
        other.execute("delete from public.ai_provider_configs")
    with sessions.lent(there) as lent:
        assert lent.execute(count).fetchone() == before


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_gate_that_ends_the_transaction_ends_the_session(sessions, there, end):
    with sessions.lent(there) as lent:
        lent.execute(end)
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError, match="a gate ended its transaction"):
            sessions.connection(there)


def test_a_broken_connection_is_not_opened_again(sessions, there, prod):
    pid = sessions.connection(there).info.backend_pid
    with psycopg.connect(prod.direct, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", (pid,))
    with pytest.raises(psycopg.OperationalError), sessions.lent(there) as lent:
        lent.execute("select 1")
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError, match="the connection broke"):
            sessions.connection(there)


def test_a_session_ends_with_the_run(sessions, there, prod):
    connection = sessions.connection(there)
    sessions.close()
    assert connection.closed


def test_a_server_killed_in_the_middle_is_no_go_with_a_report(project, prod, monkeypatch):
    """What had been answered stays, what had not is ERROR, and the run ends as a run."""
    kill = f"select k::text as object, '' as detail, '' as remedy from ({KILL}) as killed (k)"
    one: Project = project
    text = (one.sql / "gates/things/one-row.sql").read_text()
    header = text[: text.index("-- requires")] + "-- evidence: one"
    one.write("evidence/one.sql", "-- title: One\n-- section: 1.4\nselect 1 as n")
    passes = "select 'o' as object, 'd' as detail, 'r' as remedy where false"
    for name, query in {"a-first": passes, "b-killed": kill, "c-after": passes, "d-after": passes}.items():
        one.write(f"gates/things/{name}.sql", f"{header}\n{query}")
    (one.sql / "gates/things/one-row.sql").unlink()
    one.pytester.makepyfile(
        test_own="""
        import pytest
        @pytest.mark.gate("own", title="it holds", prevents="nothing")
        def test_own(gate, live, examined):
            examined.ask(live, "select 1")
        """
    )
    monkeypatch.setenv("STAGING_DATABASE_URL", prod.direct)
    result = one.run("--env=staging")
    assert result.ret == 1
    record = one.record()
    assert record["verdict"] == "NO-GO"
    outcomes = {gate["id"]: gate["outcome"] for gate in record["gates"]}
    assert outcomes == {
        "a-first": "PASS", "b-killed": "ERROR", "c-after": "ERROR", "d-after": "ERROR", "own": "ERROR",
    }  # fmt: skip
    errors = {gate["id"]: gate["error"] for gate in record["gates"]}
    assert "not answered, because the connection broke" in errors["d-after"]
    assert "the connection broke" in errors["own"]
    assert "Traceback" not in result.stdout.str()
