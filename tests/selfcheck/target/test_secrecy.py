"""A canary in the password is never seen, whatever becomes of the run: real processes, all they leave."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from urllib.parse import quote

import psycopg
import pytest

from tests.selfcheck.project import Project, gate_text
from tests.selfcheck.target.conftest import CANARY, LOUD, PASSWORD, everything, unseen

pytestmark = pytest.mark.thorough

SLEEPS = gate_text().replace("count(*) <> 1", "pg_sleep(60) is null")


@pytest.fixture
def judge(project, door, monkeypatch):
    def judge(dsn: str = "", *arguments: str) -> tuple[pytest.RunResult, str]:
        monkeypatch.setenv("STAGING_DATABASE_URL", dsn or door.url())
        result = project.run("--env=staging", *LOUD, *arguments)
        return result, everything(project, result)

    return judge


def test_a_green_run_shows_no_password(judge, project):
    result, shown = judge()
    assert result.ret == 0
    assert unseen(shown)
    assert "test_gate" in (project.pytester.path / "junit.xml").read_text()
    (target,) = project.record()["targets"]
    assert (target["host"], target["role"], target["reached"]) == ("127.0.0.1", "reader", "direct")
    result.stdout.fnmatch_lines(["  staging: 127.0.0.1:* as reader, PostgreSQL *, direct, primary"])


def test_a_run_of_everything_that_goes_wrong_in_a_gate_shows_no_password(judge, project, door):
    """A violation, a refused table, a gate that shows its DSN, logs it, prints it, and breaks with it."""
    project.write("gates/things/broken.sql", gate_text(more=", 1 / 0"))
    project.pytester.makepyfile(
        test_own="""
        import logging, os, warnings
        import psycopg, pytest
        from rollgate.target.target import live_conninfo

        @pytest.mark.gate("leaks", title="it holds", prevents="nothing")
        def test_leaks(gate, live):
            dsn = os.environ["STAGING_DATABASE_URL"]
            gate.show("dsn", "DSN", ("dsn",), [(dsn,)])
            gate.require(False, "dsn", f"found {dsn}", f"not {dsn}")

        def test_breaks(live):
            conninfo = live_conninfo(live)
            parts = psycopg.conninfo.conninfo_to_dict(conninfo)
            logging.getLogger("some").warning("connecting with %s", parts)
            print(parts["password"])
            raise RuntimeError(parts["password"])
        """
    )
    with psycopg.connect(door.admin, autocommit=True) as connection:
        connection.execute("insert into public.t values (2)")
    result, shown = judge()
    assert result.ret == 1
    assert unseen(shown)
    for made in ("junit.xml", "log.txt", "reports/*/report.html", "reports/*/record.json"):
        (path,) = project.pytester.path.glob(made)
        assert "[secret]" in path.read_text(), "the leak was there, and was stopped"
    outcomes = {gate["id"]: gate["outcome"] for gate in project.record()["gates"]}
    assert (outcomes["one-row"], outcomes["broken"], outcomes["leaks"]) == ("FAIL", "ERROR", "FAIL")


def test_a_worker_shows_no_password_not_even_one_from_a_file(judge, project, door, monkeypatch):
    passfile = project.sql / "pgpass"  # where everything() doesn't look
    passfile.write_text("*:*:*:reader:" + PASSWORD.replace("\\", r"\\").replace(":", r"\:") + "\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    project.pytester.makepyfile(
        test_own="""
        import psycopg
        from rollgate.target.target import live_conninfo
        def test_breaks(live):
            with psycopg.connect(live_conninfo(live)) as connection:
                password = connection.info.password
            assert password == "nothing"
        """
    )
    result, shown = judge(door.url(password="").replace(":@", "@"), "-n", "1")
    assert result.ret == 1
    assert "[secret]" in shown
    assert unseen(shown)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda door: door.url(password=f"wrong-{CANARY}"), "password authentication failed"),
        (lambda door: door.url(host="no-such-host.invalid"), "no-such-host.invalid"),
        (lambda door: door.url(name="gone"), 'database "gone" does not exist'),
        (lambda door: door.url(password="").replace(":@", f":p@{CANARY}@"), "an @ in its host"),
        (lambda door: f"host=127.0.0.1 password={CANARY} port={CANARY}", "port is no number"),
    ],
    ids=["wrong-password", "unknown-host", "missing-database", "unencoded-password", "misplaced-password"],
)
def test_a_target_that_is_not_reached_is_one_message_without_a_password(judge, project, door, change, says):
    result, shown = judge(change(door))
    assert result.ret == 4
    text = result.stderr.str()
    assert says in text
    assert "STAGING_DATABASE_URL" in text
    assert "Traceback" not in text
    assert unseen(shown)
    assert not project.left()


def interrupted(project: Project, ready, *arguments: str, act=None) -> tuple[int, str]:
    """Start a run, send it Ctrl-C once `ready()`, and return its exit code and all that it has shown.

    Or do something else to it, or to others: `act(process)`.
    """
    out = project.pytester.path / "output.txt"
    command = [sys.executable, "-m", "pytest", "-p", "rollgate.plugin", f"--release={project.sql}"]
    with out.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--env=staging", *LOUD, *arguments], stdout=file, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 60
        while not ready():
            assert process.poll() is None, out.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if act is None:
            process.send_signal(signal.SIGINT)
        else:
            act(process)
        return process.wait(60), everything(project)
    finally:
        process.kill()
        process.wait()


def test_ctrl_c_while_a_gate_is_asked_shows_no_password_and_leaves_a_record(project, door, monkeypatch):
    monkeypatch.setenv("STAGING_DATABASE_URL", door.url())
    project.write("gates/things/slow.sql", SLEEPS)

    def asleep() -> bool:
        with psycopg.connect(door.admin) as connection:
            found = connection.execute("select 1 from pg_stat_activity where wait_event = 'PgSleep'")
            return found.fetchone() is not None

    code, shown = interrupted(project, asleep)
    assert code == 2
    assert "KeyboardInterrupt" in shown
    assert unseen(shown)
    assert project.record()["verdict"] != "GO"


def test_ctrl_c_in_a_test_that_has_the_dsn_in_hand_shows_no_password(project, door, monkeypatch):
    """Such a traceback is made while it is printed, arguments and all."""
    monkeypatch.setenv("STAGING_DATABASE_URL", door.url())
    project.pytester.makepyfile(
        test_own="""
        import os, pathlib, time

        def wait(dsn):
            pathlib.Path("waiting").touch()
            time.sleep(60)

        def test_waits(live):
            wait(os.environ["STAGING_DATABASE_URL"])
        """
    )
    code, shown = interrupted(project, (project.pytester.path / "waiting").exists)
    assert code == 2
    assert "[secret]" in shown
    assert unseen(shown)


def test_ctrl_c_while_connecting_shows_no_password(project, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        port = listener.getsockname()[1]
        monkeypatch.setenv(
            "STAGING_DATABASE_URL", f"postgresql://reader:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/d"
        )
        held: list[socket.socket] = []

        def connected() -> bool:
            held.append(listener.accept()[0])
            return bool(held[-1].recv(1))

        code, shown = interrupted(project, connected)
        for each in held:
            each.close()
    assert code == 2
    assert "KeyboardInterrupt" in shown
    assert unseen(shown)
