"""The template environment: everything that isn't a template is escaped and made visible."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rollgate.evidence.record import Table
from rollgate.report.pictures import figure, gauge
from rollgate.report.text import clip, one_line, reveal
from rollgate.report.timeline import drawing
from rollgate.report.view import by_subject

TEMPLATES = Path(__file__).with_name("templates")
CSS_PATH = TEMPLATES / "report.css"

_NUMBER = re.compile(r"-?\d[\d.,]*(e[+-]?\d+)?%?", re.IGNORECASE)
_MOST = 8_000  # characters of any one text; how many were left out is said
_LONG = 60  # characters of a value that is wrapped rather than kept on one line


def markup(html: str) -> Markup:
    """Mark `html`, which one of our templates made, as not to be escaped again."""
    return Markup(html)  # noqa: S704


def numeric_columns(table: Table) -> tuple[bool, ...]:
    """Tell which columns of `table` hold numbers only, to be aligned right."""
    columns = [[row[i] for row in table.rows if i < len(row)] for i in range(len(table.columns))]
    return tuple(
        any(value is not None for value in column)
        and all(value is None or _NUMBER.fullmatch(value) for value in column)
        for column in columns
    )


def cell_class(value: str | None, numeric: object) -> Markup:
    """Return the class attribute of an evidence cell; `numeric` is undefined beyond the header's width."""
    if numeric is True:
        return markup(' class="num"')
    return markup(' class="long"') if value and (len(value) > _LONG or "\n" in value) else markup("")


def moment(text: str) -> str:
    """Return an RFC 3339 time as `2026-02-15 20:52:00 UTC`; as it is if it is none."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{parsed.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if parsed.tzinfo else text


def duration(seconds: float) -> str:
    """Return `seconds` at the precision a reader needs, e.g. `12 ms`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def slug(text: str) -> str:
    """Return `text` as part of a fragment."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text)


def _visible(value: object) -> object:
    return reveal(clip(value, _MOST)) if isinstance(value, str) and not isinstance(value, Markup) else value


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    filters = (
        *(by_subject, cell_class, clip, drawing, duration, figure, gauge),
        *(moment, numeric_columns, one_line, slug),
    )
    environment.filters.update({made.__name__: made for made in filters})
    return environment


ENVIRONMENT = _environment()
