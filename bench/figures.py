"""Measured times, and a table of them."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Times:
    """What one thing took, each time, in seconds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return self.quantile(0.5)

    @property
    def worst(self) -> float:
        return max(self.seconds)

    def quantile(self, share: float) -> float:
        """The smallest of the times that `share` of them don't exceed."""
        ordered = sorted(self.seconds)
        return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def timed(times: list[float], work: Callable[[], Result]) -> Result:
    """Do something, add what it took to `times`, and return its result."""
    started = time.perf_counter()
    result = work()
    times.append(time.perf_counter() - started)
    return result


def machine(server: str = "") -> str:
    """Say what it was measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    words = [
        f"{cores} cores, {platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
    ]
    return ", ".join([*words, server] if server else words)


def milliseconds(seconds: float) -> str:
    """Format a time for a table."""
    return f"{seconds * 1000:.2f}" if seconds < 0.1 else f"{seconds * 1000:.0f}"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table that is one in Markdown too."""
    cells = [list(columns), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    print(f"\n{title}\n")
    for number, row in enumerate(cells):
        aligned = [f"{row[0]:<{widths[0]}}"]
        aligned += [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("| " + " | ".join(aligned) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
