"""Asking a project's REST API: one bounded GET at a time, asked again while that can help."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Generic, TypeVar

import httpx2
import msgspec
import stamina
from stamina.instrumentation import RetryDetails, get_on_retry_hooks, set_on_retry_hooks
from stamina.typing import RetryHook

from rollgate import __version__
from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evals import headers as said_in
from rollgate.evals.refusals import by_status
from rollgate.evals.supabase import URL, Project

TIMEOUT_S = 30.0
RETRIES = 5
LONGEST_WAIT_S = 120.0  # that a server may ask for
_LARGEST_BODY = 64 * 2**20
_SAID = 300  # characters of a server's message that are repeated
#: 408, 425, 429 and what a gateway says of a server behind it; 540 is a paused project.
_PASSING = frozenset({408, 425, 429, *range(500, 540), *range(541, 600)})

T = TypeVar("T")
Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A decoded body, the count that Content-Range gives, and the server's clock."""

    rows: T
    total: int | None
    date: datetime | None


class Passing(Exception):
    """What may pass by itself; `wait` is how many seconds the server asks for."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(what)


class Unreachable(Passing):
    """No answer at all."""


class _Said(msgspec.Struct):
    """An error as PostgREST and the gateway word it."""

    message: str | None = None
    code: str | int | None = None


class Rest:
    """A client of one project; a context manager. `say` is told of every retry."""

    def __init__(
        self,
        project: Project,
        *,
        timeout: float = TIMEOUT_S,
        retries: int = RETRIES,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.host = project.host
        self._table = f"{project.rest}/ai_training_examples"
        self._timeout = timeout
        self._attempts = retries + 1
        self._say = say
        # The profile: the first schema that a project exposes need not be public.
        self._client = httpx2.Client(
            headers={
                **project.headers,
                "Accept": "application/json",
                "Accept-Profile": "public",
                "User-Agent": f"rollgate/{__version__}",
            },
            timeout=timeout,
            follow_redirects=False,
        )

    def __enter__(self) -> Rest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, parameters: Parameters, decode: Callable[[bytes], T], *, count: bool = False) -> Reply[T]:
        """Return the rows of the table that `parameters` choose; with `count`, how many there are in all.

        Raises:
            UsageError: the project refuses, for a reason that somebody can mend.
            Failure: it doesn't answer, however often it is asked, or answers something else.
        """
        try:
            with _told(self._tell):
                for attempt in stamina.retry_context(
                    _again, attempts=self._attempts, timeout=None, wait_initial=0.5, wait_max=20.0
                ):
                    with attempt:
                        return self._once(parameters, decode, count)
        except Passing as problem:
            raise Failure(self._gave_up(problem)) from None
        raise AssertionError("unreachable")

    def _once(self, parameters: Parameters, decode: Callable[[bytes], T], count: bool) -> Reply[T]:
        deadline = time.monotonic() + self._timeout
        headers = {"Prefer": "count=exact"} if count else {}
        try:
            with self._client.stream(
                "GET", self._table, params=list(parameters), headers=headers
            ) as response:
                body = _read(response, deadline)
        except httpx2.InvalidURL:
            raise UsageError(
                URL,
                found="a URL that no request can be made of",
                needed="https://<ref>.supabase.co",
                fix="correct it",
            ) from None
        except (httpx2.RequestError, OSError) as error:
            raise _unreachable(error, self.host) from None
        return self._judge(response, body, decode)

    def _judge(self, response: httpx2.Response, body: bytes, decode: Callable[[bytes], T]) -> Reply[T]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code not in (200, 206):
            said = _said(body) if kind.endswith("json") else _Said()
            message = " ".join((said.message or "").split())[:_SAID]
            code = str(said.code or "")
            if response.status_code in _PASSING and code != "57014":
                words = f"HTTP {response.status_code}" + (f" ({message})" if message else "")
                raise Passing(words, said_in.seconds_to_wait(response.headers))
            raise by_status(response.status_code, code, message, host=self.host)
        if not kind.endswith("json"):
            raise UsageError(
                URL,
                found=f"{kind or 'no content type'} from {self.host}, where JSON should come from",
                needed="the REST API of a Supabase project at this address",
                fix="correct the URL, or ask who answers in its place: a proxy, a sign-in page",
            )
        try:
            rows = decode(body)
        except msgspec.ValidationError as error:
            raise Failure(f"{self.host} answers with rows of another shape: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Passing("JSON that ends too early") from None
        return Reply(rows, said_in.total(response.headers), said_in.date(response.headers))

    def _gave_up(self, problem: Passing) -> str:
        if problem.wait is not None and problem.wait > LONGEST_WAIT_S:
            return (
                f"{self.host}: {problem}\n  it asks to wait {problem.wait:.0f} s: do so, then run this again"
            )
        where = f"; check {URL} and the network" if isinstance(problem, Unreachable) else ""
        times = "once" if self._attempts == 1 else f"{self._attempts} times"
        return f"{self.host}: {problem}\n  asked {times}; --retries and --timeout set for how long{where}"

    def _tell(self, details: RetryDetails) -> None:
        self._say(f"{self.host}: {details.caused_by}; asking again in {details.wait_for:.1f} s")


@contextmanager
def _told(tell: RetryHook) -> Iterator[None]:
    """Have retries told here, and not written to the log."""
    before = get_on_retry_hooks()
    set_on_retry_hooks([tell])
    try:
        yield
    finally:
        set_on_retry_hooks(before)


def _again(error: Exception) -> bool | float:
    """Say whether to ask again, and when."""
    if not isinstance(error, Passing) or (error.wait or 0) > LONGEST_WAIT_S:
        return False
    return True if error.wait is None else error.wait


def _read(response: httpx2.Response, deadline: float) -> bytes:
    """Read a body, no longer than it may take: a timeout of the socket begins anew with every byte."""
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > _LARGEST_BODY:
            raise Failure(f"an answer of more than {_LARGEST_BODY >> 20} MB: ask for less with --page-size")
        if time.monotonic() > deadline:
            raise Passing("an answer that does not come to an end")
    return b"".join(parts)


def _unreachable(error: Exception, host: str) -> Exception:
    """Return what a failed connection becomes. A wrong certificate doesn't mend itself."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return UsageError(
                URL,
                found=f"{host} shows a certificate that nobody here trusts",
                needed="TLS that proves who answers",
                fix="correct the URL; behind a proxy that opens TLS, name its certificate in SSL_CERT_FILE",
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.TimeoutException):
        return Unreachable("no answer in time")
    return Unreachable(str(error) or type(error).__name__)


def _said(body: bytes) -> _Said:
    try:
        return msgspec.json.decode(body, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Said()
