"""What each page's commands do when they are run in its order: how they end, and what they say.

A page with a new command fails its test until that has a step here, and so does a step without its command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.selfcheck.docs.commands import ROOT
from tests.selfcheck.docs.desk import Desk

GO, NO_GO, HOLD = 0, 1, 10
MADE_1 = MADE_HOLD = 2  # make's own, whatever the command's was


@dataclass(frozen=True)
class Step:
    """One command: how it has to end, and a pattern that its output has to have.

    `first` is what happened before it, `given` what stands for the reader's own words, `typed` what he types.
    `needs` is a program that not every machine has. What `ci` is set for takes long, or says the same as on
    another page: it is run in CI alone.
    """

    words: str
    ends: int = 0
    says: str = ""
    ci: bool = False
    first: Callable[[Desk], object] | None = None
    given: Mapping[str, Callable[[Desk], str]] = field(default_factory=dict)
    typed: str | None = None
    needs: str = ""
    sample: str = ""  # the first line of the page's sample of its output
    on: str = ""  # the page, or the workflow, that runs the same words


def before(desk: Desk) -> None:
    desk.begin(released=False)


def released(desk: Desk) -> None:
    desk.begin(released=True)


def released_with_records(desk: Desk) -> None:
    released(desk)
    desk.record_generations()


def preflighted(desk: Desk) -> None:
    before(desk)
    assert desk.run("pytest --env=staging --stage=preflight").returncode == GO


def exported(desk: Desk) -> None:
    released_with_records(desk)
    assert desk.run(EXPORT).returncode == 0


def staging(desk: Desk) -> str:
    return desk.variables["STAGING_DATABASE_URL"]


def base_migration(desk: Desk) -> str:
    return str(desk.rehearsal.release.topologies["staging"].migrations[0])


def paste(topology: str) -> Callable[[Desk], None]:
    return lambda desk: desk.paste(topology)


def roll_back(desk: Desk) -> None:
    desk.paste("prod", ROOT / "sql" / "rollback" / "p0_rollback.sql")


def come_back(desk: Desk) -> None:
    desk.paste("prod", desk.rehearsal.release.topologies["prod"].overlay)
    assert desk.run("pytest --env=prod").returncode == GO


EXPORT = (
    "./.venv/bin/python scripts/evals/export_eval_records_from_supabase.py --days 1 --limit 5000 "
    "--output artifacts/evals/recent_eval_records.jsonl"
)
GENERATE = (
    "./.venv/bin/python scripts/evals/generate_eval_ingest_sql.py "
    "--input artifacts/evals/recent_eval_records.jsonl --sql-output artifacts/evals/eval_run_ingest.sql "
    "--report-output artifacts/evals/eval_run_report.json "
    "--run-type canary --schema-variant sitecraft --triggered-by manual"
)
EXPORTED = r"^exported 40 records \(40 in the window\)"
JUDGED = r"^GATE PASS$"
DRY = "^DRY RUN: nothing was written"
VERDICT = "^GO  phase2"
#: What is due after the rollback, and nothing else.
ONE_RED = r"^NO-GO  phase2 .*\n  - prod: overlay-rows-are-in-place FAIL: (?!.*\n  - )"
REHEARSED = r"^GO  phase2 \w+, \d+ gates on 3 targets: \d+ PASS$"

#: The page that is read in a repository of somebody else.
OUTSIDE = "adopting.md"

PAGES: Mapping[str, tuple[Step, ...]] = {
    "README.md": (
        Step("make gates", GO, REHEARSED, ci=True, first=released, sample="rollout"),
        Step("make test", on=".github/workflows/suite.yml"),
        Step("pytest", GO, REHEARSED, ci=True),
        Step("pytest --env=staging", HOLD, "soak-has-lasted HOLD", ci=True),
        Step("pytest --env=prod", HOLD, "environment-before-was-verified HOLD", ci=True),
        Step("pytest --env=single-db", GO, VERDICT, ci=True),
        Step('pytest -m "routing or rollback" -x', HOLD, "a part of the gates is no", ci=True),
        Step("pytest -n 2", GO, REHEARSED, ci=True),
        Step("pytest --junitxml=junit.xml --ctrf=ctrf.json", GO, REHEARSED, ci=True),
        Step("pytest --env=staging --stage=preflight", on="runbook.md"),
        Step("python -m rollgate apply --env staging", on="runbook.md"),
        Step("pytest --env=staging --stage=verify", on="runbook.md"),
        Step("pytest --env=staging --soak-log=DIR", on="runbook.md"),
        Step("pytest --env=prod --stage=preflight", on="runbook.md"),
        Step("pytest --env=prod", on="runbook.md"),
        Step("make release-log", on="runbook.md"),
        Step("pytest --release=examples/supabase-layout/release.toml", GO, REHEARSED, ci=True),
        Step("pytest --release=examples/phase3", GO, "^GO  phase3", ci=True),
        Step("make bench", 0, "measured .*soak.py"),
    ),
    "adopting.md": (
        Step("python3 -m venv .venv && . .venv/bin/activate", 0, "python3 -m venv .venv"),
        Step("pip install rollgate-*.whl", 0, "pip install rollgate"),
        Step("rollgate --help", 0, "evals-export"),
        Step("rollgate files", 0, "rollgate/suite/sql$"),
        Step("pytest --release=release.toml", GO, "^GO  phase2", ci=True),
        Step("pytest --release=release.toml -m routing", HOLD, "custom-stays-small .* PASS"),
        Step("pytest --release=examples/phase3", on="README.md"),
    ),
    "applying.md": (
        Step("python -m rollgate apply --env staging", on="runbook.md"),
        Step(
            "python -m rollgate apply --env staging --yes",
            0,
            "^DONE on staging: 6 of 6",
            ci=True,
            first=preflighted,
            sample="rollgate 0.1.0: apply phase2 f7e40481249c to staging",
        ),
        Step("pytest --env=staging --stage=verify", on="runbook.md"),
        Step("export STAGING_DATABASE_URL_APPLY='postgresql://postgres...'"),
    ),
    "benchmarks.md": tuple(
        Step(f"python -m bench.{name}", 0, f"measured .*{name}.py")
        for name in (
            *("migration", "rollback", "server", "gates", "live", "rivals", "queries", "report", "evals"),
            *("evals_export", "soak"),
        )
    ),
    "evals.md": (
        Step(EXPORT, on="runbook.md"),
        Step("export EVAL_DATABASE_URL='postgresql://...'"),
        Step(
            "./.venv/bin/python scripts/evals/export_eval_records_from_supabase.py "
            "--dsn-env EVAL_DATABASE_URL --days 1 --output records.jsonl",
            0,
            EXPORTED,
            first=released_with_records,
        ),
        Step(GENERATE, 0, JUDGED, first=exported),
        Step("export EVAL_DATABASE_URL='postgresql://...'"),
        Step(f"{GENERATE} --apply --dsn-env EVAL_DATABASE_URL", 0, "ingested|added"),
        Step(
            "./.venv/bin/python scripts/evals/summarize_eval_trend.py "
            "--report artifacts/evals/eval_run_report.json --history artifacts/evals/history.jsonl",
            0,
            r"^\| `schema_valid_rate` \|",
        ),
    ),
    "evidence.md": (
        Step("make verify", 0, "^intact$", first=preflighted),
        Step("python -m rollgate verify --head HASH", 0, "^intact$", given={"HASH": lambda desk: desk.head}),
        Step("python -m rollgate verify --key key.pub", 4, "key.pub"),
        Step("make setup-test"),
        Step(
            "openssl genpkey -algorithm ed25519 -out key.pem "
            "&& openssl pkey -in key.pem -pubout -out key.pub",
            needs="openssl",
            first=released,
        ),
        Step("pytest --env=staging --sign-key=key.pem", HOLD, "^HOLD  phase2", needs="openssl"),
        Step("python -m rollgate verify --key key.pub", 0, "^intact, [0-9]+ signed$", needs="openssl"),
        Step("make release-log", MADE_1, "missing: no run of all gates said GO on staging"),
    ),
    "migration.md": (
        Step("pytest --env=staging --stage=preflight", on="runbook.md"),
        Step(
            """psql "$DSN" -X -v ON_ERROR_STOP=1 -c 'set statement_timeout = 0' -f <file>""",
            0,
            r"what +\| state",
            needs="psql",
            first=before,
            given={"$DSN": staging, "<file>": base_migration},
        ),
    ),
    "rollback.md": (
        Step(
            'psql "$PROD_DATABASE_URL_APPLY" -X -v ON_ERROR_STOP=1 -f sql/rollback/p0_rollback.sql',
            0,
            r"openai +\| prod +\| t +\| t +\| +100",
            needs="psql",
            first=released,
        ),
        Step("pytest --env=prod", on="runbook.md"),
        Step("pytest --env=staging", on="README.md"),
        Step("pytest --env=staging --drill", HOLD, "rollback-drill +PASS", ci=True),
    ),
    "runbook.md": (
        Step("pytest", on="README.md"),
        Step("pytest --env=staging --stage=preflight", GO, VERDICT, first=before),
        Step("python -m rollgate apply --env staging", 0, DRY),
        Step("python -m rollgate apply --env staging --yes", 0, "^DONE on staging: 6 of 6 files run"),
        Step("pytest --env=staging --stage=verify", GO, VERDICT),
        Step("pytest --env=staging --soak-log=DIR", GO, VERDICT, first=Desk.let_a_day_pass),
        Step("pytest --env=prod --stage=preflight", GO, VERDICT, ci=True),
        Step("python -m rollgate apply --env prod", 0, DRY, ci=True),
        Step("python -m rollgate apply --env prod --yes", 0, "^DONE on prod", typed="prod\n", ci=True),
        Step("pytest --env=prod", GO, VERDICT, ci=True),
        Step("pytest --env=single-db --stage=preflight", GO, VERDICT, ci=True),
        Step("python -m rollgate apply --env single-db", 0, DRY, ci=True),
        Step(
            "python -m rollgate apply --env single-db --yes",
            0,
            "^DONE on single-db",
            typed="single-db\n",
            ci=True,
        ),
        Step("pytest --env=single-db", GO, VERDICT, ci=True),
        Step("pytest --env=prod", NO_GO, ONE_RED, first=roll_back, ci=True),
        Step("make release-log", 0, "release-log.md: staging, prod, single-db$", first=come_back, ci=True),
        Step("make verify", 0, "^intact$", ci=True),
        Step(EXPORT, 0, EXPORTED, ci=True, first=Desk.record_generations),
        Step(GENERATE, 0, JUDGED, ci=True),
    ),
    "soak.md": (
        Step("pytest --env=staging --stage=verify", on="runbook.md"),
        Step("pytest --env=staging -m soak", HOLD, "soak-has-lasted HOLD", ci=True, first=released),
        Step("pytest --env=staging", on="README.md"),
        Step(
            "pytest --env=staging --soak-log=/var/log/postgresql",
            HOLD,
            "soak-has-lasted HOLD",
            ci=True,
            first=released,
            given={"/var/log/postgresql": lambda desk: str(desk.log.parent)},
        ),
        Step(
            "SUPABASE_ACCESS_TOKEN=sbp_... pytest --env=staging",
            HOLD,
            "soak-has-lasted HOLD",
            ci=True,
            first=Desk.serve_logs,
        ),
    ),
    "targets.md": (
        Step("export STAGING_DATABASE_URL='postgresql://...'"),
        Step("pytest --env=staging", on="README.md"),
        Step("export STAGING_DATABASE_URL_REHEARSAL='postgresql://postgres...'"),
        Step("pytest --env=staging --env=prod", HOLD, "2 targets", ci=True, first=released),
        Step("export EU_DATABASE_URL=... US_DATABASE_URL=... ASIA_DATABASE_URL=..."),
        Step(
            "pytest --env=prod --target eu=EU_DATABASE_URL --target us=US_DATABASE_URL "
            "--target asia=ASIA_DATABASE_URL -n 4",
            HOLD,
            "3 targets",
            ci=True,
        ),
        Step("make gates ENV=prod", MADE_HOLD, "environment-before-was-verified HOLD", ci=True),
    ),
}
