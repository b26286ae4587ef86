"""The few commands that aren't a test run."""

from __future__ import annotations

from typing import NoReturn


def start() -> NoReturn:
    """Run the command that the command line names; Ctrl-C while it is loaded is an interruption too."""
    try:
        from rollgate.command import run_module
    except KeyboardInterrupt:
        raise SystemExit(130) from None

    run_module("rollgate.commands")


if __name__ == "__main__":
    start()
