"""Print the JSON Schema of a run's record."""

from __future__ import annotations

import argparse
import json

import msgspec

from rollgate.command import Exit
from rollgate.evidence.record import FORMAT, RunRecord

NAME = "schema"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no argument."""


def main(arguments: argparse.Namespace) -> int:
    """Print it; return `Exit.OK`."""
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
