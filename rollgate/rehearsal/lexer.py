"""SQL text as tokens and statements, by PostgreSQL's lexical rules (documentation, section 4.1).

Own, because the splitters with a permissive licence read it otherwise. sqlparse ends a nested comment at
the first `*/`, and takes a backslash in a plain string for an escape: a `commit` hides behind it. sqlglot
takes `{# ... #}` for a comment and loses places after `do` and `call`. What decides whether a `commit` is
found must read as the server reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Anything beyond ASCII is a letter to PostgreSQL, and only these six are white space.
_LETTER = r"A-Za-z_\x80-\U0010ffff"
# A string goes on in the next line that begins with a quote, and an escape string goes on as one.
_NEXT_LINE = r"(?:[\ \t\f\v]|--[^\n\r]*+)*+[\n\r](?:[\ \t\n\r\f\v]|--[^\n\r]*+[\n\r])*+"
_ESCAPED = r"'(?:[^'\\]|''|\\.)*+'"
_TOKEN = re.compile(
    rf"""
      (?P<space>   [\ \t\n\r\f\v]+ )
    | (?P<comment> --[^\n\r]* | /\* )
    | (?P<escape>  [eE]{_ESCAPED}(?:{_NEXT_LINE}{_ESCAPED})* )
    | (?P<string>  (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*+' )
    | (?P<name>    (?:[uU]&)?"(?:[^"]|"")*+" )
    | (?P<dollar>  \$(?:[{_LETTER}][{_LETTER}0-9]*)?\$ )
    | (?P<word>    [{_LETTER}][{_LETTER}0-9$]* )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


class Unreadable(Exception):
    """Text that no SQL statement can contain; `offset` says where it begins."""

    def __init__(self, offset: int, found: str) -> None:
        self.offset = offset
        self.found = found
        super().__init__(found)


@dataclass(frozen=True)
class Token:
    """A piece of the text: its kind is the group of the pattern that found it."""

    kind: str
    text: str
    offset: int

    @property
    def word(self) -> str:
        """A key word or a plain name, in lower case; empty for anything else."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def counts(self) -> bool:
        """Tell whether it is neither white space nor a comment."""
        return self.kind not in ("space", "comment")


@dataclass(frozen=True)
class Statement:
    """A statement as it is written: the comments before it and the semicolon after it are in its text.

    `tokens` are those that count, without the semicolon; none where nothing but comments is left.
    `line` is where the first of them stands, from 1.
    """

    text: str
    tokens: tuple[Token, ...]
    line: int

    @property
    def first(self) -> str:
        """The key word that it begins with, in lower case; empty where it begins with something else."""
        return self.tokens[0].word if self.tokens else ""

    @property
    def words(self) -> tuple[str, ...]:
        """Its key words and plain names, in lower case."""
        return tuple(token.word for token in self.tokens if token.kind == "word")


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text`; put together they are the text.

    Raises:
        Unreadable: something is opened and never closed, or a backslash stands outside quotes.
    """
    offset = 0
    while match := _TOKEN.match(text, offset):
        kind, end = str(match.lastgroup), match.end()
        if match[0] == "/*":
            end = _end_of_comment(text, offset)
        elif kind == "dollar":
            end = text.find(match[0], end) + len(match[0])
            if end < match.end() + len(match[0]):
                raise Unreadable(offset, f"{match[0]} without the {match[0]} that ends it")
        elif match[0] in ("'", '"') or (match[0] in ("e", "E") and text.startswith("'", end)):
            raise Unreadable(offset, f"a quote that is never closed: {text[offset : offset + 20]!r}")
        elif match[0] == "\\":
            line = text[offset:].splitlines()[0]
            raise Unreadable(offset, f"a command of psql: {line[:40]}")
        yield Token(kind, text[offset:end], offset)
        offset = end


def split(text: str) -> Iterator[Statement]:
    """Yield the statements of `text`, as far as it can be read; their texts put together are the text."""
    start = 0
    held: list[Token] = []

    def statement(end: int) -> Statement:
        first = held[0].offset if held else start
        return Statement(text[start:end], tuple(held), text.count("\n", 0, first) + 1)

    for token in tokens(text):
        if token.text == ";":
            end = token.offset + 1
            yield statement(end)
            start, held = end, []
        elif token.counts:
            held.append(token)
    if start < len(text):
        yield statement(len(text))


def _end_of_comment(text: str, offset: int) -> int:
    """Return where the comment that begins at `offset` ends; comments nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, offset):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise Unreadable(offset, "a comment that is never closed")
