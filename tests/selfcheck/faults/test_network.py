"""A network that is cut, or takes every byte and passes none on, in the middle of an answer."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from rollgate.server.cluster import Cluster
from rollgate.server.databases import Databases
from tests.selfcheck.project import TABLE
from tests.selfcheck.session.proxy import distant

pytestmark = pytest.mark.thorough

#: An answer of that many bytes, on the way of which the network fails.
ANSWER = 400_000
HASTY = """
import rollgate.target.session as session
session.SILENCE_S = 2
"""


def fill(connection: psycopg.Connection) -> None:
    connection.execute(TABLE)


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    name = databases.clone(databases.template("networked", fill))
    yield name
    databases.drop(name)


@pytest.mark.parametrize("then", ["cut", "stall"])
def test_what_was_not_answered_to_its_end_is_an_error(project, cluster: Cluster, database, monkeypatch, then):
    project.write(
        "evidence/rows.sql", f"-- title: Rows\n-- section: 1.4\nselect repeat('x', {ANSWER}) from public.t"
    )
    project.pytester.makeconftest(HASTY)
    with distant(f"{cluster.host}/.s.PGSQL.{cluster.port}", most=ANSWER // 2, then=then) as traffic:
        monkeypatch.setenv(
            "STAGING_DATABASE_URL", f"postgresql://postgres@127.0.0.1:{traffic.port}/{database}"
        )
        result = project.run("--env=staging")
        assert traffic.received == traffic.most
        assert traffic.connections == 1
    assert result.ret == 1
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    record = project.record()
    assert record["verdict"] == "NO-GO"
    gates = {gate["id"]: gate for gate in record["gates"] if gate["subject"] == "things"}
    assert {gate["outcome"] for gate in gates.values()} == {"ERROR"}
    if then == "stall":
        assert "the server has said nothing for 2 s" in gates["one-row"]["error"]
    assert project.ledger == ["NO-GO"]


@pytest.mark.parametrize(
    ("most", "says"),
    [(0, "timeout"), (600, "the server has said nothing for 2 s")],
    ids=["at-once", "after-its-name"],
)
def test_a_target_that_falls_silent_before_a_gate_is_asked_is_one_message(
    project, cluster: Cluster, database, monkeypatch, most, says
):
    project.pytester.makeconftest(HASTY)
    with distant(f"{cluster.host}/.s.PGSQL.{cluster.port}", most=most, then="stall") as traffic:
        dsn = f"postgresql://postgres@127.0.0.1:{traffic.port}/{database}?connect_timeout=2&sslmode=disable"
        monkeypatch.setenv("STAGING_DATABASE_URL", dsn)
        result = project.run("--env=staging")
    assert result.ret == 4
    text = result.stdout.str() + result.stderr.str()
    assert says in text
    assert "STAGING_DATABASE_URL" in text
    assert "Traceback" not in text
    assert not project.left()
