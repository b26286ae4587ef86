"""Check that the ledger and its records are as they were written.

Says which line breaks and why: edited, removed, moved, cut off, its record changed or gone. A chain alone
can't show that its end was cut off: --head names a hash that was seen earlier (in a report, a step summary or
a release log), and --key the public key that every live run must be signed with.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from rollgate.command import Exit, Failure
from rollgate.commands.reports import add_reports
from rollgate.evidence import signature
from rollgate.evidence.chain import Chain, Problem, read_chain
from rollgate.evidence.entries import encode, hash_of
from rollgate.evidence.ledger import Head

NAME = "verify"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_reports(parser)
    parser.add_argument("--head", metavar="HASH", default="", help="a hash that a line must have")
    parser.add_argument(
        "--key", metavar="PEM", type=Path, help="a public Ed25519 key that live runs must be signed by"
    )


def main(arguments: argparse.Namespace) -> int:
    """Check, and say what was found; return `Exit.FAILED` if anything is wrong."""
    try:
        chain = read_chain(arguments.reports, head=arguments.head)
    except OSError as error:
        raise Failure(f"{arguments.reports}: the ledger can't be read: {error.strerror}") from None
    problems = [*chain.problems]
    if arguments.key:
        problems += _unsigned(chain, arguments.reports, arguments.key)
    for problem in problems:
        print(f"{'note' if problem.harmless else 'WRONG'}: {problem}")
    wrong = sum(not problem.harmless for problem in problems)
    entries = f"{chain.length} {'entry' if chain.length == 1 else 'entries'}"
    print(f"{chain.path}: {entries}, head {chain.head.hash}")
    if wrong:
        print(f"NOT INTACT: {wrong} {'thing is' if wrong == 1 else 'things are'} wrong")
        return Exit.FAILED
    if not chain.length:
        print("EMPTY: there is no run to verify")
        return Exit.FAILED
    print("intact" + (", signed" if arguments.key else ""))
    return Exit.OK


def _unsigned(chain: Chain, reports: Path, path: Path) -> Iterator[Problem]:
    """Find the live runs that aren't signed by the key."""
    key = signature.load_public_key(path)
    for run in chain.runs:
        if not any(target.kind == "live" for target in run.entry.targets):
            continue
        envelope = (reports / run.entry.record).with_name(signature.NAME)
        head = Head(run.entry.sequence, hash_of(encode(run.entry)))
        try:
            signature.verify(key, envelope.read_bytes(), sha256=run.entry.record_sha256, head=head)
        except FileNotFoundError:
            yield Problem(run.line, f"it is not signed: there is no {signature.NAME} beside its record")
        except OSError as error:
            yield Problem(run.line, f"its {signature.NAME} can't be read: {error.strerror}")
        except signature.Unsigned as problem:
            yield Problem(run.line, f"its {signature.NAME}: {problem}")
