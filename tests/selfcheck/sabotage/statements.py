"""The statements of a SQL file, those inside of its DO blocks too, each left out in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rollgate.rehearsal.lexer import Statement, split, tokens

#: What a simple statement of PL/pgSQL begins with here, beside an assignment.
_SIMPLE = {
    "alter", "comment", "continue", "create", "delete", "drop", "execute", "grant", "insert", "lock",
    "perform", "raise", "return", "revoke", "select", "update", "with",
}  # fmt: skip
_BEFORE = {"begin", "then", "else", "loop"}


@dataclass(frozen=True)
class Left:
    """A file without one statement; `name` tells it by its first words, and its number among those alike."""

    name: str
    text: str


def without_each(text: str) -> Iterator[Left]:
    """Yield the file without each of its statements; transactions and blocks stay whole."""
    statements = list(split(text))
    seen: Counter[str] = Counter()
    for number, statement in enumerate(statements):
        before = "".join(each.text for each in statements[:number])
        after = "".join(each.text for each in statements[number + 1 :])
        if statement.first in ("begin", "commit", ""):
            continue
        if statement.first == "do":
            for words, changed in _inside(statement):
                yield Left(_named(words, seen), before + changed + after)
        else:
            raw = statement.text[statement.text.index(statement.tokens[0].text) :]
            yield Left(_named(_words(raw), seen), before + after)


def _inside(statement: Statement) -> Iterator[tuple[str, str]]:
    (block,) = [token for token in statement.tokens if token.kind == "dollar"]
    start = statement.text.index(block.text)
    tag = block.text[: block.text.index("$", 1) + 1]
    body = block.text[len(tag) : -len(tag)]
    for first, last, words in _simple(body):
        changed = f"{body[:first]}null{body[last:]}"
        yield (
            words,
            f"{statement.text[:start]}{tag}{changed}{tag}{statement.text[start + len(block.text) :]}",
        )


def _simple(body: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each simple statement begins, where its semicolon is, and its first words."""
    told = [token for token in tokens(body) if token.counts]
    begun = False
    number = 0
    while number < len(told):
        word = told[number].word
        begun = begun or word == "begin"
        if begun and (word in _BEFORE or told[number].text == ";") and number + 1 < len(told):
            first = told[number + 1]
            assigned = [each.text for each in told[number + 2 : number + 4]] == [":", "="]
            if first.word in _SIMPLE or (first.kind == "word" and assigned):
                end = next(each for each in range(number + 1, len(told)) if told[each].text == ";")
                yield first.offset, told[end].offset, _words(body[first.offset : told[end].offset])
                number = end
                continue
        number += 1


def _words(text: str) -> str:
    return " ".join(text.split())[:64].rstrip(" ;")


def _named(words: str, seen: Counter[str]) -> str:
    seen[words] += 1
    return words if seen[words] == 1 else f"{words} ({seen[words]})"
