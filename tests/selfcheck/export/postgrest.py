"""A project's REST API over the ephemeral database: PostgREST's grammar as SQL, and faults on demand.

No PostgREST is installed here, so this one is held to its documentation (docs.postgrest.org: "Tables and
Views", "Pagination and Count", "URL Grammar", "Errors"; supabase.com/docs/guides/api/api-keys). What a
filter, an order, a type or a missing right means is PostgreSQL's own answer, asked as service_role. It knows
what the export needs: GET, select with aliases and `column->key`, eq gt gte lt lte in, and/or, order, limit,
max-rows.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg import sql

PATH = "/rest/v1/"
OPERATORS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
#: "Errors", HTTP Status Codes; the others are 400.
STATUS = {"42501": 403, "42P01": 404, "57014": 500, "53300": 503}


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    parameters: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return dict(self.parameters)[name]

    @property
    def counts(self) -> bool:
        return "count=exact" in self.headers.get("prefer", "")

    @property
    def pages(self) -> bool:
        """Whether it asks for a page of source generation."""
        asked = dict(self.parameters)
        return "order" in asked and asked["source"] == "eq.generation"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json; charset=utf-8"


Fault = Callable[["Handler", Answer], "Answer | None"]  # None: it has answered, in its way


@dataclass
class PostgREST:
    """A project. `faults` are used up, one a request that `when` takes; `before` hears of each request."""

    connection: psycopg.Connection[Any]
    key: str
    max_rows: int = 1000
    faults: deque[Fault] = field(default_factory=deque)
    when: Callable[[Asked], bool] = lambda _: True
    before: Callable[[Asked], None] = lambda _: None
    alter: Callable[[Asked, Answer], Answer] = lambda _, answer: answer
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pages(self) -> list[Asked]:
        return [each for each in self.asked if each.pages]

    def fail(self, *faults: Fault, when: Callable[[Asked], bool] = lambda _: True) -> None:
        self.faults.extend(faults)
        self.when = when

    def answer(self, path: str, asked: Asked) -> Answer:
        """Return what PostgREST behind Supabase's gateway would."""
        if asked.headers.get("apikey") != self.key:
            return error(401, None, "Invalid API key")
        token = asked.headers.get("authorization")
        if self.key.startswith("sb_") == (token is not None) or token not in (None, f"Bearer {self.key}"):
            return error(401, "PGRST301", "JWSError (CompactDecodeError Invalid number of parts)")
        table = path.removeprefix(PATH)
        with self.lock:
            try:
                return self._select(table, asked)
            except psycopg.Error as problem:
                code = problem.sqlstate or "XX000"
                return error(STATUS.get(code, 400), code, problem.diag.message_primary or "")

    def _select(self, table: str, asked: Asked) -> Answer:
        schema = asked.headers.get("accept-profile", "api")  # the first schema that this project exposes
        known = self.connection.execute("select to_regclass(%s)", [f"{schema}.{table}"]).fetchone()
        if known is None or known[0] is None:
            return error(404, "PGRST205", f"Could not find the table '{schema}.{table}' in the schema cache")
        parameters = dict(asked.parameters)
        limit = min(int(parameters.get("limit", self.max_rows)), self.max_rows)
        where = [condition(*each) for each in asked.parameters if each[0] not in ("select", "order", "limit")]
        query = sql.SQL("select {} from public.{} where {} {} limit {}").format(
            sql.SQL(", ").join(column(each) for each in split(parameters["select"])),
            sql.Identifier(table),
            sql.SQL(" and ").join(where or [sql.SQL("true")]),
            ordering(parameters.get("order", "")),
            sql.Literal(limit),
        )
        said = self.connection.execute(
            sql.SQL("select coalesce(json_agg(_row), '[]')::text, count(*) from ({}) _row").format(query)
        ).fetchone()
        assert said is not None
        body, came = said
        total: int | None = None
        if asked.counts:
            counted = sql.SQL("select count(*) from public.{} where {}").format(
                sql.Identifier(table), sql.SQL(" and ").join(where or [sql.SQL("true")])
            )
            (total,) = self.connection.execute(counted).fetchone() or (0,)
        span = f"0-{came - 1}" if came else "*"
        return Answer(
            206 if total is not None and came < total else 200,
            body.encode(),
            {"Content-Range": f"{span}/{'*' if total is None else total}"},
        )


def error(status: int, code: str | None, message: str, **headers: str) -> Answer:
    said = {"code": code, "details": None, "hint": None, "message": message}
    return Answer(
        status, json.dumps(said).encode(), {name.replace("_", "-"): at for name, at in headers.items()}
    )


