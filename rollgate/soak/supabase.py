"""Supabase's logs endpoint: a project's PostgreSQL log, an hour at a time, as ClickHouse SQL.

Management API, `analytics/endpoints/logs`: at most 24 hours and 1,000 rows a call, whatever was asked, and
nothing says that there were more; `logs.all` is gone. A key that no line has reads as an empty text, so each
hour is also asked how many of its lines tell their severity.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import msgspec
import stamina

from rollgate.soak.coverage import Span
from rollgate.soak.entry import Entry
from rollgate.soak.log import Source
from rollgate.soak.project import Project
from rollgate.soak.query import text_of

MOST_ROWS = 1000
SLICE = datetime.timedelta(hours=1)
SHORTEST = datetime.timedelta(minutes=1)
TIMEOUT_S = 60.0
PATIENCE = 3  # slices in a row that fail: then nothing older is asked for
#: Both are told of in Supabase's documentation: the column was renamed.
COLUMNS = ("source_name", "source")


class Refused(Exception):
    """What the endpoint says instead of rows, without secrets; `final`: the next slice will hear the same."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class _Again(Exception):
    """An answer that may be another one in a moment."""


def read_project(project: Project, span: Span, source: Source, *, wait_s: float) -> list[str]:
    """Read a project's log over HTTP; see `Endpoint.read`."""
    with httpx2.Client() as client:
        return Endpoint(project, client, wait_s=wait_s).read(span, source)


@dataclass
class Endpoint:
    """A project's log, read through its API."""

    project: Project
    client: httpx2.Client
    attempts: int = 4
    wait_s: float = 0.5
    _column: str = COLUMNS[0]

    def read(self, span: Span, source: Source) -> list[str]:
        """Have `source` look at every error of `span`; return a sentence for each part that is missing."""
        problems: list[str] = []
        seen: set[str] = set()
        in_a_row = 0
        for begins, ends in _slices(span):
            try:
                told = self._lines(begins, ends, source)
                self._errors(begins, ends, source, seen, problems)
            except Refused as refused:
                problems.append(f"{begins:%Y-%m-%d %H:%M} to {ends:%H:%M} UTC: {refused}")
                in_a_row += 1
                if refused.final or in_a_row == PATIENCE:
                    break
                continue
            in_a_row = 0
            source.spans += told
        source.stretch.first = min((each.begins for each in source.spans), default=None)
        source.stretch.last = max((each.ends for each in source.spans), default=None)
        return problems

    def _lines(self, begins: datetime.datetime, ends: datetime.datetime, source: Source) -> list[Span]:
        """Return the spans that have lines which tell their severity."""
        spans = []
        for row in self._ask("endpoint_lines", begins, ends):
            if int(row.get("lines") or 0) and not int(row.get("told") or 0):
                raise Refused(
                    "its lines don't tell their severity: the names of its fields have changed", final=True
                )
            source.stretch.lines += int(row.get("lines") or 0)
            spans.append(Span(time_of(row["first"]), time_of(row["last"])))
        return spans

    def _errors(
        self,
        begins: datetime.datetime,
        ends: datetime.datetime,
        source: Source,
        seen: set[str],
        problems: list[str],
    ) -> None:
        """Pass on each error once; halve the span of an answer that came back full."""
        rows = self._ask("endpoint", begins, ends)
        if len(rows) >= MOST_ROWS and ends - begins > SHORTEST:
            middle = begins + max(SHORTEST, (ends - begins) / 2)
            middle = middle.replace(second=0, microsecond=0)
            self._errors(begins, middle, source, seen, problems)
            self._errors(middle, ends, source, seen, problems)
            return
        if len(rows) >= MOST_ROWS:
            problems.append(f"{begins:%Y-%m-%d %H:%M} UTC: more errors in a minute than an answer holds")
        for row in rows:
            if str(row["id"]) not in seen:
                seen.add(str(row["id"]))
                source.look(_entry(row))

    def _ask(self, query: str, begins: datetime.datetime, ends: datetime.datetime) -> list[Mapping[str, Any]]:
        """Ask one query; where the column is called otherwise, once more."""
        for column in dict.fromkeys((self._column, *COLUMNS)):
            text = text_of(query).format(source=column, since=_clickhouse(begins), until=_clickhouse(ends))
            try:
                rows = self._get(text, begins, ends)
            except Refused as refused:
                unknown = column in str(refused) and column != COLUMNS[-1]
                if not unknown:
                    raise
            else:
                self._column = column
                return rows
        raise Refused("it knows neither column that tells the source of a line", final=True)

    def _get(self, sql: str, begins: datetime.datetime, ends: datetime.datetime) -> list[Mapping[str, Any]]:
        url = f"{self.project.api}/v1/projects/{self.project.ref}/analytics/endpoints/logs"
        parameters = {
            "sql": sql,
            "iso_timestamp_start": f"{begins:%Y-%m-%dT%H:%M:%SZ}",
            "iso_timestamp_end": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
        }
        try:
            for attempt in stamina.retry_context(
                on=(_Again, httpx2.TransportError),
                attempts=self.attempts,
                wait_initial=self.wait_s,
                wait_max=20 * self.wait_s,
                wait_jitter=self.wait_s,
                timeout=None,
            ):
                with attempt:
                    answer = self.client.get(
                        url,
                        params=parameters,
                        headers={"Authorization": f"Bearer {self.project.token}"},
                        timeout=TIMEOUT_S,
                    )
                    if answer.status_code == 429 or answer.status_code >= 500:
                        raise _Again(f"it answered {answer.status_code}")
        except _Again as error:
            raise Refused(f"{error}, {self.attempts} times") from None
        except httpx2.TransportError as error:
            said = f"{str(error) or type(error).__name__}, {self.attempts} times"
            raise Refused(f"it can't be reached: {said}", final=True) from None
        return _rows(answer)


