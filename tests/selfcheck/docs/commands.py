"""The commands of the documentation, as a reader finds them: where they stand and what they say.

A block that is indented by four spaces is for a shell, one command a line; so is one fenced as `sh`. What a
shell doesn't take is fenced: output without a language, anything else with its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
#: Languages of fences that hold no command; of a workflow, its `run:` lines are.
LANGUAGES = {"", "sql", "toml", "yaml", "python"}
PROGRAMS = ("pytest", "make", "python", "rollgate", "./.venv/bin/python", "pip", "psql", "openssl")

_COMMENT = re.compile(r"\s{2,}#.*$")


@dataclass(frozen=True)
class Command:
    """One command of a page; `words` has no comment, and is one line."""

    page: str
    line: int
    words: str


@dataclass(frozen=True)
class Fence:
    """A fenced block: its language, and its lines."""

    line: int
    language: str
    lines: tuple[str, ...]


def commands(page: Path) -> list[Command]:
    """Return the commands of a page, in its order."""
    text = page.read_text(encoding="utf-8").splitlines()
    found = [
        Command(page.name, fence.line + number + 1, run[1].strip())
        for fence in fences(page)
        for number, line in enumerate(fence.lines)
        if fence.language == "yaml" and (run := re.match(r"\s*- run: (.+)", line))
    ]
    for line, block in _indented(text):
        found += (Command(page.name, line + number, words) for number, words in _split(block))
    for fence in fences(page):
        if fence.language == "sh":
            found += (
                Command(page.name, fence.line + 1 + number, words) for number, words in _split(fence.lines)
            )
    return sorted(found, key=lambda each: each.line)


def fences(page: Path) -> Iterator[Fence]:
    """Yield the fenced blocks of a page."""
    opened: tuple[int, str] | None = None
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("```"):
            lines.append(line)
        elif opened is None:
            opened, lines = (number, line[3:].strip()), []
        else:
            yield Fence(*opened, tuple(lines))
            opened = None
    assert opened is None, f"{page.name}: a fence that is not closed"


def spans(page: Path) -> list[Command]:
    """Return the commands that stand inside of a sentence or a cell."""
    found = []
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.startswith("```")
        if fenced or line.startswith("    "):
            continue
        for words in re.findall(r"`([^`]+)`", line):
            if words.split()[0] in PROGRAMS and len(words.split()) > 1:
                found.append(Command(page.name, number, words))
    return found


def _indented(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line's number and the lines of each indented block outside of fences."""
    fenced, began = False, 0
    block: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        fenced ^= line.startswith("```")
        if line.startswith("    ") and not fenced:
            began = began if block else number
            block.append(line[4:])
        elif block:
            yield began, block
            block = []


def _split(block: list[str] | tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield each command of a block with its line; one may go on behind a backslash."""
    words, began = "", 0
    for number, line in enumerate(block):
        began = began if words else number
        stripped = _COMMENT.sub("", line).strip()
        words += stripped.removesuffix("\\").strip() + " "
        if not stripped.endswith("\\"):
            if words.strip():
                yield began, words.strip()
            words = ""
    assert not words, "a command that goes on behind the end of its block"
