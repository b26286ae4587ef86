"""Which database answers, how it is reached, and with which rights: what a connection shows.

Keys of a TOML file, beside those of every sabotage:

    identity   what is otherwise than in a verified connection to the primary of prod; of `routes`, rows of
               environment, the environment that the overlay was for, and enabled, or `unreadable`
    others     identities of further targets of the run, by name
    session    `begin`, `sql` (run before the role is taken) and `role`: how the gates' session was begun
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg

from rollgate.evidence.record import GateRecord
from rollgate.run import Run
from rollgate.target.identity import Identity, Route
from rollgate.target.target import Target
from tests.selfcheck.sabotage.corpus import Sabotage
from tests.selfcheck.sabotage.firing import Found, found_in
from tests.selfcheck.sabotage.state import Answers
from tests.selfcheck.sabotage.universe import ask

CONNECTION = (
    "target-is-of-its-environment",
    "targets-are-distinct",
    "connection-is-encrypted",
    "server-is-verified",
    "target-is-the-primary",
    "server-major-is-rehearsed",
)
SESSION = ("session-refuses-writes", "role-can-only-read")
PROD = Identity(
    host="db.example.test",
    port=5432,
    local=False,
    sslmode="verify-full",
    encrypted=True,
    tls="TLSv1.3 TLS_AES_256_GCM_SHA384",
    database="postgres",
    database_oid="5",
    role="rollgate_reader",
    version="17.4",
    major=17,
    pooled=False,
    replica=False,
    lag_seconds=None,
    started_at="1771200000",
    system_identifier="72",
    routes=(Route("prod", "prod", True),),
)
BEGIN = "begin isolation level repeatable read"
READER = """
create role gates_reader_alone;
grant usage on schema public to gates_reader_alone;
grant select on all tables in schema public to gates_reader_alone
"""


def fired_by(sabotage: Sabotage, run: Run, conninfo: str) -> Found:
    """Return what the gates of the connection and of the session find."""
    topology = run.release.topologies["prod"]
    own = replace(PROD, **_as_identity(sabotage.facts.get("identity", {})))
    others = {
        name: replace(PROD, **_as_identity(facts)) for name, facts in sabotage.facts.get("others", {}).items()
    }
    target = Target(topology, live=True)
    asked = replace(
        run,
        identities={"prod": own, **others},
        targets=(target, *(Target(run.release.topologies[name], live=True) for name in others)),
    )
    said = [ask(id, live=target, run=asked) for id in CONNECTION]
    return found_in(said + _of_session(sabotage.facts.get("session", {}), target, run, conninfo))


def _as_identity(facts: Mapping[str, Any]) -> dict[str, Any]:
    routes = facts.get("routes")
    if routes is None:
        return dict(facts)
    return {**facts, "routes": None if routes == "unreadable" else tuple(Route(*each) for each in routes)}


def _of_session(facts: Mapping[str, Any], target: Target, run: Run, conninfo: str) -> list[GateRecord]:
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
        connection.execute(facts.get("begin", BEGIN))
        try:
            connection.execute(facts.get("sql", READER).encode())
            if role := facts.get("role", "gates_reader_alone"):  # as if it had connected as that
                connection.execute(f"set local session authorization {role}".encode())
            if "begin" not in facts:
                connection.execute("set transaction read only")
            return [ask(id, live=target, run=run, examined=Answers(connection)) for id in SESSION]
        finally:
            connection.execute("rollback")
