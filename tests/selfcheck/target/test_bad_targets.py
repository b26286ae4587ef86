"""Targets that are missing, refuse, break off or are too old: what is said, and what is left of the run."""

from __future__ import annotations

import psycopg
import pytest

from rollgate.release import BUILTIN, MANIFEST_NAME, load_release
from rollgate.target import connect as connecting
from rollgate.target.connect import connect, is_transient
from rollgate.target.target import choose_targets, live_conninfo
from tests.selfcheck.project import gate_text
from tests.selfcheck.target.conftest import CANARY, LOUD, PASSWORD, everything, unseen

ALWAYS = gate_text(more=", {}").replace("<> 1", "= 1")
REFUSED = gate_text().replace("from public.t ", "from public.secret ")


@pytest.fixture
def judge(project, door, monkeypatch):
    def judge(dsn: str = "", *arguments: str):
        monkeypatch.setenv("STAGING_DATABASE_URL", dsn or door.url())
        return project.run("--env=staging", *arguments)

    return judge


def outcomes(project) -> dict[str, str]:
    return {gate["id"]: gate["outcome"] for gate in project.record()["gates"] if gate["subject"] == "things"}


def test_one_gates_trouble_is_not_anothers(judge, project):
    """A table that the role may not read, and a statement that takes too long."""
    project.write("gates/things/refused.sql", REFUSED)
    project.write("gates/things/slow.sql", ALWAYS.format("'FAIL' || pg_sleep(9) as outcome"))
    project.pytester.makeconftest(
        "import rollgate.target.session as session\n"
        "session._BEGIN = session._BEGIN.replace(str(session.STATEMENT_TIMEOUT_MS), '150')\n"
    )
    result = judge()
    assert result.ret == 1
    assert outcomes(project) == {"one-row": "PASS", "refused": "ERROR", "slow": "ERROR"}
    said = ["*permission denied for table secret*", "*statement timeout*", "NO-GO *"]
    result.stdout.fnmatch_lines_random(said)
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_target_that_dies_on_the_way_is_no_go_with_a_report_and_no_password(judge, project):
    project.gate("before")
    project.write(
        "gates/things/killed.sql", ALWAYS.format("pg_terminate_backend(pg_backend_pid())::text as outcome")
    )
    result = judge("", *LOUD)
    assert result.ret == 1
    found = outcomes(project)
    assert found == {"before": "PASS", "killed": "ERROR", "one-row": "ERROR"}
    record = project.record()
    assert (record["verdict"], record["planned"]) == ("NO-GO", len(record["gates"]))
    (folder,) = project.left()
    assert "one-row" in (folder / "report.html").read_text()
    assert unseen(everything(project, result))


def test_another_database_altogether_is_no_go(judge, project, door):
    result = judge(door.url(name="postgres"))
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*public.t*", "NO-GO *"])


def test_an_old_server_is_one_message(judge, project):
    project.pytester.makeconftest(
        """
        from dataclasses import replace
        from rollgate.target.live import LiveSessions
        found = LiveSessions.identity
        LiveSessions.identity = lambda *asked: replace(found(*asked), major=13, version="13.14")
        """
    )
    result = judge()
    assert result.ret == 4
    said = ["*found:  PostgreSQL 13.14 at 127.0.0.1:*", "*needed: PostgreSQL 15 or newer*"]
    result.stderr.fnmatch_lines(said)
    assert "Traceback" not in result.stderr.str()


def test_a_remote_target_needs_tls_and_is_better_verified(judge, project, door, root_certificate):
    project.pytester.makeconftest(
        "import rollgate.target.identity as identity\nidentity.is_local = lambda host, address: False\n"
    )
    result = judge(door.url(query="?sslmode=disable"))
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*connection-is-encrypted*FAIL*", "*sslmode=disable*"])
    result = judge(door.url(query="?sslmode=require"))
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*TLS 1.* (require)*", "*server-is-verified*WARN*", "GO *"])
    result = judge(door.url(query=f"?sslmode=verify-full&sslrootcert={root_certificate}"))
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*server-is-verified*PASS*", "GO *"])


