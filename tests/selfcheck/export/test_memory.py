"""Memory does not grow with the number of rows: a page is read, written and forgotten."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollgate.evals.export import Export, Wanted
from rollgate.evals.exported import Row
from rollgate.evals.paging import Key, Window
from rollgate.evals.partial import opened
from tests.selfcheck.export.test_records import row

pytestmark = pytest.mark.thorough

NOW = datetime(2026, 2, 16, tzinfo=UTC)


class Many:
    """As many rows as are asked for, made when they are."""

    place = "memory"

    def __init__(self, pages: int) -> None:
        self._pages = pages

    def now(self) -> datetime:
        return NOW

    def count(self, window: Window) -> int:
        return self._pages * 1000

    def pages(self, window: Window, *, below: Key | None, at_most: int | None) -> Iterator[list[Row]]:
        for page in range(self._pages):
            at = NOW - timedelta(seconds=page)
            yield [row(id=f"{page:06}-{n:04}" * 4, created_at=at, schema_valid=True) for n in range(1000)]


def peak(pages: int, folder: Path) -> int:
    """Return the largest number of bytes that an export holds at once."""
    with opened(folder / f"{pages}.jsonl") as partial:
        tracemalloc.start()
        result = Export(Many(pages), Wanted(("generation",)), partial).run()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert result.tally.records == pages * 1000
    return most


def test_ten_times_the_rows_take_no_more_memory(tmp_path):
    peak(1, tmp_path)  # what is made once
    few, many = peak(3, tmp_path), peak(30, tmp_path)
    assert many < few * 1.2
    assert (tmp_path / "30.jsonl").stat().st_size > 5 * many, "the file is larger than all that was held"
