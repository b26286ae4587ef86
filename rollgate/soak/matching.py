"""Which events of a log touch the table, and what may be kept of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rollgate.rehearsal.lexer import Token, Unreadable, tokens
from rollgate.soak.entry import Entry
from rollgate.soak.facts import MARK, Facts

#: What writes, wherever in a statement it stands.
_WRITES = {"insert", "update", "delete", "merge", "copy", "truncate"}
_READS = {"select", "table", "with", "explain", "show", "declare", "fetch"}
#: What does not say which table it writes.
_SILENT = {"execute", "commit", "end"}
#: Messages that do say it, or that nothing was written for; those of the table itself were looked for before.
_ELSEWHERE = re.compile(
    r"violates|(?:relation|table|column|prepared statement) \"|current transaction is aborted"
)
_WORDS = re.compile(r'"[^"\n]*"|[A-Za-z_][\w$]*|\.|\S')
#: As each language quotes; some put a space within.
_QUOTED = re.compile(
    r"\"([^\"\n]*)\"|«\s*([^«»\n]*?)\s*»|»([^«»\n]*)«|„([^“\n]*)“|「([^」\n]*)」"
    r"|'([^'\n]*)'|\u2018([^\u2019\n]*)\u2019|\u201c([^\u201d\n]*)\u201d"
)
_CONSTRAINT = re.compile(r"violates .*?constraint \"([^\"]+)\"")
_NOT_NULL = re.compile(r"null value in column \"([^\"]+)\"")
_RELATION = re.compile(r"(?:relation|table) \"([^\"]+)\"")
#: What the server's own messages hold; others may be an application's, with a user's words.
_OWN = re.compile(
    r"violates|null value in column|duplicate key|invalid input|syntax error|permission denied"
    r"|deadlock detected|canceling (statement|autovacuum)|could not|does not exist|already exists"
    r"|value too long|out of range"
    r"|division by zero|cannot |terminating connection|current transaction is aborted|row-level security"
    r"|is of type|invalid byte sequence|out of memory|connection to client lost|was terminated by|must be"
    r"|numeric field overflow|no partition of relation|malformed|exceeds|is ambiguous|not allowed|too many"
)
_STANDARD = re.compile(r"[0-57].|F0|HV|XX")  # classes of SQLSTATE that are PostgreSQL's
_CLIPPED = 160
_NUMBER = re.compile(r"\d{4,}|[\w.+-]+@[\w-]+\.\w+|[0-9a-f]{8}-[0-9a-f-]{27,}")

#: What an error of class 23 is called where the log doesn't tell its SQLSTATE.
_CLASS_23 = {
    "check constraint": "23514",
    "unique constraint": "23505",
    "foreign key constraint": "23503",
    "exclusion constraint": "23P01",
    "not-null constraint": "23502",
}


class Touch(StrEnum):
    """How an event touches the table."""

    WRITE = "write"
    READ = "read"
    CRASH = "crash"
    UNKNOWN = "unknown"  # it may be a write of the table: the statement does not say


@dataclass(frozen=True)
class Names:
    """What belongs to the table: schema and name, columns, constraints and indexes by name."""

    schema: str
    table: str
    columns: frozenset[str]
    objects: Mapping[str, tuple[str, ...]]  # constraint or index: the columns that it is about
    functions: frozenset[str] = frozenset()  # whose text names the table
    views: frozenset[str] = frozenset()
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Gather the names that a message may keep."""
        mine = {self.table, f"{self.schema}.{self.table}"}
        object.__setattr__(self, "known", frozenset(mine | self.columns | set(self.objects)))

    @classmethod
    def of(cls, table: str, facts: Facts) -> Names:
        """Return the names of `schema.table` as the catalog has them."""
        schema, _, name = table.partition(".")
        objects = dict.fromkeys(facts.indexes, ()) | {each.name: each.columns for each in facts.constraints}
        return cls(schema, name, facts.columns, objects, facts.functions, facts.views)


@dataclass(frozen=True)
class Kept:
    """What is kept of an event: nothing that a user wrote."""

    touch: Touch
    severity: str
    sqlstate: str
    constraint: str  # empty unless one of the table's was violated
    message: str  # clipped, without what was quoted in it