# --- the grammar ---------------------------------------------------------------------------------------


def split(text: str) -> list[str]:
    """Split at the commas that are in no parentheses and no quotes."""
    parts, depth, quoted = [""], 0, False
    for char in text:
        quoted ^= char == '"'
        depth += 0 if quoted else (char == "(") - (char == ")")
        if char == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def column(text: str) -> sql.Composable:
    alias, _, path = text.rpartition(":")
    name, *keys = path.split("->")
    value: sql.Composable = sql.Identifier(name)
    for key in keys:
        value = sql.SQL("to_jsonb({})->{}").format(value, sql.Literal(key))
    return sql.SQL("{} as {}").format(value, sql.Identifier(alias or path.split("->")[-1]))


def condition(name: str, text: str) -> sql.Composable:
    if name in ("or", "and"):
        within = [tree(each) for each in split(text.removeprefix("(").removesuffix(")"))]
        return sql.SQL("({})").format(sql.SQL(f" {name} ").join(within))
    operator, _, value = text.partition(".")
    if operator == "in":
        values = [unquoted(each) for each in split(value.removeprefix("(").removesuffix(")"))]
        return sql.SQL("{} = any ({})").format(sql.Identifier(name), sql.Literal(values))
    return compare(name, operator, value)


def tree(text: str) -> sql.Composable:
    for name in ("or", "and"):
        if text.startswith(f"{name}("):
            return condition(name, text.removeprefix(name))
    name, operator, value = text.split(".", 2)
    return compare(name, operator, unquoted(value))


def compare(name: str, operator: str, value: str) -> sql.Composable:
    # A literal of unknown type, as PostgREST has it: the column decides what it means.
    literal = sql.SQL("'{}'").format(sql.SQL(value.replace("'", "''")))
    return sql.SQL("{} {} {}").format(sql.Identifier(name), sql.SQL(OPERATORS[operator]), literal)


def unquoted(text: str) -> str:
    return text[1:-1] if text.startswith('"') else text


def ordering(text: str) -> sql.Composable:
    if not text:
        return sql.SQL("")
    keys = []
    for each in split(text):
        name, _, direction = each.partition(".")
        assert direction in ("asc", "desc")
        keys.append(sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(direction)))
    return sql.SQL("order by {}").format(sql.SQL(", ").join(keys))


# --- the wire ------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    daemon_threads = True
    project: PostgREST

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that leaves is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        project = self.server.project
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(tuple(parse_qsl(parts.query, keep_blank_values=True)), headers)
        project.asked.append(asked)
        project.before(asked)
        answer: Answer | None = project.alter(asked, project.answer(parts.path, asked))
        assert answer is not None
        if project.faults and project.when(asked):
            answer = project.faults.popleft()(self, answer)
        if answer is not None:
            self.head(answer, len(answer.body))
            self.wfile.write(answer.body)

    def head(self, answer: Answer, length: int) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(length))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving(connection: psycopg.Connection[Any], key: str) -> Iterator[PostgREST]:
    """Serve a database's schema public; the connection must be in autocommit."""
    connection.execute("set role service_role")
    project = PostgREST(connection, key)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.project = project
        project.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield project
        finally:
            server.shutdown()
            thread.join()


# --- faults --------------------------------------------------------------------------------------------


def fine(_: Handler, answer: Answer) -> Answer:
    return answer


def instead(answer: Answer) -> Fault:
    return lambda _, __: answer


def failing(status: int, code: str | None = None, message: str = "", **headers: str) -> Fault:
    return instead(error(status, code, message, **headers))


def cut(handler: Handler, answer: Answer) -> None:
    """Close the connection in the middle of the body."""
    handler.head(answer, len(answer.body))
    handler.wfile.write(answer.body[: len(answer.body) // 2])
    handler.wfile.flush()
    handler.close_connection = True


def reset(handler: Handler, answer: Answer) -> None:
    """Reset it."""
    handler.head(answer, len(answer.body))
    handler.wfile.write(answer.body[: len(answer.body) // 2])
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True


def truncated(_: Handler, answer: Answer) -> Answer:
    """Send half of the JSON as if it were all."""
    return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)


def dripping(handler: Handler, answer: Answer) -> None:
    """Send a byte now and then: each is in time for a socket's timeout, and all of them never are."""
    handler.head(answer, 10_000)
    for _ in range(10_000):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def silent(handler: Handler, _: Answer) -> None:
    """Send nothing until the client is gone."""
    handler.rfile.read(1)
    handler.close_connection = True
