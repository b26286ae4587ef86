"""What several commands are told: the folder of reports, and the release."""

from __future__ import annotations

import argparse
from pathlib import Path

from rollgate.release import BUILTIN, MANIFEST_NAME


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Add the argument `reports`."""
    parser.add_argument(
        "--reports",
        metavar="DIR",
        type=Path,
        default=Path("reports"),
        help="the folder with the ledger and the runs (default: reports)",
    )


def add_release(parser: argparse.ArgumentParser) -> None:
    """Add the argument `release`."""
    parser.add_argument(
        "--release",
        metavar="PATH",
        type=Path,
        default=BUILTIN / MANIFEST_NAME,
        help="the release manifest, or its folder (default: the one that comes with the suite)",
    )