def match(entry: Entry, names: Names) -> Kept | None:
    """Return what to keep of an event that touches the table; None for any other, and for our own probe."""
    crash = entry.is_crash
    if MARK in entry.message or not (entry.is_error or crash):
        return None
    text = entry.detail if crash else entry.statement
    in_statement, elsewhere = _in_statement(text, names)
    in_context = any(_in_statement(each, names)[0] for each in _context(entry.context))
    named = names.known & set(_quoted(entry.message))
    objects = {name for name in named if name in names.objects}
    if not crash:
        # A constraint's name can be another table's, too: the message or the statement may say whose it is.
        other = _RELATION.search(entry.message)
        theirs = other is not None and other[1] not in (names.table, f"{names.schema}.{names.table}")
        in_message = names.table in named or f"{names.schema}.{names.table}" in named
        in_message = in_message or (bool(objects) and not theirs and not (elsewhere and not in_statement))
    else:
        in_message = False
    if not (in_statement or in_context or in_message):
        if crash or not _tells_nothing(entry):
            return None
        sqlstate = entry.sqlstate
        return Kept(Touch.UNKNOWN, entry.severity, sqlstate, "", tell(entry, sqlstate, names))
    sqlstate = entry.sqlstate or _state_of(entry.message)
    constraint = _CONSTRAINT.search(entry.message)
    missing = _NOT_NULL.search(entry.message)
    name = constraint[1] if constraint and constraint[1] in names.objects else ""
    if not name and missing and missing[1] in names.columns:
        name = f"{missing[1]} not null"
    if not name and sqlstate.startswith("23"):  # in another language
        columns = named & names.columns if sqlstate == "23502" else frozenset()
        told = [*objects, *(f"{column} not null" for column in columns)]
        name = told[0] if len(told) == 1 and in_message else ""
    reads = not name and _only_reads((entry.statement, *_context(entry.context)), names)
    touch = Touch.CRASH if crash else Touch.READ if reads else Touch.WRITE
    return Kept(touch, "CRASH" if crash else entry.severity, sqlstate, name, tell(entry, sqlstate, names))


def tell(entry: Entry, sqlstate: str, names: Names) -> str:
    """Return a message that holds nothing but the server's own words and the names of the catalog."""
    first = entry.message.split("\n")[0]
    if not _OWN.search(first) or (sqlstate and not _STANDARD.match(sqlstate)):
        return "(a message that may be the application's own: not kept)"

    def keep(found: re.Match[str]) -> str:
        text = next(part for part in found.groups() if part is not None)
        return found[0] if text in names.known else '"..."'

    return _NUMBER.sub("#", _QUOTED.sub(keep, first))[:_CLIPPED]


def _quoted(message: str) -> Iterator[str]:
    for found in _QUOTED.finditer(message):
        yield next(part for part in found.groups() if part is not None)


def _context(context: str) -> Iterator[str]:
    """Yield the SQL of a context: after `SQL statement`, the names of functions, and COPY's own line."""
    for found in re.finditer(r'SQL statement "(.*?)"(?=\n|$)|SQL function "(.*?)"', context, re.DOTALL):
        yield found[1] or found[2]
    for line in context.split("\n"):
        if line.startswith("COPY "):
            yield line.partition(",")[0]
        # One that an expression calls is told by nothing else.
        elif function := re.match(r"PL/pgSQL function ([^(]+)\(", line):
            yield f"select {function[1]}"


def _in_statement(text: str, names: Names) -> tuple[bool, bool]:
    """Tell whether SQL names the table, and whether it names another of this name, in another schema.

    Strings and comments name nothing. A name is the table's where nothing but its schema stands before it.
    """
    lower = text.lower()
    others = names.functions | names.views
    if names.table not in lower and not any(each.lower() in lower for each in others):
        return False, False
    ours = theirs = False
    for chain in _chains(_read(text)):
        ours = ours or chain[-1] in others
        for place, part in enumerate(chain):
            if part == names.table and place == len(chain) - 1:
                mine = place == 0 or chain[place - 1] == names.schema
                ours, theirs = ours or mine, theirs or not mine
            elif part == names.table and (place == 0 or chain[place - 1] == names.schema):
                ours = True  # table.column
    return ours, theirs


def _chains(pieces: Iterable[Token]) -> Iterator[list[str]]:
    """Yield the names of a statement, each with what stands before its dots."""
    chain: list[str] = []
    dotted = False
    for token in pieces:
        if not token.counts:
            continue
        if token.kind in ("word", "name"):
            name = token.word or token.text.strip('"').replace('""', '"')
            if chain and dotted:
                chain.append(name)
            else:
                if chain:
                    yield chain
                chain = [name]
            dotted = False
        elif token.text == "." and chain:
            dotted = True
        else:
            if chain:
                yield chain
            chain, dotted = [], False
    if chain:
        yield chain


def _read(text: str) -> Iterator[Token]:
    """Yield the tokens of a statement that failed; it may be cut or no SQL: then the rest are its words."""
    try:
        yield from tokens(text)
    except Unreadable as problem:
        for found in _WORDS.finditer(text, problem.offset):
            kind = "name" if found[0].startswith('"') else "word" if found[0] != "." else "other"
            yield Token(kind, found[0], found.start())


def _only_reads(texts: Iterable[str], names: Names) -> bool:
    """Tell whether the statements that failed are known to write nothing."""
    known = False
    for text in texts:
        pieces = [token for token in _read(text) if token.counts]
        words = [token.word for token in pieces]
        if words and (words[0] not in _READS or not _WRITES.isdisjoint(words)):
            return False
        if any(chain[-1] in names.functions for chain in _chains(pieces)):
            return False
        known = known or bool(words)
    return known


def _tells_nothing(entry: Entry) -> bool:
    """Tell whether nothing says what failed: it was prepared by SQL, or is what a transaction put off."""
    if _ELSEWHERE.search(entry.message) or any(_context(entry.context)):
        return False
    first = next((token.word for token in _read(entry.statement) if token.counts), "")
    return first in _SILENT


def _state_of(message: str) -> str:
    return next((state for words, state in _CLASS_23.items() if words in message), "")
