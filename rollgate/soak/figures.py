"""The figures that guardrails watch: the SQL that gathers them, and how a window's numbers are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from rollgate.intervals import wilson
from rollgate.soak.query import fill
from rollgate.soak.section import Action, SoakSection

STEPS = 6  # windows begin this many times as often as they are long
SLOWEST = 0.05  # of the rows may be slower than a 95th percentile


@dataclass(frozen=True)
class Figure:
    """One figure and its thresholds: shares from 0 to 1, or the 95th percentile of milliseconds."""

    name: str
    column: str
    key: str
    minimum: float | None
    maximum: float | None
    act: float | None
    action: Action

    @property
    def is_latency(self) -> bool:
        """Whether it is a percentile of milliseconds."""
        return self.name.endswith("_ms")

    @property
    def bound(self) -> str:
        """Its threshold in words."""
        sign, value = (">=", self.minimum) if self.minimum is not None else ("<=", self.maximum)
        return f"{sign} {value:g}" + (" ms" if self.is_latency else "")

    def breaks(self, value: float, bound: float) -> bool:
        """Tell whether a value is on the wrong side of a bound."""
        return value < bound if self.minimum is not None else value > bound


@dataclass(frozen=True)
class Reading:
    """What the rows of one window say of a figure.

    Of a share, `hits` of `n` are true. Of a latency, `hits` are slower than its threshold; which side the
    percentile is on was decided exactly, from the values next to it.
    """

    n: int
    hits: int
    breaking: bool
    acting: bool  # beyond the level at which the rollback matrix speaks

    @property
    def share(self) -> float | None:
        """`hits` of `n`; None for no rows."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of the share."""
        return wilson(self.hits, self.n)


def windows_query(
    figures: Sequence[Figure], soak: SoakSection, place: Mapping[str, sql.Composable], *, minutes: int
) -> str:
    """Return the query for every rolling window of `minutes`."""
    step = sql.SQL("interval {}").format(sql.Literal(f"{minutes * 60 / STEPS} seconds"))
    sums = sql.SQL("").join(
        sql.SQL(",\n  {}({})").format(sql.SQL(_TOGETHER[name.split("_")[0]]), sql.Identifier(name))
        for number, figure in enumerate(figures)
        for name in _parts(number, figure)
    )
    return fill(
        "guardrails",
        step=step,
        steps=sql.Literal(STEPS),
        values=_values(figures, soak),
        figures=_aggregates(figures),
        sums=sums,
        **place,
    )


def overall_query(figures: Sequence[Figure], soak: SoakSection, place: Mapping[str, sql.Composable]) -> str:
    """Return the query for the whole soak; after each latency's numbers comes its percentile."""
    return fill("overall", values=_values(figures, soak), figures=_aggregates(figures, exact=True), **place)


def read_line(
    figures: Sequence[Figure], cells: Sequence[str | None], *, exact: bool = False
) -> Iterator[tuple[Figure, Reading, float | None]]:
    """Yield each figure with its reading, and its percentile where the line is the overall one."""
    rest = iter(cells)
    for number, figure in enumerate(figures):
        numbers = {
            name.split("_")[0]: None if cell is None else float(cell)
            for name, cell in zip(_parts(number, figure), rest, strict=False)
        }
        n, hits = int(numbers["n"] or 0), int(numbers["hits"] or 0)
        if not figure.is_latency:
            share = hits / n if n else None
            yield figure, _of_share(figure, n, hits), share
            continue
        levels = [(figure.maximum, "hits", "below", "above"), (figure.act, "far", "within", "beyond")]
        over = [
            bound is not None
            and n > 0
            and percentile_is_over(n, int(numbers[count] or 0), numbers[low], numbers[high], bound)
            for bound, count, low, high in levels
        ]
        percentile = next(rest) if exact else None
        yield figure, Reading(n, hits, *over), None if percentile is None else float(percentile)


