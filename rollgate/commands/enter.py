"""Enter a run or an application into the ledger that never got there.

A run whose line could not be written (a full disk, a read-only folder, a ledger whose last line was cut by a
crash) is INCOMPLETE, and its record is kept. This adds it, as it is. A line that was cut off in the middle is
moved to ledger.jsonl.torn first, so that nothing is lost.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from rollgate.command import Exit, Failure, Parser
from rollgate.errors import UsageError
from rollgate.evidence.applied import NAME as APPLY
from rollgate.evidence.chain import Application, Run, read_chain
from rollgate.evidence.ledger import NAME as LEDGER
from rollgate.evidence.ledger import Torn, append, set_torn_aside
from rollgate.evidence.record import RunRecord
from rollgate.evidence.storage import Unreadable, read_apply, read_record


def parser(prog: str) -> Parser:
    """Return the command's parser."""
    made = Parser(prog=prog, description=__doc__)
    made.add_argument("run", type=Path, metavar="RUN", help="its folder, with record.json or apply.json")
    return made


def main(words: Sequence[str], prog: str) -> int:
    """Enter the run; return `Exit.OK`."""
    arguments = parser(prog).parse_args(words)
    path = arguments.run
    if os.path.isdir(path):
        path /= APPLY if os.path.exists(path / APPLY) else "record.json"
    path = path.absolute()  # "." too has a folder above it
    folder = path.parent.parent
    try:
        content = path.read_bytes()
        record = read_apply(content) if path.name == APPLY else read_record(content)
    except (OSError, Unreadable) as error:
        raise UsageError(
            str(path),
            found=error.strerror or str(error) if isinstance(error, OSError) else str(error),
            needed="the record of a run",
            fix="name the folder of a run, as in reports/20260216T091500Z-staging",
        ) from None
    try:
        torn = set_torn_aside(folder)
        if torn:
            print(f"moved what was left of a cut line to {torn}")
        chain = read_chain(folder)
        sha256, shown = hashlib.sha256(content).hexdigest(), path.relative_to(folder).as_posix()
        known: tuple[Run | Application, ...] = (*chain.runs, *chain.applications)
        for each in known:
            if shown == each.entry.record or sha256 == each.entry.record_sha256:
                print(f"{path}: it is in the ledger already, as line {each.line}")
                return Exit.OK
        head = append(folder, record, path=path, sha256=sha256)
    except OSError as error:
        raise Failure(f"{folder / LEDGER}: it could not be written: {error.strerror}") from None
    except Torn as problem:
        raise Failure(f"{folder / LEDGER}: {problem}; restore it from where it was kept") from None
    said = record.verdict if isinstance(record, RunRecord) else record.ending
    print(f"{path}: {said}, entry {head.sequence}, head {head.hash}")
    return Exit.OK
