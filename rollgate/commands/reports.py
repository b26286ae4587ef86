"""The folder of reports, as every command names it."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Add the argument `reports`."""
    parser.add_argument(
        "--reports",
        metavar="DIR",
        type=Path,
        default=Path("reports"),
        help="the folder with the ledger and the runs (default: reports)",
    )
