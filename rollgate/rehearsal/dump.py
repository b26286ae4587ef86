"""Taking a live target's schema with pg_dump, where its catalog's own words don't do.

It means finding a pg_dump that can, and running it without a trace. It connects on its own and asks some
seventy times, so it is the second choice.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from rollgate.rehearsal.rebuild import Uncloneable
from rollgate.server.binaries import Binaries
from rollgate.server.candidates import AbsentError, candidates
from rollgate.server.environment import child_environment, die_with_parent

PATIENCE_S = 120
LOCK_TIMEOUT_MS = 2_000
TRANSACTION_POOLER_PORT = 6543  # Supabase's
PROBE_S = 2
_PROBES = 3

_OPTIONS = (
    *("--schema-only", "--schema=public", "--encoding=UTF8", "--no-publications", "--no-subscriptions"),
    *("--no-security-labels", "--no-tablespaces", "--no-password", f"--lock-wait-timeout={LOCK_TIMEOUT_MS}"),
)
#: What isn't passed on: a service's parameters are resolved already, and so is the password's file.
_RESOLVED = {"service", "servicefile", "passfile", "requiressl", "application_name", "client_encoding"}


class Undumpable(Uncloneable):
    """A target whose schema can't be taken."""


def dump_schema(
    connection: psycopg.Connection, *, binaries: Binaries, pooled: bool, left_out: Sequence[str] = ()
) -> str:
    """Return schema `public` of the database that `connection` reads, as SQL text.

    pg_dump connects on its own, with the same parameters, in a read-only transaction of its own. It gets
    them in its environment, which only the same account can read. `left_out` are tables that it may
    not lock, as patterns.

    Raises:
        Undumpable: no pg_dump is new enough, the pooler mixes sessions, or pg_dump failed.
    """
    if pooled and _mixes_sessions(connection):
        raise Undumpable(
            "a pooler stands before the target that gives one session to several clients: what pg_dump sets "
            "in its own would reach them",
            "use the DSN of the direct connection or of the session pooler (port 5432) for this run",
        )
    program = _find_pg_dump(binaries, connection.info.server_version // 10000)
    secret = connection.info.password
    try:
        done = subprocess.run(  # noqa: S603 - a program that lies beside a server that we would run
            [program, *_OPTIONS, *(f"--exclude-table={pattern}" for pattern in left_out)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_S,
            env=_environment(connection),
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
    except subprocess.TimeoutExpired:
        raise Undumpable(
            f"pg_dump was not done after {PATIENCE_S} s", "try again when it is quieter"
        ) from None
    except OSError as error:
        raise Undumpable(f"pg_dump could not be started: {error.strerror}", "install PostgreSQL") from None
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"exit {done.returncode}"
        if secret:
            said = said.replace(secret, "***")
        raise Undumpable(f"pg_dump failed: {said[:500]}", "let the DSN's role do what the message says")
    return done.stdout


def _environment(connection: psycopg.Connection) -> dict[str, str]:
    """Return libpq's variables for another connection to the same place, and what any child gets."""
    environment = child_environment()
    for name in ("HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        if name in os.environ:
            environment[name] = os.environ[name]
    for option in connection.pgconn.info:
        keyword = option.keyword.decode()
        if option.val and option.envvar and keyword not in _RESOLVED:
            environment[option.envvar.decode()] = option.val.decode()
    info = connection.info
    # Of several hosts, the one that answered.
    environment |= {"PGHOST": info.host, "PGPORT": str(info.port), "PGAPPNAME": "rollgate"}
    if "PGHOSTADDR" in environment:
        environment["PGHOSTADDR"] = info.hostaddr
    if info.password:
        environment["PGPASSWORD"] = info.password
    return environment


def _find_pg_dump(binaries: Binaries, major: int) -> Path:
    """Return the ephemeral server's own pg_dump, or another one; it must be no older than the target."""
    found: list[int] = []
    for bindir in _folders(binaries):
        program = bindir / "pg_dump"
        if program.is_file():
            version = _major(program)
            if version >= major:
                return program
            found.append(version)
    have = ", ".join(map(str, sorted(set(found)))) or "none"
    raise Undumpable(
        f"the target is PostgreSQL {major}, and pg_dump of this machine is older (found: {have})",
        f"install the client programs of PostgreSQL {major} or newer, or name them with --pg-bin",
    )


def _folders(binaries: Binaries) -> Iterator[Path]:
    yield binaries.bindir
    for place in candidates(os.environ):
        try:
            yield place.locate()
        except (AbsentError, OSError, subprocess.SubprocessError):
            continue


def _major(program: Path) -> int:
    try:
        done = subprocess.run(  # noqa: S603
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10,
            env=child_environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = re.search(r"\) (\d+)", done.stdout)
    return int(number[1]) if number and not done.returncode else 0


def _mixes_sessions(connection: psycopg.Connection) -> bool:
    """Tell whether two clients that are connected at once may be given the same backend.

    That is what transaction and statement mode mean; in session mode each client has its own. A pool that
    is used up proves nothing, and counts as mixed.
    """
    if connection.info.port == TRANSACTION_POOLER_PORT:
        return True
    parameters = {
        option.keyword.decode(): option.val.decode() for option in connection.pgconn.info if option.val
    }
    given: dict[str, Any] = {name: value for name, value in parameters.items() if name not in _RESOLVED}
    given |= {"connect_timeout": PROBE_S, "prepare_threshold": None, "autocommit": True}
    try:
        with psycopg.connect(**given) as one:
            for _ in range(_PROBES):
                first = _backend(one)
                if first is None:
                    return True
                with psycopg.connect(**given) as other:
                    if _backend(other) in (first, None):
                        return True
    except psycopg.Error:
        return True
    return False


def _backend(connection: psycopg.Connection) -> int | None:
    """Return the process that answers, None when none does for a while."""
    connection.pgconn.send_query(b"select pg_backend_pid()")
    readable, _, _ = select.select([connection.fileno()], [], [], PROBE_S)
    result = connection.pgconn.get_result() if readable else None
    if result is None:
        connection.close()
        return None
    while connection.pgconn.get_result():
        pass
    return int(result.get_value(0, 0) or 0)
