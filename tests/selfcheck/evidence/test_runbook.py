"""The runbook, played from its first line to its last by commands alone, on two databases of a real server.

Nobody waits 24 hours: the clock is moved by moving what was written, in the database, the log and the ledger.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from rollgate.evidence.chain import read_chain
from rollgate.evidence.keep import keep
from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release
from rollgate.soak.facts import MARK, mark_of
from rollgate.target.identity import read_identity
from tests.gates.soaking import QUIET, error, write_log
from tests.selfcheck.soak.conftest import logged, logging_server, wait_for  # noqa: F401

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[3]
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(hours=25)


@dataclass
class Rollout:
    """Two projects, the folder of reports, and the operator's commands."""

    release: Release
    staging: str
    prod: str
    folder: Path
    log: Path

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SUPABASE", "PG"))}
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env={
                **kept,
                **{"STAGING_DATABASE_URL": self.staging, "PROD_DATABASE_URL": self.prod},
                **{"PYTEST_ADDOPTS": "", "GITHUB_STEP_SUMMARY": "", "GITHUB_ACTIONS": ""},
                "ROLLGATE_SOAK_LOG": os.pathsep.join(map(str, (self.folder / "earlier.json", self.log))),
            },
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def pytest(self, *words: str) -> tuple[int, dict[str, str], str]:
        """Run the gates; return the exit code, what blocks, and what was printed."""
        before = set(self.reports.glob("*/record.json"))
        done = self.run(
            "pytest", "-p", "no:cacheprovider", f"--reports={self.reports}", "--operator=release-bot", *words
        )
        (path,) = set(self.reports.glob("*/record.json")) - before
        record: dict[str, Any] = json.loads(path.read_text())
        blocking = {
            gate["id"]: gate["error"] or "{detail}; {remedy}".format(**gate["violations"][0])
            for gate in record["gates"]
            if gate["severity"] == "error" and gate["outcome"] not in ("PASS", "WAIVED")
        }
        return done.returncode, blocking, done.stdout + done.stderr

    def rollgate(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("rollgate", command, "--reports", str(self.reports), *words)

    def apply(self, conninfo: str, topology: str) -> None:
        """Paste the files."""
        with psycopg.connect(conninfo, autocommit=True) as connection:
            for path in self.release.topologies[topology].rollout:
                apply_file(connection, path)

    def let_a_day_pass(self) -> None:
        """Move the rows, the log and the ledger back, and let the runtime write in between."""
        with psycopg.connect(self.staging, autocommit=True) as connection:
            connection.execute(QUIET.encode())
            with connection.transaction():
                identity = read_identity(connection)
        now = datetime.datetime.now(datetime.UTC)
        # A run of that day left its probe there: that is what says whose log it is.
        mark = mark_of(identity.system_identifier, identity.database)
        probe = error(f'invalid input syntax for type integer: "{MARK} 00 {mark}"', "select", "22P02")
        quiet = {"error_severity": "LOG", "state_code": "00000", "message": "connection received"}
        write_log(
            self.folder / "earlier.json",
            [
                {"timestamp": now - minutes * MINUTE, **(probe if minutes == 20 * 60 else quiet)}
                for minutes in range(0, 26 * 60, 5)
            ],
        )
        lived = self.reports.rename(self.folder / "lived")
        for run in read_chain(lived).runs:
            assert run.record is not None
            earlier = msgspec.structs.replace(
                run.record,
                started_at=_earlier(run.record.started_at),
                finished_at=_earlier(run.record.finished_at),
            )
            assert keep(earlier, self.reports / Path(run.entry.record).parent).head is not None


def _earlier(moment: str) -> str:
    moved = datetime.datetime.fromisoformat(moment) - DAY
    return moved.isoformat(timespec="seconds").replace("+00:00", "Z")


@pytest.fixture
def rollout(logged: Rehearsal, release: Release, tmp_path: Path) -> Iterator[Rollout]:  # noqa: F811
    databases = logged.databases
    (tmp_path / "earlier.json").touch()
    log = databases.cluster.directory / "data" / "log" / "postgresql.json"
    wait_for(lambda: os.access(log, os.R_OK))
    with (
        databases.cloned(logged.baseline()) as staging,
        databases.cloned(logged.baseline()) as prod,
    ):
        yield Rollout(release, staging, prod, tmp_path, log)


def test_the_runbook_from_preflight_to_release_log(rollout):
    # 1.1 to 1.4: staging's preflight, the files, and whether they did what they should.
    assert rollout.pytest("--env=staging", "--stage=preflight")[:2] == (0, {})
    code, blocking, _ = rollout.pytest("--env=staging", "--stage=verify")
    assert code == 1
    assert "tables-exist" in blocking
    rollout.apply(rollout.staging, "staging")
    assert rollout.pytest("--env=staging", "--stage=verify")[:2] == (0, {})
    code, blocking, said = rollout.pytest("--env=staging")
    assert code == 10, said
    assert set(blocking) <= {"soak-has-lasted", "new-records-are-complete", "no-errors-in-write-paths",
                             "no-constraint-violations", "guardrails-hold"}  # fmt: skip
    assert "it is over on" in blocking["soak-has-lasted"]

    # 2: prod is refused before the soak, and says what is missing.
    code, blocking, _ = rollout.pytest("--env=prod", "--stage=preflight")
    assert code == 10
    assert set(blocking) == {"environment-before-was-verified", "soak-passed-before"}
    assert "found HOLD in the latest run of these files" in blocking["environment-before-was-verified"]

    # 1.5: a day of traffic later.
    rollout.let_a_day_pass()
    code, blocking, said = rollout.pytest("--env=staging")
    assert (code, blocking) == (0, {}), said

    # 2.1 to 2.4: prod, accepted now.
    assert rollout.pytest("--env=prod", "--stage=preflight")[:2] == (0, {})
    rollout.apply(rollout.prod, "prod")
    code, blocking, said = rollout.pytest("--env=prod")
    assert (code, blocking) == (0, {}), said

    # 4: the log, complete; and the ledger, intact until one byte of one record is changed.
    done = rollout.rollgate("release-log")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    log = (rollout.reports / "release-log.md").read_text(encoding="utf-8")
    assert "| Status | complete |" in log
    assert "rollback-rehearsed-in-place on staging: PASS" in log.replace("&#45;", "-").replace("&#58;", ":")
    done = rollout.rollgate("verify")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "intact")
    runs = read_chain(rollout.reports).runs
    victim = rollout.reports / runs[3].entry.record
    content = bytearray(victim.read_bytes())
    content[len(content) // 3] ^= 1
    victim.write_bytes(content)
    done = rollout.rollgate("verify")
    assert done.returncode == 1
    assert f"WRONG: line 4: its record {runs[3].entry.record} was changed after it was written" in done.stdout
    code, blocking, _ = rollout.pytest("--env=prod")
    assert code == 1
    assert "was changed after it was written" in blocking["ledger-is-intact"]
