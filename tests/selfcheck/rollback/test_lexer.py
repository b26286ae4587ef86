"""The lexer reads SQL as the server does: what is put together is the text, and statements count the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollgate.rehearsal.lexer import Unreadable, split, tokens
from rollgate.server.databases import Databases
from tests.rollback.exploring import examples

SETTINGS = settings(
    max_examples=examples(300, 3000),
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
PIECES = [
    "'",
    '"',
    "$$",
    "$a$",
    "$",
    ";",
    "--",
    "/*",
    "*/",
    "\n",
    "\r",
    "E'",
    "u&'",
    "\\",
    "commit",
    " ",
    "a",
]
LETTERS = ["1", "é", "\u00a0", "\u3000", "e", "E", "B'", ":", "[", "''", "x", "$1", "begin", "do", "\t", "''"]

#: Expressions in which something looks like the end of a statement, or of a quote, and isn't.
EXPRESSIONS = [
    "1",
    "';'",
    "'it''s; '",
    "'C:\\'",
    "E'\\';'",
    "E'\\\\'",
    "e';''\\''",
    "$$;$$",
    "$a$;$$;$a$",
    "$a1$ $a$ ' ; $a1$",
    "$é$;$é$",
    'a$$."b;""c" is null',
    "B'1'",
    "x'1f'",
    "n';'",
    "U&'d\\0061;'",
    "'a'\n';b'",
    "E'a'\n'\\';b'",
    "E'a' -- ';\n -- '\n\t'\\';b'",
    "1 - -1",
    "2*/* ; */3",
    "1+-- ;\n2",
    "(array[1,2])[1:2]",
    "';'::text",
    "case when true then ';' end",
    "'é;ß'",
]
GAPS = [
    " ",
    "\n",
    "\t",
    "\r\n",
    "\f",
    " /* ; */ ",
    " /* /* ' */ ; */ ",
    " -- ;'\n",
    " -- $$\r",
    "/**/",
    "/*/*/**/*/*/ ",
]


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """Draw a script of selects, with something between all words, and empty statements."""
    gap = st.sampled_from(GAPS)
    text = ""
    for _ in range(draw(st.integers(1, 4))):
        text += draw(gap) + "select" + draw(gap)
        text += f"{draw(gap)},{draw(gap)}".join(
            draw(st.lists(st.sampled_from(EXPRESSIONS), min_size=1, max_size=4))
        )
        text += (
            draw(gap)
            + 'from (values (1, 2)) as a$$ (c, "b;""c")'
            + draw(gap)
            + draw(st.sampled_from([";", ";;", "; ;"]))
        )
    return text + draw(gap)


@pytest.fixture(scope="module")
def connection(databases: Databases) -> Iterator[psycopg.Connection]:
    with databases.connect("postgres", autocommit=True) as connection:
        yield connection


@SETTINGS
@given(st.lists(st.sampled_from(PIECES + LETTERS) | st.text(max_size=3), max_size=20).map("".join))
def test_tokens_and_statements_put_together_are_the_text(text):
    with contextlib.suppress(Unreadable):
        assert "".join(token.text for token in tokens(text)) == text
        assert "".join(statement.text for statement in split(text)) == text


@SETTINGS
@given(st.lists(st.sampled_from(PIECES + LETTERS), max_size=12).map("".join))
def test_whatever_the_text_it_is_read_to_its_end_or_refused_at_a_place_in_it(text):
    end = 0
    refused: Unreadable | None = None
    try:
        for token in tokens(text):
            end = token.offset + len(token.text)
    except Unreadable as error:
        refused = error
    assert end == (refused.offset if refused else len(text))
    assert refused is None or (end < len(text) and refused.found)


def test_the_server_counts_as_many_statements(connection):
    tried = 0

    @SETTINGS
    @given(scripts())
    def same(text: str) -> None:
        nonlocal tried
        tried += 1
        with connection.cursor() as cursor:
            cursor.execute(text.encode())
            results = 1
            while cursor.nextset():
                results += 1
        assert results == sum(bool(statement.tokens) for statement in split(text))

    same()
    assert tried >= SETTINGS.max_examples


def test_each_statement_is_one_to_the_server(connection):
    """Through the extended protocol, which refuses two."""

    @SETTINGS
    @given(scripts())
    def same(text: str) -> None:
        with connection.cursor() as cursor:
            for statement in split(text):
                if statement.tokens:
                    cursor.execute(statement.text.encode(), binary=True)

    same()


@pytest.mark.parametrize(
    "text", ["'", '"', "E'\\'", "$$", "$a$ $A$", "/* /* */", "a'", "e'", "B'", "'a''", "1 /*", "$é$"]
)
def test_what_the_server_finds_unterminated_is_unreadable(connection, text):
    with pytest.raises(Unreadable):
        list(tokens(text))
    with pytest.raises(psycopg.errors.SyntaxError, match="unterminated"):
        connection.execute(f"select {text}".encode())


def test_lines_count_from_the_first_word_of_a_statement():
    text = "-- a\n\nselect 1; /* b\n */ select\n 2;\n"
    assert [(each.line, each.words) for each in split(text) if each.tokens] == [
        (3, ("select",)),
        (4, ("select",)),
    ]
