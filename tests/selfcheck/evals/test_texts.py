"""Texts of records in the ingest SQL: whatever they hold, they arrive as they are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollgate.evals.text import pasteable, restored, storable
from tests.selfcheck.evals.conftest import BASELINES, paste, record, samples

HOSTILE = [
    *("'; drop table public.ai_eval_runs; --", "$$", "$json$", "$batch$", "$insert$; select 1; $insert$"),
    *("\\", "\\'", "\\u0000", "\\.", "\\N", "\0", "a\0b", "json:x", "json:", 'json:"a"', "\ud800", "\udc00x"),
    *("😀", "\u2028", ":name", "{link}", "{batch}", "%s", "%I", "/* */", "\r\n\t", "é", "\x7f", "\ufeff"),
    *("sha256:00", "a" * 3000, "ü" * 600, "-"),
]


@pytest.mark.parametrize("setting", ["on", "off"])
@pytest.mark.parametrize("layout", BASELINES)
def test_hostile_texts_arrive_as_they_are(layout, setting, command, database):
    made = command(
        [record(n, record_id=text) for n, text in enumerate(HOSTILE)],
        "--triggered-by", "'; drop table x; -- $json$ \\ 😀", layout=layout,
    )  # fmt: skip
    assert made.sql.isascii()
    with database(layout) as connection:
        connection.execute(f"set standard_conforming_strings = {setting}".encode())
        connection.execute("set escape_string_warning = off")
        connection.execute("set client_encoding = latin1")
        paste(connection, made.sql)
        connection.execute("set client_encoding = utf8")
        rows = samples(connection, made.report.run_id)
        kept = "triggered_by" if layout == "v2" else "metadata ->> 'triggeredBy'"
        who = connection.execute(
            f"select {kept} as who from public.ai_eval_runs order by started_at desc"
        ).fetchone()
    assert {restored(row["metadata"]["recordId"]) for row in rows} == set(HOSTILE)
    assert who == {"who": "'; drop table x; -- $json$ \\ 😀"}
    if layout == "sitecraft":
        assert len({row["sample_key"] for row in rows}) == len(HOSTILE)


@pytest.mark.parametrize("layout", BASELINES)
def test_a_text_of_a_megabyte_arrives(layout, command, database):
    long = "".join(chr(33 + n * n % 90) for n in range(1 << 20))
    made = command([record(1), record(2, record_id=long)], layout=layout)
    with database(layout) as connection:
        paste(connection, made.sql)
        assert long in {row["metadata"]["recordId"] for row in samples(connection, made.report.run_id)}


@settings(deadline=None)
@given(st.text(st.characters(), max_size=20) | st.text(alphabet="json:\0\ud800\\\"$'", max_size=12))
def test_any_text_is_stored_in_a_form_that_gives_it_back(text):
    stored = storable(text)
    assert restored(stored) == text
    assert "\0" not in stored
    assert stored == stored.encode("utf-8").decode("utf-8")
    written = pasteable({"a": [text]})
    assert written.isascii()
    assert b"$" not in written
    assert json.loads(written) == {"a": [stored]}


@pytest.fixture(scope="module")
def echo(databases):
    """Return what a server makes of texts in the form of the file, with either setting of backslashes."""
    with databases.connect("postgres", autocommit=True) as connection:
        connection.execute("set escape_string_warning = off")

        def echo(texts: list[str], setting: str) -> list[str]:
            connection.execute(f"set standard_conforming_strings = {setting}".encode())
            found = connection.execute(
                b"select array(select jsonb_array_elements_text($json$"
                + pasteable(texts)
                + b"$json$::jsonb))"
            ).fetchone()
            assert found
            return list(found[0])

        yield echo


@settings(deadline=None)
@given(
    texts=st.lists(st.text(st.characters(), max_size=30) | st.sampled_from(HOSTILE), max_size=6),
    setting=st.sampled_from(["on", "off"]),
)
def test_any_text_survives_the_server(echo, texts, setting):
    assert [restored(each) for each in echo(texts, setting)] == texts
