"""The last line of defence: no text that is shown or kept holds a secret, whoever made it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar, cast
from urllib.parse import quote, quote_plus

MARK = "[secret]"
_SHORTEST = 4  # a shorter password is part of too many words

T = TypeVar("T")


class Redaction:
    """Knows secrets, each in the ways in which a message may spell it, and takes them out of texts."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, secrets: Iterable[str], *, public: Iterable[str] = ()) -> None:
        """Take out these from now on, except what is as short as a syllable or is `public` anyway."""
        before = len(self._spellings)
        for secret in set(secrets) - set(public):
            if len(secret) >= _SHORTEST:
                self._spellings |= {
                    secret,
                    ascii(secret)[1:-1],
                    quote(secret),
                    quote(secret, safe=""),
                    quote_plus(secret),
                }
        if len(self._spellings) > before:
            longest_first = sorted(self._spellings, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_loosely, longest_first)))

    def text(self, text: str) -> str:
        """Return `text` without secrets."""
        return text if self._pattern is None else self._pattern.sub(MARK, text)

    def values(self, value: T) -> T:
        """Return plain values (dicts, lists, strings) with every string in them, keys apart, cleaned."""
        cleaned: object = value
        if isinstance(value, str):
            cleaned = self.text(value)
        elif isinstance(value, dict):
            cleaned = {key: self.values(each) for key, each in value.items()}
        elif isinstance(value, list | tuple):
            cleaned = [self.values(each) for each in value]
        return cast(T, cleaned)


def _loosely(text: str) -> str:
    """Return a pattern for `text` inside of quotes, and of quotes inside of quotes, however deep."""
    return "".join(
        r"\\+" if char == "\\" else rf"\\*{char}+" if char in "'\"" else re.escape(char) for char in text
    )
