"""Ids that occur twice are found among any number, and no other is suspected for long."""

from __future__ import annotations

import tracemalloc
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from rollgate.evals import twins
from rollgate.evals.twins import Twins


@settings(deadline=None)
@given(st.lists(st.lists(st.text(max_size=2), max_size=20), max_size=20))
def test_what_occurs_twice_is_suspected_and_nothing_else(batches):
    with Twins() as found:
        for batch in batches:
            found.add(batch)
        suspects = found.suspects()
    counted = Counter(hash(each) for batch in batches for each in batch)
    assert suspects == {hashed for hashed, count in counted.items() if count > 1}


def test_twins_are_found_across_what_went_to_the_disk(monkeypatch):
    monkeypatch.setattr(twins, "_BUFFERED", 4)
    with Twins() as found:
        for start in range(0, 10_000, 100):
            found.add([str(number) for number in range(start, start + 100)])
        found.add(["0", "9999", "new"])
        assert found.suspects() == {hash("0"), hash("9999")}


def test_memory_does_not_grow_with_the_ids(monkeypatch):
    monkeypatch.setattr(twins, "_BUFFERED", 64)
    peaks = []
    for count in (50_000, 200_000):
        tracemalloc.start()
        with Twins() as found:
            for start in range(0, count, 5_000):
                found.add(map(str, range(start, start + 5_000)))
            assert not found.suspects()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (1 << 20)
