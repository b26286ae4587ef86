"""A project with rows to export, and the command in this process or in one of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rollgate.command import Exit, run
from rollgate.evals.export_command import main
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Release
from tests.selfcheck.export.postgrest import PostgREST, serving

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts/evals/export_eval_records_from_supabase.py"
CANARY = "kanarie-0815"


def token(role: str = "service_role") -> str:
    """Return a JWT of a role; nobody verifies it here."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"role": role, "ref": "abc"}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, CANARY])


@dataclass(frozen=True)
class Database:
    """The release on a database, and a connection that may do everything."""

    dsn: str
    admin: psycopg.Connection[Any]

    def add(self, count: int, *, where: str = "", **columns: str) -> None:
        """Insert rows of source generation; `columns` are SQL expressions of n, which counts from 1."""
        given = {
            "source": "'generation'",
            "prompt": "'p'",
            "provider": "'openai'",
            "output_site_json": "'{}'",
            "metadata": "'{}'",
            "selected_provider": "'openai'",
            "latency_ms": "900 + n",
            "created_at": "now() - interval '1 hour' - make_interval(secs => n)",
            **columns,
        }
        self.admin.execute(
            f"insert into public.ai_training_examples ({', '.join(given)}) "
            f"select {', '.join(given.values())} from generate_series(1, {count}) n {where}".encode()
        )

    def ids(self) -> list[str]:
        """Return the ids of the rows of the last day, newest first."""
        rows = self.admin.execute(
            "select id::text from public.ai_training_examples where source like 'generation%' "
            "and created_at between now() - interval '1 day' and now() "
            "order by created_at desc, ai_training_examples.id desc"
        )
        return [row[0] for row in rows]


@pytest.fixture(params=["clean"])
def database(request: pytest.FixtureRequest, rehearsal: Rehearsal, release: Release) -> Iterator[Database]:
    """The release from a starting state (`indirect`: another one); without its rows."""
    template = rehearsal.rolled_out(release.topologies["prod"], request.param)
    name = rehearsal.databases.clone(template)
    with rehearsal.databases.connect(name, autocommit=True) as admin:
        admin.execute("delete from public.ai_training_examples")
        yield Database(rehearsal.databases.cluster.dsn(name), admin)
    rehearsal.databases.drop(name)


@pytest.fixture
def project(database: Database) -> Iterator[PostgREST]:
    """The database's REST API, on a port of this machine."""
    with psycopg.connect(database.dsn, autocommit=True) as own, serving(own, token()) as project:
        yield project


@dataclass(frozen=True)
class Exported:
    """What the command did."""

    code: int
    out: str
    err: str
    output: Path

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.read_bytes().split(b"\n")[:-1]]

    @property
    def ids(self) -> list[str]:
        return [record["record_id"] for record in self.records]

    @property
    def left(self) -> list[str]:
        """The files in the output's folder."""
        return sorted(path.name for path in self.output.parent.iterdir())


Command = Callable[..., Exported]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "records.jsonl"


@pytest.fixture
def variables(project: PostgREST, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the command finds in its environment; change it before it runs."""
    return {"SUPABASE_URL": project.url, "SUPABASE_SERVICE_ROLE_KEY": project.key}


@pytest.fixture
def command(
    variables: dict[str, str],
    output: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run the command in this process."""

    def run_it(
        *arguments: str,
        folder: Path = tmp_path,
        within: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Exported:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.chdir(folder)
        capsys.readouterr()
        with within(), pytest.raises(SystemExit) as end:
            run(lambda: main(["--output", str(output), *arguments]))
        said = capsys.readouterr()
        return Exported(int(end.value.code or Exit.OK), said.out, said.err, output)

    return run_it


@pytest.fixture
def process(variables: dict[str, str], output: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the script as an operator does, in a process of its own (-B: a limit on files spares caches)."""

    def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-B", str(SCRIPT), "--output", str(output), *arguments],
            cwd=tmp_path,
            env={**kept, "NO_PROXY": "*", **variables},
            stdin=subprocess.DEVNULL,
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    return start
