"""Print the JSON Schema of a run's record."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from rollgate.command import Exit, Parser
from rollgate.evidence.record import FORMAT, RunRecord


def parser(prog: str) -> Parser:
    """Return the command's parser."""
    return Parser(prog=prog, description=__doc__)


def main(words: Sequence[str], prog: str) -> int:
    """Print it; return `Exit.OK`."""
    parser(prog).parse_args(words)
    print(json.dumps(record_schema(), indent=2))
    return Exit.OK


def record_schema() -> dict[str, object]:
    """Return the schema (JSON Schema 2020-12) of `record.json`, in the format that this version writes."""
    schema = msgspec.json.schema(RunRecord)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The record of a rollgate run, format {FORMAT}",
        **schema,
    }