@pytest.mark.parametrize("way", ["env-file", "service", "variables", "passfile"])
def test_a_dsn_from_anywhere_leads_to_the_database(way, door, tmp_path, monkeypatch):
    passfile = tmp_path / "pgpass"
    passfile.write_text("*:*:*:reader:" + PASSWORD.replace("\\", "\\\\").replace(":", "\\:") + "\n")
    passfile.chmod(0o600)
    services = tmp_path / "services"
    place = {"host": "127.0.0.1", "port": str(door.cluster.port), "dbname": door.name, "user": "reader"}
    services.write_text("[door]\n" + "".join(f"{name}={value}\n" for name, value in place.items()))
    (tmp_path / ".env").write_text(f'STAGING_DATABASE_URL="{door.url()}"\n' if way == "env-file" else "")
    ways = {
        "env-file": {},
        "service": {"PGSERVICE": "door", "PGSERVICEFILE": str(services), "PGPASSWORD": PASSWORD},
        "variables": {
            **{f"PG{name}".replace("DBNAME", "DATABASE"): value for name, value in upper(place).items()},
            "PGPASSWORD": PASSWORD,
        },
        "passfile": {
            "STAGING_DATABASE_URL": door.url(password="").replace(":@", "@"),
            "PGPASSFILE": str(passfile),
        },
    }
    for name, value in ways[way].items():
        monkeypatch.setenv(name, value)
    (target,) = choose_targets(load_release(BUILTIN / MANIFEST_NAME), ["staging"])
    with connect(live_conninfo(target, folder=tmp_path)) as connection:
        assert connection.execute("select current_user, current_database()").fetchone() == (
            "reader",
            door.name,
        )


def upper(named: dict[str, str]) -> dict[str, str]:
    return {name.upper(): value for name, value in named.items()}


def test_a_fleet_is_judged_member_by_member_over_workers(project, door, monkeypatch):
    monkeypatch.setenv("EU_URL", door.url())
    monkeypatch.setenv("US_URL", door.url(name="postgres"))
    result = project.run("--env=staging", "--target=eu=EU_URL", "--target=us=US_URL", "-n", "2")
    assert result.ret == 1
    record = project.record()
    assert [target["name"] for target in record["targets"]] == ["eu", "us"]
    said = {(gate["target"], gate["id"]): gate["outcome"] for gate in record["gates"]}
    assert (said["eu", "one-row"], said["us", "one-row"]) == ("PASS", "FAIL")
    assert said["eu", "targets-are-distinct"] == said["us", "targets-are-distinct"] == "PASS"
    assert len(said) == record["planned"]


def test_one_database_behind_two_names_is_no_go(project, door, monkeypatch):
    monkeypatch.setenv("EU_URL", door.url())
    monkeypatch.setenv("US_URL", door.admin)
    result = project.run("--env=staging", "--target=eu=EU_URL", "--target=us=US_URL")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*targets-are-distinct*FAIL*FAIL*"])


@pytest.fixture
def attempts(monkeypatch):
    """Have psycopg.connect fail with these messages, one after the other, and count them."""
    made: list[str] = []

    def fail_with(*messages: str) -> list[str]:
        left = list(messages)

        def refuse(conninfo, **options):
            made.append(left[0])
            raise psycopg.OperationalError(left.pop(0))

        monkeypatch.setattr(connecting.Connection, "connect", refuse)
        return made

    monkeypatch.setattr(connecting, "RETRY_PAUSE_S", 0)
    return fail_with


@pytest.mark.parametrize(
    ("message", "transient"),
    [
        ('connection to server at "127.0.0.1", port 1 failed: Connection refused', True),
        ("connection timeout expired", True),
        ("FATAL:  the database system is starting up", True),
        ("FATAL:  sorry, too many clients already", True),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", True),
        ("FATAL:  MaxClientsInSessionMode: max clients reached", True),
        ('FATAL:  password authentication failed for user "reader"', False),
        ('FATAL:  database "gone" does not exist', False),
        ("failed to resolve host 'gone': [Errno -2] Name or service not known", False),
        ('server certificate for "a" does not match host name "b"', False),
    ],
)
def test_only_what_may_pass_is_tried_once_more(attempts, message, transient):
    made = attempts(message, "the last word")
    assert is_transient(message) is transient
    with pytest.raises(psycopg.OperationalError, match="the last word" if transient else message[:20]):
        connect("host=h")
    assert len(made) == 1 + transient


@pytest.mark.parametrize("raised", [psycopg.OperationalError, KeyboardInterrupt, ValueError])
def test_no_frame_of_psycopgs_is_in_the_traceback_of_a_connect_that_fails(monkeypatch, raised):
    def fail(conninfo, **options):
        password = CANARY
        raise raised(f"{password[:0]}no luck")

    monkeypatch.setattr(connecting.Connection, "connect", fail)
    with pytest.raises((psycopg.OperationalError, KeyboardInterrupt)) as caught:
        connect("host=h")
    assert caught.value.__context__ is None
    assert not [entry for entry in caught.traceback if CANARY in str(entry.frame.f_locals)]
