"""The ingest of a run as a SQL file: pasted into the Supabase SQL Editor as it is, or run by any client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rollgate.evals.counting import Kind
from rollgate.evals.record import EvalRecord
from rollgate.evals.report import EvalReport, Variant
from rollgate.evals.text import pasteable
from rollgate.release import Threshold

BATCH = 2000  # records of a statement: some 220 kB
#: What Supabase's SQL Editor takes at most: it refuses texts above 0.98 MB.
EDITOR_BYTES = 980_000
RUN_TYPES: Mapping[Variant, Mapping[str, str]] = {"v2": {}, "sitecraft": {"shadow": "online_shadow"}}

_HERE = Path(__file__).parent
_FACTS = (
    "do $facts$ begin perform set_config('rollgate.eval_facts', $json${facts}$json$, true); end $facts$;\n"
)
_HEADER = """\
-- An eval run of {records} records, for the {variant} layout: run {run_id}, {status}.
--
-- Paste the whole file into the Supabase SQL Editor, or run it with psql. It is one transaction: all of it is
-- ingested, or nothing. A second time it adds nothing and says so. The last select shows the run's row of
-- the summary view. An error means that nothing was written, and says what to do.
--
-- A batch names the kinds of its records once (`kinds`). Of a sample, i is the record's id, q the request's,
-- l the latency in milliseconds, k its kind. A text with a NUL or half of a surrogate pair is stored as
-- `json:` and its JSON string.

begin;

"""


def _template(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def insert_statement(variant: Variant, samples: str, kinds: str) -> str:
    """Return the insert of samples, from two relations; `{link}` is left for the database to say."""
    text = _template(f"ingest_insert_{variant}.sql")
    return text.replace("{samples}", samples).replace("{kinds}", kinds)


def opening() -> str:
    """Return the statement that checks the database and adds the run."""
    return _template("ingest_open.sql")


def closing() -> tuple[str, str]:
    """Return the statement that counts the samples, and the one that shows the run."""
    check, _, shown = _template("ingest_close.sql").partition("$close$;\n")
    return f"{check}$close$;", shown.strip()


class Sample(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A record as a batch has it: id, request, latency, kind."""

    k: int
    i: str
    q: Any = None  # a UUID
    l: int | None = None  # noqa: E741 - a key of the file


def encode_batch(
    records: Sequence[EvalRecord], ids: Sequence[str], kinds: Sequence[Kind], numbered: Sequence[int]
) -> bytes:
    """Return a batch in JSON for dollar quotes; the same records give the same bytes."""
    requests = [record.request_id for record in records]
    latencies = [record.latency_ms for record in records]
    samples = list(map(Sample, numbered, ids, requests, latencies))
    rows = [kind_row(kind, number) for number, kind in enumerate(kinds)]
    return pasteable({"kinds": rows, "samples": samples})


def kind_row(kind: Kind, number: int) -> dict[str, object]:
    """Return a kind as a row of the batch; without defaults, nothing is said of them."""
    return {"kind": number, **kind._asdict(), "defaulted": sorted(set(kind.defaulted)) or None}


def batch_statement(variant: Variant) -> tuple[bytes, bytes]:
    """Return what stands before a batch and behind it."""
    insert = insert_statement(
        variant,
        "jsonb_to_recordset($1 -> 'samples') as r (i text, q uuid, l integer, k integer)\n"
        "    cross join lateral\n"
        "      (select r.i as record_id, r.q as request_id, r.l as latency_ms, r.k as kind) s",
        "jsonb_to_recordset($1 -> 'kinds') as k (kind integer, requested_provider text,\n"
        "      selected_provider text, route_strategy text, schema_valid boolean,\n"
        "      patch_apply_success boolean, edited_after_generate boolean,\n"
        "      published_within_7d boolean, safety_html_tailwind_compliant boolean,\n"
        "      fallback_used boolean, defaulted jsonb)",
    )
    before, _, behind = _template("ingest_batch.sql").replace("{insert}", insert).partition("{batch}")
    return before.encode(), behind.encode() + b"\n"


def facts_of(report: EvalReport, thresholds: Mapping[str, Threshold]) -> bytes:
    """Return what the statements of the file need to know of the run."""
    providers = {part.provider for part in report.providers}
    metrics = {metric.name: metric.value for metric in report.metrics}
    run = {
        "run_id": report.run_id,
        "digest": report.content_digest,
        "run_type": RUN_TYPES[report.schema_variant].get(report.run_type, report.run_type),
        "status": report.status,
        "triggered_by": report.triggered_by,
        "commit_sha": report.commit_sha,
        "dataset_ref": report.dataset_ref,
        "provider": providers.pop() if len(providers) == 1 else None,
        "thresholds": thresholds_json(thresholds),
        "metrics": {"total_records": report.records, **metrics},
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "metadata": {
            "contentDigest": report.content_digest,
            "gate": report.gate,
            "gates": {
                metric.name: "SKIPPED" if report.gate == "SKIPPED" else metric.gate
                for metric in report.metrics
            },
            "why": report.why,
            "minSamples": report.min_samples,
            "defaulted": {metric.name: metric.defaulted for metric in report.metrics if metric.defaulted},
            "badLines": report.input.bad,
            "rollgate": report.rollgate,
        },
    }
    return pasteable({"layout": report.schema_variant, "samples": report.records, "run": run})


def thresholds_json(thresholds: Mapping[str, Threshold]) -> dict[str, dict[str, float]]:
    """Return thresholds as the runs table keeps them: `min` or `max` by metric."""
    return {
        name: {
            key: bound
            for key, bound in (("min", threshold.minimum), ("max", threshold.maximum))
            if bound is not None
        }
        for name, threshold in thresholds.items()
    }


def head_of(report: EvalReport, facts: bytes) -> bytes:
    """Return the file up to its first batch."""
    header = _HEADER.format(
        records=report.records, variant=report.schema_variant, run_id=report.run_id, status=report.status
    )
    return (
        header.encode()
        + _FACTS.replace("{facts}", facts.decode()).encode()
        + b"\n"
        + opening().encode()
        + b"\n"
    )


def tail() -> bytes:
    """Return the file behind its last batch."""
    check, shown = closing()
    return f"{check}\n\n{shown}\n\ncommit;\n".encode()


#: What the file says where there is nothing to ingest: a run without a sample is no run.
NOTHING = (
    b"-- The input held no eval record: there is nothing to ingest.\nselect 'nothing to ingest' as ingest;\n"
)
