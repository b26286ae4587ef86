"""What a row becomes: contract, section 5. A missing value is a default, and a wrong one is never a value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollgate.evals.exported import OUTCOMES, Row, export_row

JSON = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just([True])
KEYS = (
    "record_id",
    "request_id",
    "schema_valid",
    "patch_apply_success",
    "edited_after_generate",
    "published_within_7d",
    "safety_html_tailwind_compliant",
    "fallback_used",
    "latency_ms",
    "requested_provider",
    "selected_provider",
    "route_strategy",
)


def row(**values: Any) -> Row:
    blank: dict[str, Any] = dict.fromkeys(Row.__struct_fields__)
    known = {"id": 7, "created_at": datetime.now(UTC), "fallback_used": False}
    return Row(**{**blank, **known, **values})


def test_a_record_has_the_contracts_keys_in_its_order():
    exported = export_row(row(**{name: True for name, _, _ in OUTCOMES}))
    assert tuple(exported.record) == KEYS
    assert exported.record["record_id"] == "7"


def test_a_missing_outcome_counts_as_the_contract_says_and_is_named():
    exported = export_row(row())
    assert {name: exported.record[name] for name, _, _ in OUTCOMES} == {
        "schema_valid": True,
        "patch_apply_success": True,
        "edited_after_generate": False,
        "published_within_7d": False,
        "safety_html_tailwind_compliant": True,
    }
    assert exported.record["defaulted"] == [name for name, _, _ in OUTCOMES]


@given(value=st.booleans(), place=st.sampled_from(OUTCOMES))
def test_an_outcome_that_is_there_is_what_it_says(value, place):
    exported = export_row(row(**{place[0]: value}))
    assert exported.record[place[0]] is value
    assert place[0] not in exported.defaulted


@given(value=JSON, place=st.sampled_from(OUTCOMES))
def test_what_is_no_boolean_is_never_taken_for_one(value, place):
    exported = export_row(row(**{place[0]: value}))
    assert bool(exported.wrong) == (value is not None and not isinstance(value, bool))


@pytest.mark.parametrize("value", ["false", "true", "yes", "", 0, 1, 1.0, [], {}])
def test_a_wrong_value_is_named_by_its_type_and_not_shown(value):
    exported = export_row(row(schema_valid=value))
    assert exported.wrong[0].startswith("metadata.schemaValid is a")
    assert "yes" not in exported.wrong[0]
    assert exported.record["schema_valid"] is False, "should somebody use it after all, it flatters nobody"


@pytest.mark.parametrize(
    ("column", "metadata", "used", "defaulted"),
    [
        (True, None, True, False),
        (False, True, False, False),
        (None, True, True, False),
        (None, None, False, True),
    ],
)
def test_the_fallback_is_the_columns_else_of_metadata_else_none(column, metadata, used, defaulted):
    exported = export_row(row(fallback_used=column, metadata_fallback_used=metadata))
    assert exported.record["fallback_used"] is used
    assert ("fallback_used" in exported.defaulted) == defaulted
    assert exported.disagrees == (column is False and metadata is True)


@pytest.mark.parametrize(
    ("column", "metadata", "latency"),
    [(5, 9, 5), (0, 9, 0), (None, 9, 9), (None, 9.0, 9), (None, 9.25, 10), (None, None, None)],
)
def test_the_latency_is_the_columns_else_of_metadata(column, metadata, latency):
    exported = export_row(row(latency_ms=column, metadata_latency_ms=metadata))
    assert (exported.record["latency_ms"], exported.wrong) == (latency, ())
    assert "latency_ms" not in exported.defaulted, "an unknown latency has no default"


@pytest.mark.parametrize("value", [-1, -0.5, "900", True, [900], 2**31, 1e300, float("inf")])
def test_a_latency_that_is_none_is_wrong(value):
    exported = export_row(row(metadata_latency_ms=value))
    assert len(exported.wrong) == 1
    assert exported.record["latency_ms"] is None


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_record_is_one_line_whatever_is_in_it(text):
    line = msgspec.json.encode(export_row(row(selected_provider=text)).record)
    assert b"\n" not in line
    assert msgspec.json.decode(line)["selected_provider"] == text


# --- through the command -------------------------------------------------------------------------------


def test_a_row_of_every_value_comes_through(command, database):
    database.add(
        1,
        request_id="'7b0d6a52-3c55-4d2c-a9c0-6a1f7f3f9f10'",
        requested_provider="'openai'",
        selected_provider="'custom'",
        route_strategy="'fallback'",
        fallback_provider="'custom'",
        fallback_used="true",
        latency_ms="1234",
        metadata="""'{"schemaValid": false, "patchApplySuccess": true, "editedAfterGenerate": true,
            "publishedWithin7d": true, "safetyHtmlTailwindCompliant": false, "latencyMs": 9}'""",
    )
    (record,) = command().records
    assert record.pop("record_id") == database.ids()[0]
    assert record == {
        "request_id": "7b0d6a52-3c55-4d2c-a9c0-6a1f7f3f9f10",
        "schema_valid": False,
        "patch_apply_success": True,
        "edited_after_generate": True,
        "published_within_7d": True,
        "safety_html_tailwind_compliant": False,
        "fallback_used": True,
        "latency_ms": 1234,
        "requested_provider": "openai",
        "selected_provider": "custom",
        "route_strategy": "fallback",
    }


