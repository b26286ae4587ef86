"""Where a reader's commands run: a copy of the repository, an environment, databases, a log, a REST API."""

from __future__ import annotations

import hashlib
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from rollgate.evidence.chain import read_chain
from rollgate.rehearsal.rollout import Rehearsal
from tests.selfcheck.docs.adopting import write_release
from tests.selfcheck.docs.commands import ROOT
from tests.selfcheck.evidence.test_runbook import Rollout
from tests.selfcheck.export.conftest import Database, token
from tests.selfcheck.export.postgrest import serving
from tests.selfcheck.export.test_nightly import GOOD
from tests.selfcheck.soak.conftest import wait_for
from tests.selfcheck.soak.logs_api import LogsApi, served

COPIED = ("rollgate", "sql", "scripts", "examples", "tests/gates", "tests/rollback", "tests/evals")
FILES = ("Makefile", "pyproject.toml", "conftest.py", "README.md", "tests/__init__.py")
LOCKS = ("requirements.lock", "requirements-test.lock")
#: Each topology and what else leads to a database of it.
VARIABLES = {
    "staging": ("STAGING_DATABASE_URL",),
    "prod": ("PROD_DATABASE_URL", "EU_DATABASE_URL", "US_DATABASE_URL", "ASIA_DATABASE_URL"),
    "single-db": ("SINGLE_DB_DATABASE_URL",),
}
#: Stands in for what would go to the network, and for hours of measuring: says what it was asked for.
STUB = '#!/bin/sh\necho "$(basename "$0") $*"\n'


