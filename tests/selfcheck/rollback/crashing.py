"""A server that can be killed as a whole and started again from its data folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

import psycopg

from rollgate.server.account import server_account
from rollgate.server.binaries import Binaries
from rollgate.server.cluster import Cluster, running_cluster
from rollgate.server.leftovers import command_line
from rollgate.server.postmaster import running_postmaster
from rollgate.server.reach import within_reach
from tests.selfcheck.rollback.stops import eventually

#: What is acknowledged is in the log, as on a real server; and a standby can be made of it.
SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
}


class CrashingServer:
    """The lifecycle of a server whose processes are killed; `cluster` says how to reach it."""

    def __init__(self, cluster: Cluster, stack: ExitStack) -> None:
        self.cluster = cluster
        self._pid = cluster.pid
        self._stack = stack
        self._account = server_account()
        self._programs = stack.enter_context(within_reach(cluster.binaries, self._account))

    def kill(self) -> None:
        """Send SIGKILL to the postmaster, then to what it started; return when none of them is left.

        The kernel keeps what they had written, so this is a crash of PostgreSQL, not of the machine.
        """
        with psycopg.connect(self.cluster.dsn("postgres"), autocommit=True) as connection:
            pids = [row[0] for row in connection.execute("select pid from pg_stat_activity")]
        for pid in (self._pid, *pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)  # else the next postmaster takes it for a living one
        eventually(lambda: not any(map(command_line, pids)), "a process stays")

    def stop(self) -> None:
        """Shut the server down properly."""
        os.kill(self._pid, signal.SIGINT)
        os.waitpid(self._pid, 0)

    def start(self) -> None:
        """Start it again: it recovers from its log, and listens where it did."""
        run = self.cluster.directory
        self._pid = self._stack.enter_context(
            running_postmaster(self._programs, run, SETTINGS, self._account)
        )

    def become_standby(self) -> None:
        """Restart as a hot standby, which waits for a primary that never comes."""
        self.stop()
        (self.cluster.directory / "data" / "standby.signal").touch()
        self.start()


@contextmanager
def crashing_server(binaries: Binaries) -> Iterator[CrashingServer]:
    """Run such a server while the block lasts."""
    with running_cluster(binaries, settings=SETTINGS) as cluster, ExitStack() as stack:
        yield CrashingServer(cluster, stack)
