"""What is an eval record and what is none, and that a file of any shape is read line by line as it is."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollgate.errors import UsageError
from rollgate.evals.reading import BadLine, Reader, in_batches
from rollgate.evals.record import BadRecord, EvalRecord, decode_line, decode_lines
from tests.selfcheck.evals.conftest import record


def line(**facts: object) -> bytes:
    return json.dumps(record(1, **facts)).encode()


def raw(key: str, value: str) -> bytes:
    """Return a line in which a key has this JSON text as its value."""
    return line(**{key: "@"}).replace(b'"@"', value.encode())


def without(key: str) -> bytes:
    return json.dumps({name: value for name, value in record(1).items() if name != key}).encode()


def quick(content: bytes) -> list[EvalRecord] | None:
    return decode_lines(content, [content])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (raw("schema_valid", '"false"'), "schema_valid: found str, needed bool"),
        (raw("schema_valid", "0"), "schema_valid: found int, needed bool"),
        (raw("schema_valid", "null"), "schema_valid: found null, needed bool"),
        (raw("fallback_used", "null"), "fallback_used: found null, needed bool"),
        (raw("latency_ms", "1.5"), "latency_ms: found float, needed int | null"),
        (raw("latency_ms", "1.0"), "latency_ms: found float, needed int | null"),
        (raw("latency_ms", '"12"'), "latency_ms: found str, needed int | null"),
        (raw("latency_ms", "true"), "latency_ms: found bool, needed int | null"),
        (raw("latency_ms", "-1"), "latency_ms: Expected `int` >= 0"),
        (raw("latency_ms", "2147483648"), "latency_ms: Expected `int` <= 2147483647"),
        (raw("latency_ms", "NaN"), "no JSON: NaN"),
        (raw("latency_ms", "Infinity"), "no JSON: Infinity"),
        (raw("latency_ms", "1e999"), "latency_ms: found float, needed int | null"),
        (raw("record_id", "true"), "record_id: found bool, needed int | str"),
        (raw("record_id", "1.0"), "record_id: found float, needed int | str"),
        (raw("record_id", '""'), "record_id: Expected `str` of length >= 1"),
        (raw("request_id", '"no"'), "request_id: Invalid UUID"),
        (raw("selected_provider", '"OpenAI"'), "selected_provider: Invalid enum value 'OpenAI'"),
        (raw("route_strategy", '"random"'), "route_strategy: Invalid enum value 'random'"),
        (raw("defaulted", '["latency_ms"]'), "defaulted[0]: Invalid enum value 'latency_ms'"),
        (raw("defaulted", '"schema_valid"'), "defaulted: found str, needed array"),
        (without("record_id"), "record_id: found no such key, needed one"),
        (without("published_within_7d"), "published_within_7d: found no such key, needed one"),
        (line()[:-1] + b', "schema_valid": false}', "the key schema_valid twice"),
        (line()[:-1] + b', "schema\\u005fvalid": false}', "the key schema_valid twice"),
        (line()[:-1] + b', "defaulted": [], "defaulted": []}', "the key defaulted twice"),
        (line()[:-1] + b', "more": {"a": 1, "a": 2}}', "the key a twice"),
        (line()[:-1], "no JSON: Expecting ',' delimiter"),
        (line() + line(), "no JSON: Extra data"),
        (b"[]", "found an array, needed a JSON object"),
        (b"7", "found a number, needed a JSON object"),
        (b"\xff" + line(), "bytes that are not UTF-8, from byte 1 of the line on"),
        (line(record_id="@").replace(b"@", b"\xed\xa0\x80"), "bytes that are not UTF-8"),
        (line().replace(b"openai", b"open\0ai"), "no JSON: Invalid control character"),
        (b'{"a":' * 100_000, "JSON that is nested too deep"),
        (raw("record_id", "9" * 10_000), "no JSON: Exceeds the limit"),
        (raw("selected_provider", '"\\u001b[31m"'), "selected_provider: Invalid enum value '\\x1b[31m'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_record_is_named(bad, reason):
    with pytest.raises(BadRecord) as caught:
        decode_line(bad)
    assert str(caught.value).startswith(reason)
    assert len(str(caught.value)) < 300
    assert quick(bad) is None


@pytest.mark.parametrize(
    ("good", "record_id"),
    [
        (line(), "00000000-0000-4000-8000-000000000001"),
        (line(record_id=7), "7"),
        (line(record_id=2**70), str(2**70)),
        (line(record_id="a:b"), "a:b"),
        (line(record_id="é😀$$'\"\\\n\0"), "é😀$$'\"\\\n\0"),
        (line(record_id="\ud800"), "\ud800"),
        (b"  " + line().replace(b'":', b'" :') + b"\t", "00000000-0000-4000-8000-000000000001"),
    ],
    ids=str,
)
def test_an_id_may_be_a_number_or_any_text(good, record_id):
    found, unknown = decode_line(good)
    assert str(found.record_id) == record_id
    assert not unknown
    if (fast := quick(good)) is not None:
        assert fast == [found]


def test_what_may_be_left_out_is_null_and_a_missing_fallback_is_a_default():
    found, _ = decode_line(without("latency_ms"))
    assert found.latency_ms is None
    assert found.defaulted == ()
    found, _ = decode_line(without("fallback_used"))
    assert found.fallback_used is False
    assert found.defaulted == ("fallback_used",)


def test_unknown_keys_are_told_and_left_out():
    found, unknown = decode_line(line(prompt="secret", schemaValid=False))
    assert unknown == ["prompt", "schemaValid"]
    assert found == decode_line(line())[0]
    assert quick(line(prompt="secret")) is None


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.builds(lambda n: line(record_id=n), st.integers(0, 50)),
            st.builds(lambda text: line(record_id=text), st.text(min_size=1)),
            st.sampled_from(
                [
                    b"",
                    b" ",
                    b"{",
                    line() + b" " + line(),
                    raw("latency_ms", "-1"),
                    line(defaulted=["schema_valid"]),
                ]
            ),
        ),
        max_size=8,
    )
)
def test_a_block_read_at_once_is_what_its_lines_are_one_by_one(lines):
    block = b"".join(each + b"\n" for each in lines)
    at_once = decode_lines(block, lines)
    try:
        one_by_one = [decode_line(each) for each in lines]
    except BadRecord:
        assert at_once is None
        return
    if at_once is not None:
        assert at_once == [found for found, _ in one_by_one]
        assert not any(unknown for _, unknown in one_by_one)


def read(
    path, content: bytes, suspects: frozenset[int] = frozenset()
) -> tuple[list[str], list[BadLine], Reader]:
    path.write_bytes(content)
    bad: list[BadLine] = []
    reader = Reader(path, bad.append, suspects)
    ids = [each for _, batch in in_batches(reader, 3) for each in batch]
    return ids, bad, reader


A, B = line(record_id="a"), line(record_id="b")


@pytest.mark.parametrize(
    ("content", "blank"),
    [
        (A + b"\n" + B + b"\n", 0),
        (A + b"\n" + B, 0),
        (A + b"\r\n" + B + b"\r\n", 0),
        (b"\xef\xbb\xbf" + A + b"\n" + B, 0),
        (b"\n" + A + b"\n\n  \n" + B + b"\n\n", 4),
        (b"\xef\xbb\xbf\r\n" + A + b"\r\n" + B, 1),
    ],
)
def test_files_of_every_editor_are_read(content, blank, tmp_path):
    ids, bad, reader = read(tmp_path / "in", content)
    assert ids == ["a", "b"]
    assert not bad
    assert reader.blank == blank


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_file_holds_no_record(content, tmp_path):
    assert read(tmp_path / "in", content)[0] == []


def test_bad_lines_have_their_number_and_stay_as_they_are(tmp_path):
    content = b"\n" + A + b"\r\n{\n" + b"\xff\n" + B + b"\nNaN"
    ids, bad, _ = read(tmp_path / "in", content)
    assert ids == ["a", "b"]
    assert [(each.number, each.raw) for each in bad] == [(3, b"{"), (4, b"\xff"), (6, b"NaN")]


def test_pretty_printed_json_is_no_line_of_records(tmp_path):
    ids, bad, _ = read(tmp_path / "in", json.dumps(record(1), indent=1).encode())
    assert not ids
    assert len(bad) == 14


def test_a_second_record_of_an_id_is_named_with_the_line_of_the_first(tmp_path):
    content = b"\n".join([A, B, A, line(record_id=1), line(record_id="1"), b"", B])
    ids, bad, _ = read(tmp_path / "in", content, frozenset(map(hash, ("a", "b", "1"))))
    assert ids == ["a", "b", "1"]
    assert [(each.number, each.reason) for each in bad] == [
        (3, "record_id: found 'a', which line 1 has already"),
        (5, "record_id: found '1', which line 4 has already"),
        (7, "record_id: found 'b', which line 2 has already"),
    ]


def test_a_text_of_a_megabyte_is_a_text(tmp_path):
    long = "x" * (1 << 20) + "é"
    ids, bad, _ = read(tmp_path / "in", line(record_id=long) + b"\n" + A)
    assert ids == [long, "a"]
    assert not bad


def test_a_file_without_lines_is_refused_before_it_fills_the_memory(tmp_path):
    path = tmp_path / "in"
    with path.open("wb") as file:
        file.truncate(200 << 20)  # NULs, and no byte of them on the disk
    tracemalloc.start()
    with pytest.raises(UsageError, match="a line of more than 32 MB"):
        list(Reader(path, lambda bad: None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120 << 20


def test_a_file_that_can_t_be_read_is_a_clear_mistake(tmp_path):
    with pytest.raises(UsageError, match="a file of eval records"):
        list(Reader(tmp_path / "none", lambda bad: None))