@dataclass
class Desk:
    """The folder, and the variables that a reader has set."""

    root: Path
    rehearsal: Rehearsal
    log: Path
    variables: dict[str, str] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def begin(self, *, released: bool) -> None:
        """Set fresh databases and an empty folder of reports before the reader."""
        self.stack.close()
        for name in ("reports", "lived", "DIR", "artifacts"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        databases, release = self.rehearsal.databases, self.rehearsal.release
        for name, variables in VARIABLES.items():
            topology = release.topologies[name]
            template = self.rehearsal.rolled_out(topology) if released else self.rehearsal.baseline()
            for variable in variables:
                dsn = self.stack.enter_context(databases.cloned(template))
                self.variables |= {variable: dsn, f"{variable}_APPLY": dsn}

    def paste(self, topology: str, path: Path | None = None) -> None:
        """Run the files of a topology on its database, or one of them."""
        rollout, dsn = self._rollout(), self.variables[VARIABLES[topology][0]]
        if path is None:
            rollout.apply(dsn, topology)
        else:
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(path.read_bytes())

    def let_a_day_pass(self) -> None:
        """Move the ledger, the rows and the log a day back; the folder DIR then has the log."""
        self._rollout().let_a_day_pass()
        folder = self.root / "DIR"
        folder.mkdir()
        (self.root / "earlier.json").rename(folder / "earlier.json")
        (folder / "postgresql.json").symlink_to(self.log)

    def record_generations(self) -> None:
        """Have a project behind a REST API with forty good records, and eval tables of the older layout."""
        topology = self.rehearsal.release.topologies["prod"]
        databases = self.rehearsal.databases
        dsn = self.stack.enter_context(databases.cloned(self.rehearsal.rolled_out(topology, "sitecraft")))
        connection = self.stack.enter_context(psycopg.connect(dsn, autocommit=True))
        Database(dsn, connection).add(40, metadata=GOOD)
        project = self.stack.enter_context(serving(connection, token()))
        self.variables |= {
            "SUPABASE_URL": project.url,
            "SUPABASE_SERVICE_ROLE_KEY": project.key,
            "EVAL_DATABASE_URL": dsn,
        }

    def serve_logs(self) -> None:
        """Have an endpoint of logs, for a project that the DSN doesn't name."""
        api = self.stack.enter_context(served(LogsApi(token="sbp_...")))
        self.variables |= {"SUPABASE_API_URL": api.url, "SUPABASE_PROJECT_REF": "abcdefghijklmnopqrst"}

    @property
    def head(self) -> str:
        """The ledger's head."""
        return read_chain(self.reports).head.hash

    def run(self, words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a line as a reader's shell does; `typed` is what he types at a terminal, if he has one."""
        terminal = pty.openpty() if typed is not None else None
        try:
            if terminal is not None and typed is not None:
                os.write(terminal[0], typed.encode())
            return subprocess.run(
                ["bash", "--noprofile", "--norc", "-c", words],
                cwd=self.root,
                env=self._environment(),
                stdin=terminal[1] if terminal is not None else subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
        finally:
            for descriptor in terminal or ():
                os.close(descriptor)

    def _environment(self) -> dict[str, str]:
        names = ("LANG", "TMPDIR", "ROLLGATE_PG_BIN")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        path = f"{self.root}/.venv/bin{os.pathsep}{self.root}/stubs{os.pathsep}{os.environ['PATH']}"
        return {**kept, "PATH": path, "HOME": str(self.root), "UV": "", "NO_PROXY": "*", **self.variables}

    def _rollout(self) -> Rollout:
        staging, prod = (self.variables[VARIABLES[name][0]] for name in ("staging", "prod"))
        return Rollout(self.rehearsal.release, staging, prod, self.root, self.log)


@contextmanager
def desk_at(root: Path, rehearsal: Rehearsal) -> Iterator[Desk]:
    """Set a desk up in `root`, an empty folder: a copy of the repository."""
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*FILES, *LOCKS):
        shutil.copy(ROOT / name, root / name)
    _have_programs(root, Path(sys.executable))
    _have_set_up(root)
    _have_benchmarks(root)
    yield from _used(root, rehearsal)


@contextmanager
def outside_at(root: Path, rehearsal: Rehearsal, python: Path) -> Iterator[Desk]:
    """Set a desk up in `root`: a repository of somebody else, in an environment that has the wheel."""
    shutil.copytree(ROOT / "examples" / "supabase-layout", root, dirs_exist_ok=True)
    write_release(root)
    _have_programs(root, python)
    yield from _used(root, rehearsal)


def _used(root: Path, rehearsal: Rehearsal) -> Iterator[Desk]:
    log = rehearsal.databases.cluster.directory / "data" / "log" / "postgresql.json"
    wait_for(lambda: os.access(log, os.R_OK))
    desk = Desk(root, rehearsal, log)
    with desk.stack:
        yield desk


def _have_programs(root: Path, python: Path) -> None:
    """Have the programs of an environment, and stand-ins for what would make one and go to the network."""
    for name, words in {"python": "", "pytest": "-m pytest", "rollgate": "-m rollgate"}.items():
        _have_program(root / ".venv" / "bin" / name, f'#!/bin/sh\nexec "{python}" {words} "$@"\n')
    for name in ("pip", "python3"):
        _have_program(root / "stubs" / name, STUB)
    (root / ".venv" / "bin" / "activate").touch()


def _have_set_up(root: Path) -> None:
    """Write what the set-up notes when it is done: scripts/setup.sh then finds nothing to do."""
    notes = root / ".venv" / ".rollgate"
    notes.mkdir()
    version = " ".join(map(str, sys.version_info[:3]))
    base = os.path.realpath(sys.base_prefix)
    for name in LOCKS:
        digest = hashlib.sha256((root / name).read_bytes()).hexdigest()
        (notes / name).write_text(f"{digest} {version} {base} {(root / '.venv').resolve()}\n")


def _have_benchmarks(root: Path) -> None:
    """Have modules of the same names that measure nothing: the real ones take minutes."""
    (root / "bench").mkdir()
    for path in (ROOT / "bench").glob("*.py"):
        (root / "bench" / path.name).write_text('import sys\nprint("measured", sys.argv)\n')
    (root / "bench" / "__init__.py").write_text("")


def _have_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
