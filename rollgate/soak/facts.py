"""What the target says of itself before its rows are looked at: clock, names, logging. One round trip."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from rollgate.soak.query import fill, rows_of, table_of, text_of
from rollgate.soak.section import SoakSection
from rollgate.soak.start import Clocks
from rollgate.target.query import Answer, Row
from rollgate.target.relations import hides_rows

Ask = Callable[..., list[Answer]]

MARK = "rollgate soak probe"


@dataclass(frozen=True)
class Constraint:
    """A constraint of the table; `expression` is a check's."""

    name: str
    kind: str  # check, not-null or key
    columns: tuple[str, ...]
    expression: str | None
    holds: bool  # validated, and enforced


@dataclass(frozen=True)
class Setting:
    """A setting of the logging, and who has it; nobody in `owner` for this session's own."""

    name: str
    value: str
    source: str
    owner: str


@dataclass(frozen=True)
class Facts:
    """A target as its one session shows it."""

    clocks: Clocks
    started_at: datetime.datetime
    database: str
    replica: bool
    system_identifier: str  # empty where the role may not read it, or nobody asked
    columns: frozenset[str]
    constraints: tuple[Constraint, ...]
    indexes: tuple[str, ...]
    functions: frozenset[str]  # whose text names the table
    views: frozenset[str]  # over it
    settings: tuple[Setting, ...]
    zones: Mapping[str, int]  # abbreviation of the log's zone: seconds east of UTC
    processes: frozenset[int]
    statistics: tuple[tuple[str, ...], tuple[Row, ...]]  # columns and rows; weak evidence
    hides_rows: bool = False  # row level security hides rows of the table from this role
    settled: tuple[Row, ...] = ()
    settled_query: str = ""
    settled_error: str = ""
    probe: str = ""  # what this session made the server's log say
    probe_refused: bool = False
    queries: Mapping[str, str] = field(default_factory=dict)

    @property
    def now(self) -> datetime.datetime:
        """The instant that all gates judge, by the server's clock."""
        return self.clocks.server

    @property
    def changed_at(self) -> datetime.datetime | None:
        """When the settings were last written; None where nothing says."""
        times = [float(row[2]) for row in self.settled if row[2] is not None]
        return moment(max(times)) if times else None

    def setting(self, name: str) -> str:
        """Return a setting of this session; empty where there is none of this name."""
        return next((each.value for each in self.settings if each.name == name and not each.owner), "")


def moment(seconds: float | str | None) -> datetime.datetime:
    """Return seconds since 1970 as a time in UTC."""
    return datetime.datetime.fromtimestamp(float(seconds or 0), datetime.UTC)


def mark_of(system_identifier: str, database: str) -> str:
    """Return what the probe says of a database wherever its log is read; empty for one that isn't known."""
    if not system_identifier:
        return ""
    return hashlib.sha256(f"{system_identifier}/{database}".encode()).hexdigest()[:16]


def probe_of(nonce: str, database: str, system_identifier: str) -> str:
    """Return what a run makes the server's log say.

    It names the run by `nonce`; and, where the identifier of the system is known, the database, so that a log
    that is copied later is known by it, too.
    """
    return f"{MARK} {nonce} {mark_of(system_identifier, database)}".strip()


def facts_queries(soak: SoakSection, *, routes: Sequence[str], probe: str) -> dict[str, str]:
    """Return what `read_facts` asks, by name. The last one is refused: an error that only a log can show."""
    settled = (
        fill("settled", settings=table_of(soak.settings), routes=sql.Literal(list(routes)))
        if soak.settings
        else ""
    )
    name = sql.Literal(soak.table)
    return {
        "clock": text_of("clock"),
        "names": fill("names", name=name),
        "logging": text_of("logging"),
        "zones": text_of("zones"),
        "statistics": fill("statistics", name=name),
        "processes": text_of("processes"),
        "hidden": hides_rows(soak.table),
        **({"settled": settled} if settled else {}),
        "probe": f"select {sql.Literal(probe).as_string(None)}::integer",
    }


def read_facts(
    ask: Ask,
    soak: SoakSection,
    *,
    routes: Sequence[str],
    nonce: str,
    database: str = "",
    system_identifier: str = "",
    here: datetime.datetime | None = None,
) -> Facts:
    """Ask the target who it is, what its log holds, and leave the probe there.

    Raises:
        Unanswered: it could not be asked what every soak needs.
    """
    probe = probe_of(nonce, database, system_identifier)
    queries = facts_queries(soak, routes=routes, probe=probe)
    answers = dict(zip(queries, ask(*queries.values()), strict=True))
    here = here or datetime.datetime.now(datetime.UTC)
    ((now, started, name_of_database, replica),) = rows_of(answers["clock"])
    objects = rows_of(answers["names"])
    written = answers.get("settled", Answer())
    return Facts(
        clocks=Clocks(moment(now), here),
        started_at=moment(started),
        database=name_of_database or "",
        replica=replica == "t",
        system_identifier=system_identifier,
        columns=frozenset(row[1] or "" for row in objects if row[0] == "column"),
        constraints=tuple(
            Constraint(row[1] or "", row[0] or "", tuple((row[2] or "").split()), row[3], row[4] == "t")
            for row in objects
            if row[0] in ("check", "not-null", "key")
        ),
        indexes=tuple(row[1] or "" for row in objects if row[0] == "index"),
        functions=frozenset(row[1] or "" for row in objects if row[0] == "function"),
        views=frozenset(row[1] or "" for row in objects if row[0] == "view"),
        settings=tuple(Setting(*(cell or "" for cell in row)) for row in rows_of(answers["logging"])),
        zones={row[0] or "": int(row[1] or 0) for row in rows_of(answers["zones"])},
        processes=frozenset(int(row[0] or 0) for row in rows_of(answers["processes"])),
        statistics=_weak(answers["statistics"]),
        hides_rows=rows_of(answers["hidden"])[0][0] == "t",
        settled=() if written.error else written.rows,
        settled_query=queries.get("settled", ""),
        settled_error=str(written.error).strip().split("\n")[0] if written.error else "",
        probe=probe,
        probe_refused=answers["probe"].error is not None,
        queries=queries,
    )


def _weak(answer: Answer) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    return ((), ()) if answer.error else (answer.columns, answer.rows)
