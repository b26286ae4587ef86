"""Check that the ledger and its records are as they were written.

Says which line breaks and why: edited, removed, moved, cut off, its record changed or gone. A chain alone
can't show that its end was cut off: --head names a hash that was seen earlier (in a report, a step summary or
a release log), and --key the public key that every live run and every
application must be signed with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rollgate.command import Exit, Parser
from rollgate.commands.arguments import add_reports
from rollgate.commands.ledger import ledger_of
from rollgate.errors import UsageError
from rollgate.evidence import applied, signature
from rollgate.evidence.chain import Application, Chain, Problem, Run
from rollgate.evidence.entries import encode, hash_of
from rollgate.evidence.ledger import Head


def parser(prog: str) -> Parser:
    """Return the command's parser."""
    made = Parser(prog=prog, description=__doc__)
    add_reports(made)
    made.add_argument("--head", metavar="HASH", help="a hash that a line must have")
    made.add_argument(
        "--key",
        metavar="PEM",
        type=Path,
        help="a public Ed25519 key that live runs and applications must be signed by",
    )
    return made


def main(words: Sequence[str], prog: str) -> int:
    """Check, and say what was found; return `Exit.FAILED` if anything is wrong."""
    arguments = parser(prog).parse_args(words)
    head = arguments.head
    if head is not None and not re.fullmatch("[0-9a-f]{64}", head):
        raise UsageError(
            "--head",
            found=repr(head),
            needed="the 64 hexadecimal digits of a head that was seen earlier",
            fix="take it from a report, a step summary or a release log; leave --head out to go without",
        )
    chain = ledger_of(arguments.reports, head=head or "")
    problems = [*chain.problems]
    to_be_signed = _to_be_signed(chain)
    if arguments.key:
        problems += _unsigned(to_be_signed, arguments.reports, arguments.key)
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
    signed = f", {len(to_be_signed)} signed" if to_be_signed else "; there is nothing that has to be signed"
    print("intact" + (signed if arguments.key else ""))
    return Exit.OK


def _to_be_signed(chain: Chain) -> list[Run | Application]:
    """Return the live runs and the applications, in order."""
    live = [run for run in chain.runs if any(target.kind == "live" for target in run.entry.targets)]
    both: tuple[Run | Application, ...] = (*live, *chain.applications)
    return sorted(both, key=lambda each: each.line)


def _unsigned(to_be_signed: Sequence[Run | Application], reports: Path, path: Path) -> Iterator[Problem]:
    """Find those that aren't signed by the key."""
    key = signature.load_public_key(path)
    for each in to_be_signed:
        name = applied.NAME if isinstance(each, Application) else "record.json"
        envelope = (reports / each.entry.record).with_name(signature.NAME)
        head = Head(each.entry.sequence, hash_of(encode(each.entry)))
        try:
            signature.verify(
                key, envelope.read_bytes(), sha256=each.entry.record_sha256, head=head, name=name
            )
        except FileNotFoundError:
            yield Problem(each.line, f"it is not signed: there is no {signature.NAME} beside its record")
        except OSError as error:
            yield Problem(each.line, f"its {signature.NAME} can't be read: {error.strerror}")
        except signature.Unsigned as problem:
            yield Problem(each.line, f"its {signature.NAME}: {problem}")
