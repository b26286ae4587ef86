"""What several commands are told: the folder of reports, and the release."""

from __future__ import annotations

import argparse
from pathlib import Path

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evidence.chain import Chain, read_chain
from rollgate.release import BUILTIN, MANIFEST_NAME


def ledger_of(reports: Path, *, head: str = "") -> Chain:
    """Return the ledger of a folder of reports with its records, read and checked.

    Raises:
        UsageError: there is no such folder.
        Failure: it can't be read.
    """
    try:
        if not reports.exists():
            raise UsageError(
                str(reports),
                found="no such folder",
                needed="the folder with the ledger and the runs",
                fix="name it with --reports; a first run of pytest --env=NAME makes it",
            )
        return read_chain(reports, head=head)
    except OSError as error:
        raise Failure(f"{reports}: the ledger can't be read: {error.strerror}") from None


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
