"""Any text as PostgreSQL can keep it, and as JSON that survives every client and setting."""

from __future__ import annotations

import json
import re

import msgspec

PREFIX = "json:"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Return a text that PostgreSQL can hold and `restored` turns back.

    A text with a NUL or with half of a surrogate pair becomes `json:` and its JSON string, and so does
    one that begins with `json:`. Every other text is itself.
    """
    if text.startswith(PREFIX) or _UNSTORABLE.search(text):
        return PREFIX + json.dumps(text)
    return text


def restored(stored: str) -> str:
    """Return the text that `storable` was given."""
    return str(json.loads(stored.removeprefix(PREFIX))) if stored.startswith(PREFIX) else stored


def pasteable(value: object) -> bytes:
    """Return JSON in plain ASCII without a dollar sign, for dollar quotes in a file that is pasted.

    No editor, client or setting reads it otherwise: a backslash in dollar quotes is one, whatever
    standard_conforming_strings is.
    """
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        encoded = b"\xff"  # half of a surrogate pair
    if encoded.isascii() and b"$" not in encoded and b"\\u0000" not in encoded and b'"json:' not in encoded:
        return encoded
    plain = _each_text(msgspec.to_builtins(value))
    return json.dumps(plain, separators=(",", ":")).replace("$", "\\u0024").encode("ascii")


def _each_text(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | tuple):
        return [_each_text(each) for each in value]
    if isinstance(value, dict):
        return {_each_text(key): _each_text(each) for key, each in value.items()}
    return value
