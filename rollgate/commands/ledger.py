"""The ledger as commands find it, in the folder that they are told."""

from __future__ import annotations

from pathlib import Path

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evidence.chain import Chain, read_chain


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
