"""What the headers of a REST answer say: a count, a time, a wish to be left alone for a while."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def total(headers: Mapping[str, str]) -> int | None:
    """Return the total of `Content-Range: 0-24/3573458`; None where it is `*` or missing.

    Source: docs.postgrest.org, "Pagination and Count".
    """
    match = re.fullmatch(r"(?:\d+-\d+|\*)/(\d+)", headers.get("content-range", "").strip())
    return int(match[1]) if match else None


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After: a number, or a date by the server's own clock (RFC 9110, 10.2.3)."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    at = _time(text)
    if at is None:
        return None
    return max(0.0, (at - (date(headers) or datetime.now(UTC))).total_seconds())


def date(headers: Mapping[str, str]) -> datetime | None:
    """Return the server's time, to the second."""
    return _time(headers.get("date", ""))


def _time(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