def test_what_was_missing_is_said_at_the_end(command, database):
    database.add(3, metadata="""'{"schemaValid": true, "publishedWithin7d": null}'""")
    database.add(1, latency_ms="null")
    done = command()
    assert done.out.startswith(
        "exported 4 records (4 in the window), 17 outcome values missing and defaulted: schema_valid 1, "
        "patch_apply_success 4, edited_after_generate 4, published_within_7d 4, "
        "safety_html_tailwind_compliant 4\n"
    )
    assert "1 without a latency" in done.out


def test_a_column_that_denies_a_fallback_of_metadata_is_told(command, database):
    database.add(2, metadata="""'{"fallbackUsed": true}'""")
    done = command()
    assert done.code == 0
    assert "2 rows whose metadata says fallbackUsed have fallback_used = false" in done.err


def test_a_value_of_a_wrong_type_fails_and_names_its_row(command, database):
    database.add(1, metadata="""'{"schemaValid": "false"}'""")
    (bad,) = database.ids()
    database.add(30)
    done = command("--page-size", "7")
    assert done.code == 1
    assert "1 of 31 rows carry values of a wrong type" in done.err
    assert f"{bad}: metadata.schemaValid is a text" in done.err
    assert done.left == []


def test_many_wrong_values_are_counted_and_the_first_are_named(command, database):
    database.add(25, metadata="""'{"schemaValid": 1}'""")
    done = command()
    assert done.err.count("metadata.schemaValid is a number") == 10
    assert "and 15 more" in done.err


def test_wrong_values_are_left_out_if_that_is_asked_for_and_that_is_told(command, database):
    database.add(2, metadata="""'{"schemaValid": "yes"}'""")
    bad = set(database.ids())
    database.add(5)
    done = command("--on-bad-record=leave-out")
    assert done.code == 0
    assert not bad & set(done.ids)
    assert "exported 5 records (7 in the window)" in done.out
    assert "left out 2 rows with values of a wrong type, the first: " in done.err


@pytest.mark.parametrize("metadata", ["'[]'", "'\"text\"'", "'null'", "'3'"])
def test_metadata_that_is_no_object_has_no_values(metadata, command, database):
    database.add(1, metadata=metadata)
    (record,) = command().records
    assert len(record["defaulted"]) == 5


def test_text_of_any_kind_survives(command, database):
    database.admin.execute(
        "alter table public.ai_training_examples drop constraint ai_training_examples_selected_provider_check"
    )
    text = "a\"b\\c\n\t\u2028 'quoted' $$ \U0001f600 é"
    database.add(1, selected_provider="convert_from(decode('" + text.encode().hex() + "', 'hex'), 'utf8')")
    done = command()
    assert done.records[0]["selected_provider"] == text
    assert done.output.read_bytes().count(b"\n") == 1
