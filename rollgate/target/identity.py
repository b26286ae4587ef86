"""Which database answers, over which connection: what tells one target from another."""

from __future__ import annotations

import html
import ipaddress
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

IDENTITY = Path(__file__).with_name("identity.sql").read_text(encoding="utf-8")
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
    routes: tuple[Route, ...] | None = field(default=())  # None: they may not be read

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
        return f"TLS {version}, {self.sslmode}" if version else f"TLS, {self.sslmode}"

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
    """Ask the database who it is: one round trip, in whatever transaction the connection is in."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(IDENTITY.encode()).fetchone()
    return identify(connection, row or {})


def identify(connection: psycopg.Connection[Any], row: dict[str, Any]) -> Identity:
    """Put together what the database says, the row of `IDENTITY`, and what libpq knows.

    A pooler is told by the backend's process id: it hands out one of its own making.
    """
    info = connection.info
    options = {option.keyword: option.val for option in connection.pgconn.info}
    number = int(row["server_version_num"])
    tls = " ".join(row[name] for name in ("tls_version", "tls_cipher") if row[name])
    return Identity(
        host=info.host or "localhost",
        port=info.port,
        local=_is_local(info.host, info.hostaddr),
        sslmode=(options.get(b"sslmode") or b"prefer").decode(),
        encrypted=connection.pgconn.ssl_in_use,
        tls=tls,
        database=row["database"],
        database_oid=str(row["database_oid"]),
        role=row["role"],
        version=f"{number // 10000}.{number % 10000}",
        major=number // 10000,
        pooled=info.backend_pid != int(row["backend_pid"]),
        replica=row["in_recovery"] in (True, "t"),
        lag_seconds=None if row["lag_seconds"] is None else float(row["lag_seconds"]),
        started_at=row["started_at"],
        system_identifier=row["system_identifier"] or "",
        routes=_routes(row),
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


def _is_local(host: str, address: str) -> bool:
    """Tell whether the connection stays on this machine; the address it went to counts, not the name."""
    if not host or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address((address or host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _routes(row: dict[str, Any]) -> tuple[Route, ...] | None:
    if row["routing_readable"] in (False, "f"):
        return None
    _, _, text = (row["routing_rows"] or "").partition("<rows>")
    if not text:
        return ()
    rows = json.loads(html.unescape(text.partition("</rows>")[0]))
    return tuple(
        Route(str(each["environment"] or ""), str(each["env"] or ""), bool(each["enabled"])) for each in rows
    )
