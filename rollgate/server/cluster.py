"""A PostgreSQL cluster that exists for one run: made, started, and gone without a trace."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from rollgate.errors import UsageError
from rollgate.server.account import Account, server_account
from rollgate.server.binaries import Binaries
from rollgate.server.leftovers import sweep
from rollgate.server.places import all_parents, run_parents
from rollgate.server.postmaster import PORT, initialise, log_tail, running_postmaster
from rollgate.server.reach import within_reach
from rollgate.server.scratch import scratch_folder


@dataclass(frozen=True)
class Cluster:
    """A running server, by the names that `postgresql_noproc(depends_on=...)` of pytest-postgresql reads.

    `directory` is the run's folder (data, socket, server.log), closed to all but the server's account
    and root; `host` is the same folder, where libpq looks for the socket. `dbname` does not exist: it
    is what pytest-postgresql makes from `template_dbname`. For fixtures on top of a migrated template:
    `dataclasses.replace(cluster, template_dbname=name)`.
    """

    binaries: Binaries
    directory: Path
    host: str
    pid: int
    port: int = PORT
    user: str = "postgres"
    password: str | None = None
    options: str = ""
    dbname: str = "rollgate"
    template_dbname: str = "template1"
    maintenance_dbname: str = "postgres"

    def dsn(self, dbname: str) -> str:
        """Return the conninfo of a database here, whatever PG* variables the operator has set.

        PGHOSTADDR above all: libpq would prefer it to the socket and reach a real server. An empty
        value counts as given, so the variable is not read.
        """
        return make_conninfo(
            "",
            host=self.host,
            hostaddr="",
            port=self.port,
            user=self.user,
            dbname=dbname,
            options=self.options,
            sslmode="disable",
            channel_binding="disable",
            target_session_attrs="any",
        )

    def log_text(self) -> str:
        """Return the end of the server's log."""
        return log_tail(self.directory)


@contextmanager
def running_cluster(binaries: Binaries, *, settings: Mapping[str, str] = {}) -> Iterator[Cluster]:
    """Run a new, empty server while the block lasts; leftovers of killed runs are swept first.

    `settings` go before ours. As root the server runs as `server_account()`. Enter and leave it in a
    thread that outlives the block, since on Linux the server dies with that thread. UsageError when
    initdb or the server fails, with what they said; nothing is left then either.
    """
    account = server_account()
    sweep()
    with scratch_folder(_parent(account), mode=0o711 if account else 0o700) as folder:
        run = folder / "run"
        _make_run_folder(run, account)
        with within_reach(binaries, account) as programs:
            initialise(programs, run / "data", account)
            with running_postmaster(programs, run, settings, account) as pid:
                yield Cluster(binaries, run, str(run), pid)


def _parent(account: Account | None) -> Path:
    parents = run_parents(account)
    if parents:
        return parents[0]
    who = f"{account.name} (which root starts it as)" if account else "the caller"
    raise UsageError(
        "the ephemeral server",
        found=f"none of {', '.join(map(str, all_parents()))} can be used by {who}",
        needed="a temporary folder that can be written, with a path short enough for a socket",
        fix="set TMPDIR to such a folder",
    )


def _make_run_folder(run: Path, account: Account | None) -> None:
    """Make the folder that belongs to the server's account; the one above it stays the caller's."""
    run.mkdir(mode=0o700)
    if account is None:
        return
    try:
        os.chown(run, account.uid, account.gid)
    except OSError as failure:
        raise UsageError(
            "the ephemeral server",
            found=f"this root may not give a folder to {account.name}: {failure.strerror}",
            needed="an account to run the server: PostgreSQL refuses to run as root",
            fix="run as an ordinary user, or give the container the right to change users",
        ) from failure
