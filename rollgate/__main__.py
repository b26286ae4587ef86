"""The few commands that aren't a test run."""

from __future__ import annotations

from rollgate.command import run
from rollgate.commands import main

if __name__ == "__main__":
    run(main)
