"""What an answer's headers say: a total, and how long to wait."""

from __future__ import annotations

import pytest

from rollgate.evals.headers import seconds_to_wait, total

DATE = "Mon, 16 Feb 2026 09:15:00 GMT"


@pytest.mark.parametrize(
    ("text", "found"),
    [("0-24/3573458", 3573458), ("*/0", 0), ("0-24/*", None), ("", None), ("items 0-1/x", None)],
)
def test_the_total_of_content_range(text, found):
    assert total({"content-range": text}) == found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Mon, 16 Feb 2026 09:15:30 GMT", 30.0),
        ("Mon, 16 Feb 2026 09:14:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
    ],
)
def test_the_time_to_wait_is_a_number_or_a_date_by_the_servers_clock(text, seconds):
    assert seconds_to_wait({"retry-after": text, "date": DATE}) == seconds
