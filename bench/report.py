"""The report of many gates in a browser, beside an empty page: what an auditor waits for."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Times, machine, milliseconds, show, timed
from rollgate.report.html import draw_details, summary_html
from tests.selfcheck.report import samples
from tests.selfcheck.report.browser import Browser, browser, find_chromium
from tests.selfcheck.report.pages import draw_page

GATES = (155, 1_000, 5_000)
RUNS = 7
EMPTY = "<!doctype html><title>empty</title><p>empty"
MOMENTS = """
(() => {
  const at = performance.getEntriesByType('navigation')[0];
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return [paint ? paint.startTime : 0, at.domContentLoadedEventEnd, at.loadEventEnd].map(ms => ms / 1000);
})()
"""


def main() -> None:
    """Open the pages in turns, an empty one among them, and say how they compare."""
    program = find_chromium()
    if program is None:
        raise SystemExit("no chromium here: the report can't be opened")
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty.html")
        empty.write_text(EMPTY)
        pages, drawn = {"an empty page": empty}, []
        for number in GATES:
            name, record = f"{number:,} gates", samples.many(number)
            times: list[float] = []
            details = timed(times, lambda record=record: draw_details(record))
            timed(times, lambda record=record, details=details: summary_html(record, details))
            pages[name] = draw_page(f"many-{number}", Path(folder, str(number)))
            drawn.append([name, milliseconds(sum(times)), f"{pages[name].stat().st_size / 1e6:.1f}"])
        with browser(program, Path(folder, "profile")) as running:
            opened = {
                name: [_open(running, page) for _ in range(RUNS + 1)][1:] for name, page in pages.items()
            }
    base = Times(tuple(moments[2] for moments in opened["an empty page"])).median
    show(f"Milliseconds to draw ({machine()})", ("what", "draw", "MB"), drawn)
    columns = ("what", "runs", "first paint", "DOM ready", "loaded", "worst", "x empty", "CPU")
    show("Milliseconds to open", columns, [_row(name, found, base) for name, found in opened.items()])


def _open(running: Browser, page: Path) -> tuple[float, ...]:
    """Return when the page was first painted, parsed, loaded, and which processor time that took.

    The last is of all of the browser's processes, until the page is drawn after it was loaded. It is the one
    figure that others on the machine don't change much.
    """
    before = _processor_times(running)
    opened = running.open(page)
    opened.settle()
    after = _processor_times(running).items()
    spent = sum(ticks - before.get(process, 0) for process, ticks in after) / os.sysconf("SC_CLK_TCK")
    moments = opened.run(MOMENTS)
    opened.close()
    return (*moments, spent)


def _processor_times(running: Browser) -> dict[str, int]:
    """Return the processor time of each of the browser's processes, which are a session; Linux only."""
    ticks = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == running.process.pid:
                ticks[stat.parent.name] = int(fields[11]) + int(fields[12])
    return ticks


def _row(name: str, found: Sequence[tuple[float, ...]], base: float) -> list[object]:
    paint, ready, loaded, spent = (Times(tuple(each)) for each in zip(*found, strict=True))
    moments = [milliseconds(each.median) for each in (paint, ready, loaded)]
    return [
        name,
        len(found),
        *moments,
        milliseconds(loaded.worst),
        f"{loaded.median / base:.0f}",
        milliseconds(spent.median),
    ]


if __name__ == "__main__":
    main()
