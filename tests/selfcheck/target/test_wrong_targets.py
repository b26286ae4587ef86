"""A target that is another one than its name says is caught, and so is a way to it that isn't safe."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from rollgate.evidence.record import GateRecord
from rollgate.open_gate import OpenGate
from rollgate.release import BUILTIN, MANIFEST_NAME
from rollgate.run import start_run
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.postmaster import running_postmaster
from rollgate.target.identity import Identity, Route, is_local, read_identity, same_database
from rollgate.target.session import read_only_session
from rollgate.verdict import Outcome, Severity
from tests.gates import test_target as gates

PROD = Identity(
    host="db.example.com",
    port=5432,
    local=False,
    sslmode="verify-full",
    encrypted=True,
    tls="TLSv1.3 TLS_AES_256_GCM_SHA384",
    database="postgres",
    database_oid="5",
    role="reader",
    version="17.4",
    major=17,
    pooled=False,
    replica=False,
    lag_seconds=None,
    started_at="1.5",
    system_identifier="71",
    routes=(Route("prod", "prod", True),),
)
STAGING = replace(PROD, started_at="2.5", system_identifier="72", routes=(Route("staging", "staging", True),))


@pytest.fixture
def ask(tmp_path):
    """Ask one of the gates of a target, in a run whose targets are these."""

    def ask(test, name: str, **identities: Identity) -> GateRecord:
        run = start_run(BUILTIN / MANIFEST_NAME, [each.replace("_", "-") for each in identities], tmp_path)
        run.identities = {each.replace("_", "-"): found for each, found in identities.items()}
        target = next(each for each in run.targets if each.name == name)
        (mark,) = test.pytestmark
        severity = Severity(mark.kwargs.get("severity", "error"))
        gate = OpenGate(planned(mark.args[0], name, severity))
        test(gate, target, run)
        return gate.close()

    return ask


def planned(id: str, target: str, severity: Severity) -> GateRecord:
    return GateRecord(
        id=id,
        target=target,
        subject="target",
        title="",
        prevents="",
        sections=(),
        checks=(),
        severity=severity,
        outcome=Outcome.ERROR,
    )


OTHER_SERVER = replace(PROD, started_at="2.5", system_identifier="72")
REPLICA = replace(PROD, started_at="9.5", replica=True)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (PROD, True),
        (replace(PROD, host="10.0.0.1", role="other", pooled=True), True),
        (replace(PROD, database_oid="6"), False),
        (replace(PROD, database="other"), False),
        (OTHER_SERVER, False),
        (replace(PROD, started_at="2.5"), False),
        (REPLICA, True),
        (replace(REPLICA, system_identifier="72"), False),
        (replace(PROD, system_identifier=""), True),
        (replace(OTHER_SERVER, system_identifier=""), False),
        (replace(REPLICA, system_identifier=""), None),
    ],
    ids=[
        *("itself", "another-way-to-it", "another-database", "another-name", "another-server"),
        *("restored-from-its-backup", "its-replica", "anothers-replica", "itself-unidentified"),
        *("another-server-unidentified", "a-replica-unidentified"),
    ],
)
def test_one_database_is_told_from_another(other, same):
    assert same_database(PROD, other) is same
    assert same_database(other, PROD) is same


def test_two_variables_with_one_database_fail(ask):
    record = ask(gates.test_targets_are_distinct, "prod", prod=PROD, staging=replace(PROD, pooled=True))
    assert (record.outcome, record.violations[0].object) == (Outcome.FAIL, "staging")
    assert ask(gates.test_targets_are_distinct, "prod", prod=PROD, staging=STAGING).outcome is Outcome.PASS
    assert ask(gates.test_targets_are_distinct, "prod", prod=PROD).outcome is Outcome.PASS


def test_two_databases_that_nobody_can_tell_apart_hold(ask):
    unknown = replace(REPLICA, system_identifier="")
    record = ask(gates.test_targets_are_distinct, "prod", prod=PROD, staging=unknown)
    assert record.outcome is Outcome.HOLD


@pytest.mark.parametrize(
    ("name", "routes", "outcome"),
    [
        ("prod", (Route("prod", "prod", True),), Outcome.PASS),
        ("prod", (Route("staging", "staging", True), Route("prod", "", True)), Outcome.FAIL),
        ("prod", (Route("prod", "single-db", True),), Outcome.FAIL),
        ("single-db", (Route("prod", "prod", True),), Outcome.FAIL),
        ("staging", (Route("staging", "staging", True), Route("prod", "", True)), Outcome.PASS),
        ("staging", (Route("prod", "", True),), Outcome.HOLD),
        ("staging", (), Outcome.PASS),
        ("staging", None, Outcome.HOLD),
    ],
    ids=[
        *("prod", "staging-for-prod", "single-db-for-prod", "prod-for-single-db", "staging"),
        *("no-overlay", "no-rows", "no-right"),
    ],
)
def test_the_routing_rows_tell_whose_database_it_is(ask, name, routes, outcome):
    found = ask(gates.test_target_is_of_its_environment, name, **{name: replace(PROD, routes=routes)})
    assert (found.outcome, found.severity) == (outcome, Severity.ERROR)


def test_a_database_with_two_overlays_is_a_warning(ask):
    both = replace(PROD, routes=(Route("prod", "prod", True), Route("staging", "staging", False)))
    found = ask(gates.test_target_is_of_its_environment, "prod", prod=both)
    assert (found.outcome, found.severity) == (Outcome.HOLD, Severity.WARNING)


@pytest.mark.parametrize(
    ("identity", "encrypted", "verified"),
    [
        (PROD, Outcome.PASS, Outcome.PASS),
        (replace(PROD, sslmode="verify-ca"), Outcome.PASS, Outcome.PASS),
        (replace(PROD, sslmode="require"), Outcome.PASS, Outcome.FAIL),
        (replace(PROD, sslmode="prefer"), Outcome.PASS, Outcome.FAIL),
        (replace(PROD, sslmode="prefer", encrypted=False), Outcome.FAIL, Outcome.FAIL),
        (replace(PROD, sslmode="disable", encrypted=False), Outcome.FAIL, Outcome.FAIL),
        (replace(PROD, sslmode="disable", encrypted=False, local=True), Outcome.PASS, Outcome.PASS),
    ],
    ids=["verify-full", "verify-ca", "require", "prefer", "prefer-got-none", "disable", "local"],
)
def test_a_way_that_is_not_safe_is_told(ask, identity, encrypted, verified):
    assert ask(gates.test_connection_is_encrypted, "prod", prod=identity).outcome is encrypted
    found = ask(gates.test_server_is_verified, "prod", prod=identity)
    assert (found.outcome, found.severity) == (verified, Severity.WARNING)


@pytest.mark.parametrize(
    ("host", "address", "local"),
    [
        ("", "", True),
        ("/run/postgresql", "", True),
        ("localhost", "127.0.0.1", True),
        ("a-tunnel.example.com", "::1", True),
        ("127.0.0.1", "", True),
        ("localhost", "192.0.2.7", False),
        ("db.example.com", "2001:db8::1", False),
        ("db.example.com", "", False),
    ],
)
def test_the_address_decides_what_is_local(host, address, local):
    assert is_local(host, address) is local


def test_a_replica_is_a_warning_with_its_lag(ask):
    lagging = replace(REPLICA, lag_seconds=12.34)
    found = ask(gates.test_target_is_the_primary, "prod", prod=lagging)
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.WARNING)
    assert "replica, 12.3 s behind" in found.violations[0].detail


def test_a_major_that_the_release_is_not_meant_for_is_a_warning(ask):
    found = ask(gates.test_server_major_is_rehearsed, "prod", prod=replace(PROD, major=16, version="16.1"))
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.WARNING)


def test_a_database_says_who_it_is(rehearsal, release):
    topology = release.topologies["staging"]
    with rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo:
        with read_only_session(conninfo) as one, read_only_session(conninfo) as two:
            found = read_identity(one)
            assert same_database(found, read_identity(two))
        other = rehearsal.databases.cluster.dsn("postgres")
        with read_only_session(other) as connection:
            assert same_database(found, read_identity(connection)) is False
    assert found.local
    assert (found.reached, found.standing, found.security) == ("direct", "primary", "no TLS (local)")
    assert found.system_identifier.isdigit()
    assert Route("staging", "staging", True) in (found.routes or ())


def test_a_role_without_rights_is_told_what_it_may_know(rehearsal, release):
    database = rehearsal.databases
    topology = release.topologies["prod"]
    name = database.clone(rehearsal.rolled_out(topology))
    with database.connect(name, autocommit=True) as admin:
        admin.execute(
            "create role nobody_much login; revoke execute on function pg_control_system() from public"
        )
    try:
        with read_only_session(database.cluster.dsn(name) + " user=nobody_much") as connection:
            found = read_identity(connection)
            assert connection.execute("select 1").fetchone() == (1,), "the transaction goes on"
    finally:
        with database.connect(name, autocommit=True) as admin:
            admin.execute("drop role nobody_much")
        database.drop(name)
    assert (found.role, found.system_identifier, found.routes) == ("nobody_much", "", None)
    assert found.started_at


def test_a_server_in_recovery_is_told_from_a_primary(release, monkeypatch):
    """One folder, started as a primary and then as a standby of nobody, which replays and can be read."""

    def start_twice(programs, run: Path, settings, account):
        with running_postmaster(programs, run, settings, account):
            signal = run / "data" / "standby.signal"
            signal.touch()
            if account is not None:
                os.chown(signal, account.uid, account.gid)
        return running_postmaster(programs, run, settings, account)

    monkeypatch.setattr("rollgate.server.cluster.running_postmaster", start_twice)
    settings = {"wal_level": "replica", "hot_standby": "on"}
    with (
        running_cluster(find_binaries(majors=release.postgres), settings=settings) as cluster,
        read_only_session(cluster.dsn("postgres")) as connection,
    ):
        found = read_identity(connection)
    assert found.replica
    assert found.standing.startswith("replica")