def _rows(answer: httpx2.Response) -> list[Mapping[str, Any]]:
    """Return the rows of an answer; one that holds an error is none, whatever its status."""
    if answer.status_code in (401, 403):
        raise Refused(
            f"it answered {answer.status_code}: the token may not read this project's logs", final=True
        )
    try:
        body = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        raise Refused(f"it answered {answer.status_code} with no JSON") from None
    if not isinstance(body, dict) or body.get("error") or answer.status_code != 200:
        error = body.get("error") or body.get("message") if isinstance(body, dict) else body
        message = error.get("message", error) if isinstance(error, dict) else error
        raise Refused(f"it answered {answer.status_code}: {str(message)[:200]}")
    rows = body.get("result")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused("its answer has no list of rows")
    return rows


def time_of(value: object) -> datetime.datetime:
    """Return the time of a line: microseconds since 1970, or text in UTC.

    Raises:
        Refused: it is neither.
    """
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
        return datetime.datetime.fromtimestamp(int(value) / 1e6, datetime.UTC)
    try:
        at = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        raise Refused("its times can't be read", final=True) from None
    return at.astimezone(datetime.UTC) if at.tzinfo else at.replace(tzinfo=datetime.UTC)


def _clickhouse(at: datetime.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _slices(span: Span) -> Iterator[tuple[datetime.datetime, datetime.datetime]]:
    """Yield the hours of a span, the newest first, on whole minutes: the endpoint rounds to them."""
    ends = span.ends.replace(second=0, microsecond=0) + SHORTEST
    first = span.begins.replace(second=0, microsecond=0)
    while ends > first:
        begins = max(first, ends - SLICE)
        yield begins, ends
        ends = begins


def _entry(row: Mapping[str, Any]) -> Entry:
    def text(name: str) -> str:
        return str(row.get(name) or "")

    return Entry(
        time_of(row["timestamp"]),
        text("severity"),
        text("sqlstate"),
        text("event_message"),
        text("statement"),
        "\n".join((text("context"), text("internal"))),
        text("detail"),
        text("database"),
        text("application"),
        int(text("pid")) if text("pid").isdigit() else 0,
    )
