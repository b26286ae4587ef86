"""A live target is the one that its name says, and the way to it is safe."""

from __future__ import annotations

from functools import partial

import pytest

from rollgate.open_gate import OpenGate
from rollgate.run import Run
from rollgate.target.belonging import ROUTING, Sign, doubts
from rollgate.target.identity import Identity, same_database
from rollgate.target.target import Target
from rollgate.verdict import Outcome

VERIFY = (
    "add sslmode=verify-full and sslrootcert=<the server's root certificate> to the DSN; on Supabase it is "
    "downloaded under Project Settings, Database, SSL configuration"
)


@pytest.mark.gate(
    "target-is-of-its-environment",
    title="no routing row says that the database belongs to another environment",
    prevents="Gates that go green for prod while the DSN leads to staging.",
    section="1, 2",
    checks="AS-2",
    subject="target",
)
def test_target_is_of_its_environment(gate: OpenGate, live: Target, run: Run) -> None:
    identity = run.identities[live.name]
    _show(gate, live, identity)
    if identity.routes is not None:
        gate.show(
            "routes",
            "Routing rows by environment, and the environment their overlay was written for",
            ("environment", "metadata.env", "enabled"),
            [(each.environment, each.written_for or None, each.enabled) for each in identity.routes],
        )
    own = live.topology.name
    remedies = {
        Sign.UNREADABLE: f"grant select on {ROUTING} to {identity.role}",
        Sign.FOREIGN: f"correct the DSN in {live.dsn_variable}, or the --env",
        Sign.MIXED: "tell which overlay was applied here by mistake, and take its rows out of the routing",
        Sign.UNMARKED: f"check the DSN in {live.dsn_variable}, then apply the overlay for {own}",
    }
    for doubt in doubts(identity, live.topology, run.release.topologies):
        tell = gate.hold if doubt.outcome is Outcome.HOLD else partial(gate.require, False)
        tell(ROUTING, doubt.detail, remedies[doubt.sign], severity=doubt.severity)


@pytest.mark.gate(
    "targets-are-distinct",
    title="no other target of this run is the same database",
    prevents="Two variables with one DSN in them: staging judged twice, prod never.",
    section="1, 2",
    checks="AS-2",
    subject="target",
)
def test_targets_are_distinct(gate: OpenGate, live: Target, run: Run) -> None:
    own = run.identities[live.name]
    _show(gate, live, own)
    others = {each.name: each for each in run.targets if each.live and each.name != live.name}
    rows = []
    for name, other in others.items():
        found = run.identities[name]
        same = same_database(own, found)
        known = {True: "yes", False: "no", None: "can't be told"}[same]
        rows.append((name, found.place, known, found.system_identifier or None, found.database_oid))
        if same is None:
            gate.hold(
                name,
                f"found two servers of which one is a replica, both with a database {own.database}, and no "
                "right to read which cluster they belong to, needed two databases",
                "grant execute on function pg_control_system() to the roles, or use the primary's DSN",
            )
        gate.require(
            same is not True,
            name,
            f"found {own.place} behind {live.name} and {name}, needed two databases",
            f"correct the DSN in {live.dsn_variable} or in {other.dsn_variable}",
        )
    gate.show(
        "others",
        "The other targets of this run",
        ("target", "place", "same database", "system identifier", "database oid"),
        rows,
    )


@pytest.mark.gate(
    "connection-is-encrypted",
    title="a connection that leaves this machine is encrypted",
    prevents="A database password and customers' prompts that anybody on the way can read.",
    section="1, 2",
    subject="target",
)
def test_connection_is_encrypted(gate: OpenGate, live: Target, run: Run) -> None:
    identity = run.identities[live.name]
    _show(gate, live, identity)
    gate.require(
        identity.local or (identity.encrypted and identity.sslmode != "disable"),
        identity.host,
        f"found a connection without TLS to another machine (sslmode={identity.sslmode}), needed TLS",
        VERIFY,
    )


@pytest.mark.gate(
    "server-is-verified",
    title="a server on another machine has proved by its certificate who it is",
    prevents="An impostor between the operator and the database, who is shown the password.",
    section="1, 2",
    subject="target",
    severity="warning",
)
def test_server_is_verified(gate: OpenGate, live: Target, run: Run) -> None:
    identity = run.identities[live.name]
    _show(gate, live, identity)
    gate.require(
        identity.local or identity.verified,
        identity.host,
        f"found sslmode={identity.sslmode}, needed verify-full (or verify-ca): without it TLS hides the "
        "traffic from listeners, and from nobody who answers in the server's place",
        VERIFY,
    )


@pytest.mark.gate(
    "target-is-the-primary",
    title="the target is the primary, so that what is judged is the present",
    prevents="A verdict on a replica that lags, while the primary has failed already.",
    section="1, 2",
    subject="target",
    severity="warning",
)
def test_target_is_the_primary(gate: OpenGate, live: Target, run: Run) -> None:
    identity = run.identities[live.name]
    _show(gate, live, identity)
    gate.require(
        not identity.replica,
        identity.place,
        f"found a server in recovery ({identity.standing}), needed the primary",
        f"put the primary's host into {live.dsn_variable}",
    )


@pytest.mark.gate(
    "server-major-is-rehearsed",
    title="the server's major is one that the release is meant for",
    prevents="A release that was rehearsed on one PostgreSQL and runs on another.",
    section="1, 2",
    subject="target",
    severity="warning",
)
def test_server_major_is_rehearsed(gate: OpenGate, live: Target, run: Run) -> None:
    identity = run.identities[live.name]
    _show(gate, live, identity)
    majors = " or ".join(map(str, sorted(run.release.postgres)))
    gate.require(
        identity.major in run.release.postgres,
        f"PostgreSQL {identity.major}",
        f"found PostgreSQL {identity.version}, needed {majors}",
        f"rehearse the release on PostgreSQL {identity.major}, then add it to release.postgres",
    )


def _show(gate: OpenGate, target: Target, identity: Identity) -> None:
    """Keep what the connection showed; the password is no part of it."""
    gate.show(
        "target",
        "The database that answered, and the way to it",
        ("what", "found"),
        [
            ("named by", target.option),
            ("place", identity.place),
            ("role", identity.role),
            ("server", f"PostgreSQL {identity.version}"),
            ("standing", identity.standing),
            ("reached", identity.reached),
            ("sslmode", identity.sslmode),
            ("encrypted, as the client sees it", identity.encrypted),
            ("TLS, as the server sees it", identity.tls or None),
            ("system identifier", identity.system_identifier or None),
            ("database oid", identity.database_oid),
        ],
    )
