"""A canary in the key is never seen, whatever becomes of the run: real processes, all they leave."""

from __future__ import annotations

import os
import pty
import signal
from pathlib import Path

import pytest

from tests.selfcheck.export.conftest import CANARY, token
from tests.selfcheck.export.postgrest import Answer, failing, instead

pytestmark = pytest.mark.thorough


@pytest.fixture
def ending(process, tmp_path: Path):
    """Run the script, make sure that nothing shows the canary, and return its exit code and its stderr."""

    def run(*arguments: str) -> tuple[int, str]:
        with process(*arguments) as running:
            out, err = running.communicate()
        left = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
        assert not [text for text in (out, err, *left) if CANARY in text]
        return running.returncode, err

    return run


def test_a_run_that_works_shows_no_key(ending, database):
    database.add(3)
    assert ending()[0] == 0


def test_a_key_that_is_refused_and_repeated_by_the_server_is_not_shown(ending, project):
    project.fail(failing(401, None, f"Invalid API key: {token()}"))
    code, err = ending()
    assert code == 4
    assert "Invalid API key: [secret]" in err


def test_a_server_that_fails_with_the_key_in_its_words_shows_none(ending, project):
    project.fail(*[failing(500, None, f"no such token {token()}", Retry_After="0")] * 2)
    code, err = ending("--retries", "1")
    assert code == 1
    assert err.count("[secret]") == 2


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://no-such-host.localhost.invalid", 4),
        ("https://no-such-host.invalid", 1),
        ("https://[::1", 4),
        ("http://127.0.0.1:1", 1),
        (f"https://user:{CANARY}@abc.supabase.co", 4),
        (f"postgresql://postgres:{CANARY}@127.0.0.1/postgres", 4),
        (f"https://abc.supabase.co/{CANARY}", 4),
        (f"{CANARY} %%", 4),
    ],
)
def test_an_address_that_leads_nowhere_shows_none(url, code, ending, variables):
    variables["SUPABASE_URL"] = url
    ended, err = ending("--retries", "0", "--timeout", "5")
    assert ended == code, err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "key", [f"{CANARY}", f"sb_secret_{CANARY}\nX: y", f"sb_publishable_{CANARY}", f"{CANARY}é"]
)
def test_a_malformed_key_is_not_shown(key, ending, variables):
    variables["SUPABASE_SERVICE_ROLE_KEY"] = key
    code, err = ending()
    assert code == 4
    assert "Traceback" not in err


def test_ctrl_c_shows_none(process, project):
    running = process()
    project.before = lambda _: running.send_signal(signal.SIGINT)
    with running:
        out, err = running.communicate()
    assert (running.returncode, out, err) == (130, "", "interrupted\n")


def test_a_defect_shows_a_traceback_without_it(ending, project, monkeypatch, variables, tmp_path):
    """Something of ours breaks with the key in its message."""
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import os\n"
        "import rollgate.evals.paging as paging\n"
        "def now(self):\n"
        "    raise ZeroDivisionError(os.environ['SUPABASE_SERVICE_ROLE_KEY'])\n"
        "paging.RestRows.now = now\n"
    )
    variables["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{Path(__file__).parents[3]}"
    code, err = ending()
    assert code == 1
    assert "ZeroDivisionError: [secret]" in err


def test_a_dsn_is_not_shown(ending, variables, database):
    variables["THE_DSN"] = f"postgresql://postgres:{CANARY}@127.0.0.1:1/postgres"
    code, err = ending("--dsn-env", "THE_DSN")
    assert code == 4
    assert "Connection refused" in err
    variables["THE_DSN"] = f"postgresql://postgres:{CANARY}@[::1/postgres"
    assert ending("--dsn-env", "THE_DSN")[0] == 4


def test_html_shows_none(ending, project):
    project.fail(instead(Answer(200, f"<html>{token()}</html>".encode(), kind="text/html")))
    assert ending()[0] == 4


def test_a_terminal_sees_how_far_it_is_and_no_key(process, database):
    database.add(2500)
    here, there = pty.openpty()
    with process(stderr=there) as running:
        os.close(there)
        shown = b""
        while True:
            try:
                part = os.read(here, 4096)
            except OSError:  # Linux's word for the end of a terminal
                break
            if not part:
                break
            shown += part
        running.wait()
    os.close(here)
    assert running.returncode == 0
    assert [line.strip() for line in shown.decode().split("\r") if "rows" in line] == [
        "0 of 2,500 rows",
        "1,000 of 2,500 rows",
        "2,000 of 2,500 rows",
        "2,500 of 2,500 rows",
    ]
    assert CANARY.encode() not in shown
