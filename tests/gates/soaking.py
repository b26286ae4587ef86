"""A soak whose answers are known: a day of rows, a log beside it, and troubles put into them one by one."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from rollgate.rehearsal.rollout import Rehearsal
from rollgate.release import Topology
from rollgate.soak.facts import MARK, mark_of
from rollgate.soak.places import LogPlaces
from rollgate.soak.said import Said
from rollgate.soak.soak import Identity, Soak
from rollgate.soak.start import Verification
from rollgate.target.query import ask_all
from rollgate.verdict import Verdict

QUIET = Path(__file__).with_name("soaking.sql").read_text(encoding="utf-8")
HOUR = datetime.timedelta(hours=1)
BEGAN = 24.5 * HOUR  # before now
IDENTITY = Identity("rehearsal/soak", "rehearsal", "soak")

Line = dict[str, Any]
Lines = list[Line]


@dataclass(frozen=True)
class Trouble:
    """What is done to a quiet soak, and what one of its gates has to say then, by object."""

    name: str
    gate: str  # a property of Soak
    expected: dict[str, str] = field(default_factory=dict)
    sql: str = "select"
    log: Callable[[Lines, datetime.datetime], Lines | None] = lambda lines, now: lines
    runs: Mapping[float, tuple[Verdict, bool]] = field(
        default_factory=lambda: {BEGAN / HOUR: (Verdict.GO, True)}
    )  # hours before now: a run's verdict, and whether the release was verified


def error(message: str, statement: str, state: str = "23514", **more: object) -> Line:
    return {
        "error_severity": "ERROR",
        "state_code": state,
        "message": message,
        "statement": statement,
        **more,
    }


def with_errors(*errors: Line) -> Callable[[Lines, datetime.datetime], Lines]:
    """Return what puts errors into a log, ten hours ago."""

    def put(lines: Lines, now: datetime.datetime) -> Lines:
        return [*lines, *({"timestamp": now - 10 * HOUR, **each} for each in errors)]

    return put


BROKEN_CHECK = error(
    'new row for relation "ai_training_examples" violates check constraint '
    '"ai_training_examples_latency_ms_check"',
    "insert into public.ai_training_examples (source) values ($1)",
)
ELSEWHERE = error(
    'duplicate key value violates unique constraint "archive_pkey"',
    "insert into ai_training_examples_archive (note) values ('for ai_training_examples')",
    "23505",
)
RULE = "update public.ai_training_examples set {} where created_at = now() - interval '5 hours'"
HOLD, FAIL = "HOLD", "FAIL"

QUIET_DAY = tuple(
    Trouble("a quiet day", gate) for gate in ("hours", "records", "violations", "errors", "guardrails")
)
TROUBLES = (
    *QUIET_DAY,
    Trouble(
        "one record of 3,000 without its provider",
        "records",
        {"selected_provider": FAIL},
        RULE.format("selected_provider = null"),
    ),
    Trouble(
        "one record with an empty template version",
        "records",
        {"prompt_template_version": FAIL},
        RULE.format("prompt_template_version = ' '"),
    ),
    Trouble(
        "one record that fell back to nobody",
        "records",
        {"fallback_used implies fallback_provider": FAIL},
        RULE.format("fallback_used = true, fallback_provider = null"),
    ),
    Trouble(
        "a silent hour",
        "records",
        {"silent hours": HOLD},
        "delete from public.ai_training_examples "
        "where created_at between now() - interval '6 hours' and now() - interval '4 hours'",
    ),
    Trouble(
        "no traffic at all",
        "records",
        {"rows": HOLD, "silent hours": HOLD},
        "delete from public.ai_training_examples where created_at > now() - interval '25 hours'",
    ),
    Trouble(
        "a role from which row level security hides rows",
        "records",
        {"row level security": HOLD},
        """alter table public.ai_training_examples enable row level security;
        create policy some_rows on public.ai_training_examples for select using (latency_ms % 2 = 0);
        alter table public.ai_provider_configs disable row level security;
        grant select on all tables in schema public to authenticated;
        set local role authenticated""",
    ),
    Trouble(
        "a check that was never validated, and a row that breaks it",
        "violations",
        {"ai_training_examples_latency_ms_check": FAIL},
        "alter table public.ai_training_examples drop constraint ai_training_examples_latency_ms_check; "
        + RULE.format("latency_ms = -1")
        + "; alter table public.ai_training_examples add constraint ai_training_examples_latency_ms_check "
        "check (latency_ms is null or latency_ms between 0 and 300000) not valid",
    ),
    Trouble(
        "a write that a check refused",
        "violations",
        {"ai_training_examples_latency_ms_check": FAIL},
        log=with_errors(BROKEN_CHECK),
    ),
    Trouble(
        "the same write, as an error in the write path",
        "errors",
        {"ai_training_examples_latency_ms_check": FAIL},
        log=with_errors(BROKEN_CHECK),
    ),
    Trouble("an error on a table whose name begins alike", "errors", {}, log=with_errors(ELSEWHERE)),
    Trouble(
        "a log that ends three hours early",
        "errors",
        {"coverage": HOLD},
        log=lambda lines, now: [each for each in lines if each["timestamp"] < now - 3 * HOUR],
    ),
    Trouble(
        "a log of another server",
        "errors",
        {"coverage": HOLD, "whose log": HOLD},
        log=lambda lines, now: [each for each in lines if MARK not in each["message"]],
    ),
    Trouble("no log", "errors", {"the log": HOLD}, log=lambda lines, now: None),
    Trouble(
        "an hour of invalid schemas",
        "guardrails",
        {"schema_valid_rate": FAIL},
        """update public.ai_training_examples set metadata = metadata || '{"schemaValid": false}'
        where created_at between now() - interval '6 hours' and now() - interval '5 hours'""",
    ),
    Trouble(
        "an hour of slow answers",
        "guardrails",
        {"p95_latency_ms": FAIL},
        """update public.ai_training_examples set latency_ms = 46000
        where created_at between now() - interval '6 hours' and now() - interval '5 hours'
          and latency_ms % 9 = 0""",
    ),
    Trouble(
        "a runtime that does not tell about safety",
        "guardrails",
        {"safety_html_tailwind_compliance": HOLD},
        "update public.ai_training_examples set metadata = metadata - 'safetyHtmlTailwindCompliant'",
    ),
    Trouble(
        "a runtime that stops telling about safety two hours before the end",
        "guardrails",
        {"safety_html_tailwind_compliance": HOLD},
        "update public.ai_training_examples set metadata = metadata - 'safetyHtmlTailwindCompliant' "
        "where created_at > now() - interval '2 hours'",
    ),
    Trouble(
        "one that tells nothing of safety in every third record",
        "guardrails",
        {},
        "update public.ai_training_examples set metadata = metadata - 'safetyHtmlTailwindCompliant' "
        "where latency_ms % 3 = 0",
    ),
    Trouble(
        "invalid schemas in windows that are each too thin to judge",
        "guardrails",
        {"schema_valid_rate": HOLD},
        """delete from public.ai_training_examples
        where created_at > now() - interval '22 hours' and latency_ms % 3 > 0;
        update public.ai_training_examples set metadata = metadata || '{"schemaValid": false}'
        where created_at > now() - interval '22 hours'""",
    ),
    Trouble("three hours", "hours", {"hours": HOLD}, runs={3: (Verdict.GO, True)}),
    Trouble(
        "a NO-GO since",
        "hours",
        {"start": HOLD},
        runs={BEGAN / HOUR: (Verdict.GO, True), 5: (Verdict.NO_GO, False)},
    ),
    Trouble(
        "an overlay that was applied again",
        "hours",
        {"hours": HOLD},
        "update public.ai_provider_configs set updated_at = now() - interval '2 hours'",
    ),
)


class Trial:
    """A quiet soak in a transaction that each trouble is put into, and taken out of again."""

    def __init__(self, connection: psycopg.Connection[Any], rehearsal: Rehearsal, topology: Topology) -> None:
        self.connection = connection
        self._rehearsal = rehearsal
        self._topology = topology
        connection.execute(QUIET.encode())
        ((self.now,),) = connection.execute("select transaction_timestamp()")

    @classmethod
    @contextmanager
    def begun(cls, rehearsal: Rehearsal, topology: Topology) -> Iterator[Trial]:
        """Open a clone of the release with a quiet soak in it."""
        with (
            rehearsal.databases.cloned(rehearsal.rolled_out(topology)) as conninfo,
            psycopg.connect(conninfo) as connection,
        ):
            yield cls(connection, rehearsal, topology)
            connection.rollback()

    def found(self, trouble: Trouble) -> dict[str, str]:
        """Return what the trouble's gate says of it, by object."""
        with tempfile.TemporaryDirectory() as folder, self.connection.transaction(force_rollback=True):
            self.connection.execute(trouble.sql.encode())
            lines = trouble.log(self.quiet_log(), self.now)
            path = Path(folder) / "postgresql.json"
            if lines is not None:
                write_log(path, lines)
            soak = self.soak(trouble, (path,) if lines is not None else ())
            said = getattr(soak, trouble.gate)
            assert isinstance(said, Said)
            return said.outcomes

    def soak(
        self, trouble: Trouble, paths: tuple[Path, ...], *, known: bool = True, logs: LogPlaces | None = None
    ) -> Soak:
        """Return the soak of this database as its session shows it; `known`: with its identifier."""
        release = self._rehearsal.release
        return Soak(
            lambda *queries: ask_all(self.connection, queries),
            release,
            self._topology,
            IDENTITY if known else Identity(IDENTITY.fingerprint),
            verifications=[
                Verification(
                    self.now - hours * HOUR, release.digest, IDENTITY.fingerprint, verdict, verified=verified
                )
                for hours, (verdict, verified) in trouble.runs.items()
            ],
            logs=logs or LogPlaces(paths),
            here=lambda: self.now,
        )

    def quiet_log(self, *, probed: float = 20) -> Lines:
        """Return two days of a log in which nothing happened but a run's probe, `probed` hours ago."""
        ((database,),) = self.connection.execute("select current_database()")
        mark = mark_of(IDENTITY.system_identifier, database)
        lines = [
            {
                "timestamp": self.now - minutes * datetime.timedelta(minutes=1),
                "error_severity": "LOG",
                "state_code": "00000",
                "message": "connection received",
            }
            for minutes in range(0, 48 * 60, 5)
        ]
        probe = error(f'invalid input syntax for type integer: "{MARK} 00 {mark}"', "select", "22P02")
        return [*lines, {"timestamp": self.now - probed * HOUR, **probe}]


def write_log(path: Path, lines: Lines) -> None:
    """Write lines as jsonlog does, in order of time."""
    with path.open("w", encoding="utf-8") as file:
        for line in sorted(lines, key=lambda line: line["timestamp"]):
            at = line["timestamp"].astimezone(datetime.UTC)
            text = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC"
            file.write(
                json.dumps({**line, "timestamp": text, "pid": line.get("pid", 1)}, separators=(",", ":"))
                + "\n"
            )
