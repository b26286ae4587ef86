"""An emulated logs endpoint: at most 24 hours and 1,000 rows a call, and it says nothing of more."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

MOST = 1000
Line = dict[str, Any]
Answer = tuple[int, Any]


@dataclass
class LogsApi:
    """What it holds, what it was asked, and how it misbehaves."""

    url: str = ""
    lines: list[Line] = field(default_factory=list)  # at, severity, message, statement, sqlstate
    asked: list[dict[str, str]] = field(default_factory=list)
    column: str = "source_name"
    keys: bool = True  # whether lines tell their severity
    token: str = "sbp_secret"
    misbehave: Callable[[int, dict[str, str]], Answer | None] = lambda number, asked: None

    def answer(self, path: str, query: dict[str, str], token: str) -> Answer:
        self.asked.append(query)
        if (odd := self.misbehave(len(self.asked), query)) is not None:
            return odd
        if token != f"Bearer {self.token}":
            return 401, {"message": "Unauthorized"}
        if not path.endswith("/v1/projects/abcdefghijklmnopqrst/analytics/endpoints/logs"):
            return 404, {"message": "Not found"}
        sql = query["sql"]
        if f"{self.column} =" not in sql:
            return 400, {
                "error": "Unknown identifier " + ("source" if self.column != "source" else "source_name")
            }
        since, until = (
            datetime.datetime.fromisoformat(each).replace(tzinfo=datetime.UTC)
            for each in re.findall(r"toDateTime64\('([^']+)'", sql)
        )
        begins, ends = (
            datetime.datetime.fromisoformat(query[f"iso_timestamp_{each}"]) for each in ("start", "end")
        )
        if ends - begins > datetime.timedelta(hours=24):
            return 400, {"error": "the range is more than 24 hours"}
        inside = [each for each in self.lines if max(since, begins) <= each["at"] < min(until, ends)]
        inside.sort(key=lambda each: each["at"])
        if "count()" in sql:
            return 200, {"result": self.bins(inside)[:MOST]}
        errors = [each for each in inside if each["severity"] in ("ERROR", "FATAL", "PANIC") and self.keys]
        return 200, {"result": [self.row(each) for each in errors][:MOST]}

    def bins(self, lines: list[Line]) -> list[Line]:
        found: dict[datetime.datetime, list[Line]] = {}
        for each in lines:
            at = each["at"]
            found.setdefault(at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0), []).append(each)
        return [
            {
                "bin": f"{at:%Y-%m-%d %H:%M:%S}",
                "lines": str(len(each)),
                "told": len(each) if self.keys else 0,
                "first": f"{each[0]['at']:%Y-%m-%dT%H:%M:%S}",
                "last": f"{each[-1]['at']:%Y-%m-%dT%H:%M:%S}",
            }
            for at, each in sorted(found.items())
        ]

    def row(self, line: Line) -> Line:
        return {
            "id": line["id"],
            "timestamp": int(line["at"].timestamp() * 1e6),
            "event_message": line["message"],
            "severity": line["severity"],
            "sqlstate": line.get("sqlstate", ""),
            "statement": line.get("statement", ""),
            "context": "",
            "pid": "4711",
        }


@contextmanager
def served(api: LogsApi) -> Iterator[LogsApi]:
    """Serve it on this machine while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            status, body = api.answer(parts.path, query, self.headers.get("Authorization", ""))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
