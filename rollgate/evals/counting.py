"""Counting records as they pass: all that the metrics need, in memory that doesn't grow with them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import compress
from operator import attrgetter
from typing import NamedTuple

from rollgate.evals.record import OUTCOMES, EvalRecord

_USUAL = 300_000  # ms: the contract's bound of a latency
_STEP = 8192


class Kind(NamedTuple):
    """All of a record but its ids and its latency: there are few of these, however many records."""

    requested_provider: str | None
    selected_provider: str | None
    route_strategy: str | None
    schema_valid: bool
    patch_apply_success: bool
    edited_after_generate: bool
    published_within_7d: bool
    safety_html_tailwind_compliant: bool
    fallback_used: bool
    defaulted: tuple[str, ...]


_KIND = attrgetter(*Kind._fields)


def kinds_of(
    records: Sequence[EvalRecord], numbers: dict[tuple[object, ...], int] | None = None
) -> tuple[list[Kind], list[int]]:
    """Return the kinds that occur, and of each record the place of its kind among them.

    `numbers` are places that kinds have already; it takes the new ones.
    """
    places: dict[tuple[object, ...], int] = {} if numbers is None else numbers
    numbered = [places.setdefault(kind, len(places)) for kind in map(_KIND, records)]
    return [Kind(*kind) for kind in places], numbered  # type: ignore[arg-type]


class Latencies:
    """How often each latency occurs, in milliseconds: exact, whatever percentile is asked for.

    2.4 MB at most for those up to 300,000, the contract's bound, and an entry for each that is above.
    """

    def __init__(self) -> None:
        self._usual = array("q")  # grows up to the longest that came
        self._beyond: Counter[int] = Counter()
        self._ranked: list[tuple[int, int]] | None = None
        self.missing = 0

    def add(self, latencies: Sequence[int | None]) -> None:
        """Count these; None is a record without one."""
        self._ranked = None
        usual = self._usual
        for latency in latencies:
            try:
                usual[latency] += 1  # type: ignore[index]
            except TypeError:
                self.missing += 1
            except IndexError:
                self._count(latency, 1)  # type: ignore[arg-type]

    def update(self, other: Latencies) -> None:
        """Count what another one has counted."""
        self._ranked = None
        for latency, count in other:
            self._count(latency, count)
        self.missing += other.missing

    def _count(self, latency: int, count: int) -> None:
        if latency > _USUAL:
            self._beyond[latency] += count
            return
        if latency >= len(self._usual):
            missing = min(latency + _STEP, _USUAL + 1) - len(self._usual)
            self._usual.frombytes(bytes(missing * self._usual.itemsize))
        self._usual[latency] += count

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield each latency that occurs, ascending, and how often."""
        if self._ranked is None:
            usual = [(latency, count) for latency, count in enumerate(self._usual) if count]
            self._ranked = usual + sorted(self._beyond.items())
        return iter(self._ranked)

    def __len__(self) -> int:
        return sum(count for _, count in self)

    def within(self, maximum: Fraction) -> int:
        """Return how many don't exceed `maximum`."""
        bound = maximum.numerator // maximum.denominator
        return sum(count for latency, count in self if latency <= bound)

    def percentile(self, share: Fraction) -> Fraction | None:
        """Return the continuous percentile, as PostgreSQL's percentile_cont; None without a latency.

        It lies at `share * (n - 1)`, counted from 0, and between two latencies on the line from one to
        the other (PostgreSQL documentation, 9.21, ordered-set aggregates). Exact, as a fraction.
        """
        n = len(self)
        if not n:
            return None
        place = share * (n - 1)
        below = place.numerator // place.denominator
        low, high = self._at(below), self._at(min(below + 1, n - 1))
        return low + (place - below) * (high - low)

    def _at(self, rank: int) -> int:
        passed = 0
        for latency, count in self:
            passed += count
            if passed > rank:
                return latency
        raise IndexError(rank)


class Counts:
    """What was counted of some records: how many of each kind, and the latencies by provider."""

    def __init__(self) -> None:
        self.kinds: Counter[Kind] = Counter()
        self.latencies: dict[str | None, Latencies] = {}

    def add(self, records: Sequence[EvalRecord], kinds: Sequence[Kind], numbered: Sequence[int]) -> None:
        """Count records; `kinds` and `numbered` are what `kinds_of` says of them."""
        for number, count in Counter(numbered).items():
            self.kinds[kinds[number]] += count
        latencies = [record.latency_ms for record in records]
        for provider in {kind.selected_provider for kind in kinds}:
            if provider not in self.latencies:
                self.latencies[provider] = Latencies()
            own = self.latencies[provider]
            theirs = [kind.selected_provider == provider for kind in kinds]
            own.add(latencies if all(theirs) else [*compress(latencies, map(theirs.__getitem__, numbered))])

    @property
    def records(self) -> int:
        """How many records were counted."""
        return self.kinds.total()

    def hits(self, outcome: str, *, measured: bool = False) -> tuple[int, int]:
        """Return how many records have this outcome, and of how many; `measured`: defaults left out."""
        hits = n = 0
        for kind, count in self.kinds.items():
            if not (measured and outcome in kind.defaulted):
                n += count
                hits += count * getattr(kind, outcome)
        return hits, n

    def all_latencies(self) -> Latencies:
        """Return the latencies of every provider together."""
        together = Latencies()
        for each in self.latencies.values():
            together.update(each)
        return together

    def of_provider(self, provider: str | None) -> Counts:
        """Return what was counted of the records that this provider answered."""
        part = Counts()
        part.kinds.update(
            {kind: count for kind, count in self.kinds.items() if kind.selected_provider == provider}
        )
        part.latencies = {provider: self.latencies.get(provider, Latencies())}
        return part


assert set(OUTCOMES) < set(Kind._fields)  # noqa: S101 - a kind has every outcome
