"""Which database answers, over which connection: what tells one target from another."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from rollgate.target.query import Answer, ask_all

IDENTITY = Path(__file__).with_name("identity.sql").read_text(encoding="utf-8")
ROUTES = Path(__file__).with_name("routes.sql").read_text(encoding="utf-8")
CLUSTER = "select system_identifier from pg_catalog.pg_control_system()"
VERIFIED = ("verify-full", "verify-ca")


@dataclass(frozen=True)
class Route:
    """A kind of routing row: whose traffic it is for, and the environment its overlay was written for."""

    environment: str
    written_for: str
    enabled: bool


@dataclass(frozen=True)
class Identity:
    """A database as its connection shows it; nothing here is secret."""

    host: str  # as the DSN names it; a folder for a socket
    port: int
    local: bool  # a socket, or an address of this machine
    sslmode: str
    encrypted: bool  # this connection, up to the pooler where there is one
    tls: str  # version and cipher, as the server tells them
    database: str
    database_oid: str
    role: str
    version: str  # e.g. "17.4"
    major: int
    pooled: bool
    replica: bool
    lag_seconds: float | None  # behind the primary, of a replica
    started_at: str  # the server, in seconds since 1970
    system_identifier: str  # empty where the role may not read it
    routes: tuple[Route, ...] | None = ()  # None: they may not be read
    now: float = 0.0  # by the server's clock, in seconds since 1970, when the session began

    @property
    def verified(self) -> bool:
        """Whether TLS was asked to prove that the server is who it says."""
        return self.encrypted and self.sslmode in VERIFIED

    @property
    def reached(self) -> str:
        """`pooler` or `direct`."""
        return "pooler" if self.pooled else "direct"

    @property
    def standing(self) -> str:
        """`primary`, or `replica` with its lag."""
        if not self.replica:
            return "primary"
        return "replica" if self.lag_seconds is None else f"replica, {self.lag_seconds:.1f} s behind"

    @property
    def security(self) -> str:
        """TLS in a few words."""
        if not self.encrypted:
            return "no TLS (local)" if self.local else "no TLS"
        version = "" if self.pooled else self.tls.split(" ")[0].removeprefix("TLSv")
        return f"TLS {version} ({self.sslmode})" if version else f"TLS ({self.sslmode})"

    @property
    def place(self) -> str:
        """Host, port and database, without secrets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{self.database}"

    def __str__(self) -> str:
        return (
            f"{self.place} as {self.role}, PostgreSQL {self.version}, {self.security}, "
            f"{self.reached}, {self.standing}"
        )


def read_identity(connection: psycopg.Connection[Any]) -> Identity:
    """Ask the database who it is: one round trip, in the transaction that the connection is in.

    What the role may not read, or what isn't there yet, is left open.

    Raises:
        psycopg.Error: it doesn't answer.
    """
    who, cluster, routes = ask_all(connection, [IDENTITY, CLUSTER, ROUTES])
    if who.error is not None:
        raise who.error
    said = dict(zip(who.columns, who.rows[0], strict=True))
    return Identity(
        **_seen_by_libpq(connection),
        tls=said["tls"] or "",
        database=said["database"] or "",
        database_oid=said["database_oid"] or "",
        role=said["role"] or "",
        version=_version(int(said["server_version_num"] or 0)),
        major=int(said["server_version_num"] or 0) // 10000,
        # A pooler hands out a process id of its own making.
        pooled=connection.info.backend_pid != int(said["backend_pid"] or 0),
        replica=said["in_recovery"] == "t",
        lag_seconds=None if said["lag_seconds"] is None else float(said["lag_seconds"]),
        started_at=said["started_at"] or "",
        now=float(said["now"] or 0),
        system_identifier="" if cluster.error else cluster.rows[0][0] or "",
        routes=_routes(routes),
    )


def same_database(one: Identity, other: Identity) -> bool | None:
    """Tell whether two identities are of one database; None if what the roles may read doesn't tell.

    Two primaries with one system identifier are the same only if their servers started at the same
    moment: a project restored from another's backup keeps its identifier, and Supabase's database has
    the same name and number in every project. A replica starts on its own, so there the identifier
    decides, and a copy that was restored from a backup can't be told from a replica.
    """
    if (one.database, one.database_oid) != (other.database, other.database_oid):
        return False
    known = bool(one.system_identifier and other.system_identifier)
    if known and one.system_identifier != other.system_identifier:
        return False
    if one.started_at == other.started_at:
        return True
    if not (one.replica or other.replica):
        return False
    return True if known else None


def _seen_by_libpq(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    info = connection.info
    options = {option.keyword: option.val for option in connection.pgconn.info}
    return {
        "host": info.host or "localhost",
        "port": info.port,
        "local": is_local(info.host, info.hostaddr),
        "sslmode": (options.get(b"sslmode") or b"prefer").decode(),
        "encrypted": bool(connection.pgconn.ssl_in_use),
    }


def is_local(host: str, address: str) -> bool:
    """Tell whether a connection stays on this machine; the address it went to counts, not the name."""
    if not host or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address((address or host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _version(number: int) -> str:
    return f"{number // 10000}.{number % 10000}"


def _routes(answer: Answer) -> tuple[Route, ...] | None:
    if isinstance(answer.error, psycopg.errors.UndefinedTable):
        return ()
    if answer.error is not None:
        return None
    return tuple(
        Route(environment or "", written_for or "", enabled == "t")
        for environment, written_for, enabled in answer.rows
    )
