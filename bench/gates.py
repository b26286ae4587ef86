"""A whole run of the gates, beside pytest on one empty test: what a release manager waits for."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.figures import Times, machine, milliseconds, show, timed

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5
SECONDS = 50.0
VERDICTS = (0, 1, 10)
"""GO, NO-GO, HOLD: each is a whole run."""


def main() -> None:
    """Take turns between the two, and say how they compare."""
    empty: list[float] = []
    gates: list[float] = []
    summary = ""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        test = Path(folder, "test_empty.py")
        test.write_text("def test_empty():\n    pass\n")
        bare = ["-p", "no:cacheprovider", "-q", f"--rootdir={folder}", "-c", "/dev/null", str(test)]
        whole = ["-p", "no:cacheprovider", "-q", f"--reports={folder}/reports"]
        while len(gates) < RUNS and time.perf_counter() - started + max(gates, default=0) < SECONDS:
            timed(empty, partial(_pytest, bare, Path(folder), (0,)))
            summary = timed(gates, partial(_pytest, whole, ROOT, VERDICTS))
    rows = [_row("pytest, one empty test", empty), _row("every gate, from nothing to the report", gates)]
    show(f"Milliseconds ({machine()})", ("what", "runs", "median", "worst"), rows)
    print(f"\nthe last run of the gates: {summary}")


def _pytest(arguments: Sequence[str], folder: Path, codes: Sequence[int]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )
    if done.returncode not in codes:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    return next((line for line in reversed(done.stdout.splitlines()) if " in " in line), "")


def _row(name: str, seconds: Sequence[float]) -> Sequence[object]:
    times = Times(tuple(seconds))
    return [name, len(seconds), milliseconds(times.median), milliseconds(times.worst)]


if __name__ == "__main__":
    main()
