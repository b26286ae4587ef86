"""A small release and the shipped one, a database to apply them to, and evidence that allows it."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from rollgate.command import Exit, Failure
from rollgate.commands import main
from rollgate.errors import UsageError
from rollgate.evidence.compose import Planned, compose
from rollgate.evidence.keep import Kept, keep
from rollgate.evidence.record import GateRecord, Origin, TargetRecord
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release, load_release
from rollgate.stage import Stage
from rollgate.target.identity import Identity, read_identity
from rollgate.target.session import read_only_session
from tests.selfcheck.evidence.runs import GATES
from tests.selfcheck.session.conftest import pooler, roomy_pooler, served, server  # noqa: F401

ROOT = Path(__file__).parents[3]
MANIFEST = """\
format = 1
[release]
name = "small"
title = "A small release"
[topologies.staging]
routes = ["staging"]
migrations = [{migrations}]
overlay = "20260101000900_staging.sql"
rollback = "rollback.sql"
dsn = "STAGING_DATABASE_URL"
[topologies.prod]
routes = ["prod"]
migrations = [{migrations}]
overlay = "20260101000901_prod.sql"
rollback = "rollback.sql"
dsn = "PROD_DATABASE_URL"
"""
BASE = """\
-- What the base makes.
begin;
set local lock_timeout = '100ms';
create table if not exists public.things (n integer, kind text);
alter table public.things add column if not exists more text;
commit;

do $$ begin perform 1; end $$;
"""
INDEX = "create index concurrently if not exists idx_things_n\n  on public.things (n);\n"
OVERLAY = """\
begin;
insert into public.things (n, kind)
select 1, '{name}' where not exists (select from public.things where n = 1);
commit;
select n, kind from public.things order by n;
"""
FILES = {
    "20260101000000_base.sql": BASE,
    "20260101000100_index.sql": INDEX,
    "20260101000900_staging.sql": OVERLAY.format(name="staging"),
    "20260101000901_prod.sql": OVERLAY.format(name="prod"),
    "rollback.sql": "update public.things set kind = 'back';\n",
}
RUNNING = (
    "select count(*) from pg_stat_activity where application_name like 'rollgate apply%' "
    "and state = 'active' and query like '%{what}%' and pid <> pg_backend_pid()"
)
HISTORY = (
    "create schema supabase_migrations; create table supabase_migrations.schema_migrations "
    "(version text primary key, statements text[], name text)"
)


@dataclass
class Small:
    """The small release on disk."""

    folder: Path

    def write(self, files: dict[str, str], more: str = "") -> None:
        for name, text in files.items():
            (self.folder / name).write_text(text)
        names = sorted(path.name for path in self.folder.glob("*.sql") if "00090" not in path.name)
        migrations = ", ".join(f'"{name}"' for name in names if name != "rollback.sql")
        (self.folder / "release.toml").write_text(MANIFEST.format(migrations=migrations) + more)

    @property
    def release(self) -> Release:
        return load_release(self.folder)


@dataclass
class Said:
    """How a call ended, and what it said."""

    code: int
    text: str


@dataclass
class Place:
    """A database, the release for it, and the folder of reports; `apply` is what an operator types."""

    conninfo: str
    small: Small
    reports: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    release: Path | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def sql(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def words(self, *more: str, env: str = "staging") -> list[str]:
        return [
            *("apply", "--env", env, "--release", str(self.release or self.small.folder)),
            *("--reports", str(self.reports), "--operator", "release-bot", *more),
        ]

    @property
    def named(self) -> str:
        """What every command that is to be typed next has to name."""
        return f"--release={self.release or self.small.folder} --reports={self.reports}"

    def environ(self) -> dict[str, str]:
        names = ("STAGING_DATABASE_URL", "PROD_DATABASE_URL", "SINGLE_DB_DATABASE_URL")
        return {**dict.fromkeys(names, self.conninfo), **self.variables}

    def apply(self, *more: str, env: str = "staging") -> Said:
        """Call it in this process; a mistake and a failure end as `python -m rollgate` ends them."""
        for name, value in self.environ().items():
            self.monkeypatch.setenv(name, value)
        self.capsys.readouterr()
        try:
            code = main(self.words(*more, env=env))
        except UsageError as error:
            code = Exit.MISTAKE
            print(error)
        except Failure as error:
            code = Exit.FAILED
            print(error)
        return Said(code, self.capsys.readouterr().out)

    def start(self, *more: str, env: str = "staging", **options: Any) -> subprocess.Popen[str]:
        """Start it as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-B", "-u", "-m", "rollgate", *self.words(*more, env=env)],
            cwd=ROOT,
            env={**os.environ, **self.environ()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted(self.reports.glob("*-apply-*/apply.json"))]

    @property
    def record(self) -> dict[str, Any]:
        (found,) = self.records()
        return found

    @property
    def identity(self) -> Identity:
        with read_only_session(self.conninfo) as connection:
            return read_identity(connection)

    def keep_run(
        self,
        gates: Sequence[GateRecord] = GATES[:1],
        *,
        name: str = "staging",
        stage: Stage = Stage.PREFLIGHT,
        ago: datetime.timedelta = datetime.timedelta(minutes=1),
        release: Release | None = None,
        **of_target: Any,
    ) -> Kept:
        """Enter a run on this database into the ledger."""
        identity = self.identity
        number = len(list(self.reports.glob("run-*"))) + 1
        finished = datetime.datetime.now(datetime.UTC) - ago
        seen: dict[str, Any] = {
            "database": identity.database,
            "system_identifier": identity.system_identifier,
            "server_started": identity.started_at,
            "host": identity.host,
            **of_target,
        }
        gates = [_on(each, name) for each in gates]
        record = compose(
            release or load_release(self.release or self.small.folder),
            environment=name,
            stage=stage,
            origin=Origin(operator="release-bot", operator_source="--operator"),
            targets=[TargetRecord(name=name, kind="live", topology=name, port=identity.port, **seen)],
            gates=gates,
            planned=[Planned(each.target, each.id) for each in gates],
            unselected=0,
            broken=(),
            started_at=finished - datetime.timedelta(minutes=1),
            finished_at=finished,
            versions={"run": str(number)},  # no two runs leave the same record
        )
        return keep(record, self.reports / f"run-{number}")


def runs(place: Place, what: str) -> bool:
    """Tell whether an application's session runs a statement with this in its text."""
    return place.sql(RUNNING.format(what=what)) != [(0,)]


def _on(gate: GateRecord, target: str) -> GateRecord:
    return msgspec.structs.replace(gate, target=target)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    folder = tmp_path / "release"
    folder.mkdir()
    made = Small(folder)
    made.write(FILES)
    return made


@pytest.fixture
def place(
    rehearsal: Rehearsal,
    small: Small,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Place]:
    """A Phase 1 database on the suite's own server."""
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        yield Place(conninfo, small, tmp_path / "reports", monkeypatch, capsys)


@pytest.fixture
def allowed(place: Place) -> Place:
    """The place, with a preflight that said GO."""
    place.keep_run()
    return place