def percentile_is_over(n: int, over: int, below: float | None, above: float | None, bound: float) -> bool:
    """Tell whether the continuous 95th percentile of `n` values is more than `bound`.

    `over` of them are; `below` is the greatest of the others, `above` the least of those. The percentile lies
    between two neighbours (percentile_cont: linear), so only where they are these two is it computed.
    """
    rank, part = divmod(95 * (n - 1), 100)
    within = n - over
    if within > rank + 1 or (within == rank + 1 and part == 0):
        return False
    if within <= rank or below is None or above is None:
        return True
    return below + (above - below) * part / 100 > bound


_TOGETHER = {
    **dict.fromkeys(("n", "hits", "far"), "sum"),
    **dict.fromkeys(("below", "within"), "max"),
    **dict.fromkeys(("above", "beyond"), "min"),
}


def _parts(number: int, figure: Figure) -> list[str]:
    """Return the names of a figure's numbers, in the order of the query."""
    names = ["n", "hits"]
    if figure.is_latency:
        names += ["below", "above", "far", "within", "beyond"]
    return [f"{name}_{number}" for name in names]


def _of_share(figure: Figure, n: int, hits: int) -> Reading:
    share = hits / n if n else None
    bound = figure.minimum if figure.minimum is not None else figure.maximum
    breaking = share is not None and bound is not None and figure.breaks(share, bound)
    acting = share is not None and figure.act is not None and figure.breaks(share, figure.act)
    return Reading(n, hits, breaking, acting)


def _values(figures: Sequence[Figure], soak: SoakSection) -> sql.Composable:
    """Return one column a figure: its value in a row, null where the row says nothing."""
    metadata = sql.Identifier(soak.metadata)
    written = sql.SQL(" and ").join(
        sql.SQL("{} is not null").format(sql.Identifier(name)) for name in soak.written
    )
    columns = []
    for number, figure in enumerate(figures):
        kind, type_ = ("number", "numeric") if figure.is_latency else ("boolean", "boolean")
        sources: list[sql.Composable] = []
        if figure.column and figure.is_latency:
            sources.append(sql.Identifier(figure.column))
        elif figure.column:
            # It may have a default: that is no evidence in a row that the runtime did not write.
            sources.append(sql.SQL("case when {} then {} end").format(written, sql.Identifier(figure.column)))
        if figure.key:
            sources.append(
                sql.SQL(
                    "case jsonb_typeof({metadata} -> {key}) when {kind} "
                    "then ({metadata} ->> {key})::{type} end"
                ).format(
                    metadata=metadata,
                    key=sql.Literal(figure.key),
                    kind=sql.Literal(kind),
                    type=sql.SQL(type_),
                )
            )
        value = (
            sql.SQL("coalesce({})").format(sql.SQL(", ").join(sources))
            if sources
            else sql.SQL(f"null::{type_}")
        )
        columns.append(sql.SQL(",\n    {} as {}").format(value, sql.Identifier(f"v{number}")))
    return sql.SQL("").join(columns)


def _aggregates(figures: Sequence[Figure], *, exact: bool = False) -> sql.Composable:
    """Return the numbers of each figure over the rows of a group."""
    columns: list[sql.Composable] = []
    for number, figure in enumerate(figures):
        value, names = sql.Identifier(f"v{number}"), iter(_parts(number, figure))
        columns.append(sql.SQL("count({v})").format(v=value))
        if figure.is_latency:
            # A level that isn't given is never passed.
            for bound in (figure.maximum, figure.act):
                level = sql.Literal(float("inf") if bound is None else bound)
                columns += [
                    sql.SQL("count(*) filter (where {v} > {level})").format(v=value, level=level),
                    sql.SQL("max({v}) filter (where {v} <= {level})").format(v=value, level=level),
                    sql.SQL("min({v}) filter (where {v} > {level})").format(v=value, level=level),
                ]
        else:
            columns.append(sql.SQL("count(*) filter (where {v})").format(v=value))
        count = len(columns) - len(_parts(number, figure))
        for place, name in enumerate(names, start=count):
            columns[place] = sql.SQL("{} as {}").format(columns[place], sql.Identifier(name))
        if exact and figure.is_latency:
            columns.append(
                sql.SQL("percentile_cont(0.95) within group (order by {v}) as {p}").format(
                    v=value, p=sql.Identifier(f"p95_{number}")
                )
            )
    return sql.SQL("").join(sql.SQL(",\n    ") + column for column in columns)
