"""Write the release log from the ledger's records.

It is what section 4 of the runbook asks for: rollout timestamp, operator, start and end of each environment,
outputs of the verification queries, the test of the rollback. What no record has is named as missing: then
the exit code is 1, and the log is written all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rollgate.command import Exit, Failure, Parser
from rollgate.commands.arguments import add_release, add_reports
from rollgate.commands.ledger import ledger_of
from rollgate.errors import UsageError
from rollgate.evidence.chain import Chain
from rollgate.evidence.passage import gaps, passages
from rollgate.evidence.storage import write_whole
from rollgate.release import load_release
from rollgate.report.release_log import release_log


def parser(prog: str) -> Parser:
    """Return the command's parser."""
    made = Parser(prog=prog, description=__doc__)
    add_reports(made)
    add_release(made)
    made.add_argument(
        "--digest", metavar="SHA256", default="", help="of the release (default: as its files are now)"
    )
    made.add_argument(
        "--output", metavar="FILE", type=Path, help="where to write it (default: release-log.md in --reports)"
    )
    return made


def main(words: Sequence[str], prog: str) -> int:
    """Write the log; return `Exit.FAILED` if something that it needs is missing."""
    arguments = parser(prog).parse_args(words)
    release = load_release(arguments.release)
    chain = ledger_of(arguments.reports)
    digest = _full(arguments.digest, chain) or release.digest
    found = passages(chain, digest, release.before)
    if not found:
        raise UsageError(
            str(chain.path),
            found=f"no live run of the release {digest[:12]}",
            needed="the runs that the log is written from",
            fix="run pytest --env=staging first, or name another release with --digest or --release",
        )
    gone = gaps(found, release.before)
    path = arguments.output or arguments.reports / "release-log.md"
    try:
        write_whole(path, release_log(chain, digest, found, gone).encode("utf-8", "replace"))
    except OSError as error:
        raise Failure(f"{path}: it could not be written: {error.strerror}") from None
    print(f"{path}: {', '.join(each.topology for each in found)}")
    for what in gone:
        print(f"missing: {what}")
    for problem in chain.problems:
        if not problem.harmless:
            print(f"WRONG: {problem}")
    return Exit.FAILED if gone or not chain.intact else Exit.OK


def _full(digest: str, chain: Chain) -> str:
    """Return the digest that a prefix stands for."""
    known = {run.entry.digest for run in chain.runs if digest and run.entry.digest.startswith(digest)}
    if digest and len(known) != 1:
        raise UsageError(
            f"--digest {digest}",
            found=f"{len(known)} releases of this name in the ledger",
            needed="the beginning of one release's digest",
            fix="take it from a report, or from python -m rollgate verify",
        )
    return next(iter(known), "")
