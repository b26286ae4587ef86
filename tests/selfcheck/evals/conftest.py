"""Records whose answers are known, the command that judges them, and databases to ingest them into."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from rollgate.evals.generate import main
from rollgate.evals.report import EvalReport

BASELINES = {"v2": "clean", "sitecraft": "sitecraft"}


def record(number: int, **facts: object) -> dict[str, Any]:
    """Return a record in which everything is fine, except what `facts` say."""
    return {
        "record_id": f"00000000-0000-4000-8000-{number:012x}",
        "request_id": f"10000000-0000-4000-8000-{number:012x}",
        "schema_valid": True,
        "patch_apply_success": True,
        "edited_after_generate": True,
        "published_within_7d": True,
        "safety_html_tailwind_compliant": True,
        "fallback_used": False,
        "latency_ms": 1000 + number,
        "requested_provider": "openai",
        "selected_provider": "openai",
        "route_strategy": "weighted",
        **facts,
    }


@dataclass(frozen=True)
class Generated:
    """What the command left, and how it ended."""

    code: int
    report: EvalReport
    sql: str
    folder: Path
    said: str
    warned: str


class Command:
    """Runs the command on records or on the bytes of a file."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    @property
    def input(self) -> Path:
        return self.folder / "records.jsonl"

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    @property
    def sql(self) -> Path:
        return self.folder / "ingest.sql"

    def write(self, records: Sequence[dict[str, Any]] | bytes) -> None:
        content = (
            records
            if isinstance(records, bytes)
            else "".join(json.dumps(each) + "\n" for each in records).encode()
        )
        self.input.write_bytes(content)

    def arguments(self, *more: str, layout: str = "v2") -> list[str]:
        return [
            "--input", str(self.input), "--sql-output", str(self.sql), "--report-output", str(self.report),
            "--run-type", "canary", "--schema-variant", layout, "--triggered-by", "manual", *more,
        ]  # fmt: skip

    def __call__(
        self, records: Sequence[dict[str, Any]] | bytes | None, *more: str, layout: str = "v2"
    ) -> Generated:
        """Run it; None leaves the input as it is."""
        import msgspec

        if records is not None:
            self.write(records)
        self._capture.readouterr()
        code = main(self.arguments(*more, layout=layout))
        captured = self._capture.readouterr()
        report = msgspec.json.decode(self.report.read_bytes(), type=EvalReport)
        return Generated(code, report, self.sql.read_text("ascii"), self.folder, captured.out, captured.err)


@pytest.fixture
def command(tmp_path, capsys) -> Command:
    return Command(tmp_path, capsys)


@pytest.fixture
def database(rehearsal) -> Callable[..., Any]:
    """Open a clone of a rolled-out database with this layout, autocommit, rows as dicts."""

    @contextmanager
    def opened(layout: str = "v2", baseline: str = "") -> Iterator[psycopg.Connection[dict[str, Any]]]:
        topology = rehearsal.release.topologies["prod"]
        template = rehearsal.rolled_out(topology, baseline or BASELINES[layout])
        with (
            rehearsal.databases.cloned(template) as conninfo,
            psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as connection,
        ):
            yield connection

    return opened


def paste(connection: psycopg.Connection[Any], sql: str) -> list[dict[str, Any]]:
    """Run a text as the SQL Editor does, in one go; return the last rows that it shows."""
    shown: list[dict[str, Any]] = []
    cursor = connection.execute(sql.encode())
    while True:
        if cursor.description:
            shown = cursor.fetchall() or shown
        if not cursor.nextset():
            return shown


COUNTS = """
select
  (select count(*) from public.ai_eval_runs) as runs,
  (select count(*) from public.ai_eval_samples) as samples
"""


def mixed(count: int = 47) -> list[dict[str, Any]]:
    """Return records in which everything differs."""
    return [
        record(
            n,
            schema_valid=n % 2 > 0,
            patch_apply_success=n % 3 > 0,
            edited_after_generate=n % 4 > 0,
            published_within_7d=n % 5 > 0,
            safety_html_tailwind_compliant=n % 6 > 0,
            fallback_used=n % 7 == 0,
            latency_ms=None if n % 5 == 0 else 100 * n,
            request_id=None if n % 8 == 0 else str(uuid.UUID(int=n)),
            requested_provider=None if n % 9 == 0 else "openai",
            selected_provider=[None, "openai", "custom"][n % 3],
            route_strategy=[None, "single_provider", "weighted", "fallback"][n % 4],
            **({"defaulted": ["fallback_used", "schema_valid"]} if n % 10 == 0 else {}),
        )
        for n in range(count)
    ]


def counts(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    return connection.execute(COUNTS).fetchone() or {}


def samples(connection: psycopg.Connection[Any], run_id: str) -> list[dict[str, Any]]:
    return connection.execute(
        "select * from public.ai_eval_samples where run_id = %s"
        " order by metadata ->> 'recordId' collate \"C\"",
        (run_id,),
    ).fetchall()
