"""Make text from a database safe to look at: nothing invisible, nothing that moves a cursor."""

from __future__ import annotations

import unicodedata


def reveal(text: str) -> str:
    r"""Return `text` with every unprintable character spelled out, e.g. `⟨U+202E⟩`; `\n` and `\t` stay.

    That covers control characters, bidirectional overrides, zero-width and no-break spaces, and lone
    surrogates (which could not be written to a file).
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else f"⟨U+{ord(char):04X}⟩" for char in text)


def one_line(text: str) -> str:
    """Return `text` revealed, with each run of white space as one space."""
    return " ".join(reveal(text).split())


def clip(text: str, most: int) -> str:
    """Return at most `most` characters of `text`, and say how many were left out."""
    left_out = len(text) - most
    return text if left_out <= 0 else f"{text[:most]} … {left_out:,} more characters"


def char_width(char: str) -> int:
    """Return how many terminal columns `char` takes: 0, 1 or 2."""
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def text_width(text: str) -> int:
    """Return how many terminal columns `text` takes."""
    return len(text) if text.isascii() else sum(map(char_width, text))


def fit(text: str, width: int) -> str:
    """Return `text` in exactly `width` columns: padded, or cut with an ellipsis."""
    if text_width(text) > width:
        text = _pieces(text, width - 1)[0] + "…"
    return text + " " * (width - text_width(text))


def fold(text: str, width: int) -> list[str]:
    """Return the words of `text` in lines of at most `width` columns; a longer word is cut into pieces."""
    lines = [""]
    for word in one_line(text).split(" "):
        if lines[-1] and text_width(lines[-1]) + 1 + text_width(word) <= width:
            lines[-1] += f" {word}"
        elif text_width(word) <= width:
            lines.append(word)
        else:
            lines.extend(_pieces(word, width))
    return lines[1:] if not lines[0] and len(lines) > 1 else lines


def _pieces(word: str, width: int) -> list[str]:
    """Cut `word` into pieces of at most `width` columns."""
    pieces = [""]
    taken = 0
    for char in word:
        taken += char_width(char)
        if taken > width:
            pieces.append("")
            taken = char_width(char)
        pieces[-1] += char
    return pieces
