"""Whether a release may go on to the next environment: what the ledger shows of the one before. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from rollgate.evidence.applied import Ending
from rollgate.evidence.candidates import Candidate, Finding, Wanted, candidates, ended, left_behind, where
from rollgate.evidence.chain import Chain
from rollgate.verdict import Outcome, Verdict

#: The gates that say that the rollback was rehearsed on the environment itself; one of them is enough.
REHEARSALS = ("rollback-rehearsed-in-place", "rollback-drill")
_SKEW = datetime.timedelta(minutes=5)


def chain_findings(chain: Chain) -> Iterator[Finding]:
    """Say what is wrong with the ledger: a broken one proves nothing, whatever it says."""
    if not chain.runs and chain.intact:
        yield Finding(
            chain.path.name,
            f"found no run in {chain.path}, needed a ledger with the runs of the environment before",
            "bring the reports folder along that those runs wrote (as an artifact, or committed), or name it "
            "with --reports=DIR",
        )
    for problem in chain.problems:
        if not problem.harmless:
            yield Finding(
                f"{chain.path.name} {problem.line or 'as a whole'}",
                f"found that {problem}; needed the ledger and its records as they were written",
                "restore the folder from where it was kept, and find out who changed it; "
                "python -m rollgate verify shows all that is wrong",
                Outcome.FAIL,
            )


def verification_findings(chosen: Sequence[Candidate], chain: Chain, wanted: Wanted) -> Iterator[Finding]:
    """Say why the environment before isn't verified: no run of these files, not GO, or too old."""
    if not chosen:
        yield _missing(chain, wanted)
    for each in chosen:
        yield from _unverified(each, wanted)
    if chosen:
        yield from _unjudged(chosen, chain, wanted)
        yield from _overtaken(chosen, chain, wanted)
        yield from _applied_since(chosen, chain, wanted)


def _unverified(chosen: Candidate, wanted: Wanted) -> Iterator[Finding]:
    if chosen.target.verdict is not Verdict.GO:
        yield Finding(
            chosen.target.name,
            f"found {chosen.target.verdict} in the latest run of these files ({where(chosen)}), needed GO",
            f"see {chosen.run.entry.record}; mend what it names, then run {wanted.command}",
            Outcome.FAIL if chosen.target.verdict is Verdict.NO_GO else Outcome.HOLD,
        )
    if chosen.record.yardstick != wanted.yardstick:
        yield Finding(
            chosen.target.name,
            f"found that it was judged by other gates or thresholds ({where(chosen)}), needed today's",
            f"run {wanted.command} again: the soak goes on from where it began",
        )
    age = wanted.now - ended(chosen)
    if age > wanted.max_age:
        yield Finding(
            chosen.target.name,
            f"found that it was verified {_hours(age)} ago ({where(chosen)}), needed at most "
            f"{_hours(wanted.max_age)}",
            f"run {wanted.command} again",
        )
    if age < -_SKEW:
        yield Finding(
            chosen.target.name,
            f"found that it ended {_hours(-age)} after now ({where(chosen)}), needed clocks that agree",
            f"set the clock of the machine that ran it, or of this server; then run {wanted.command} again",
        )


def _unjudged(chosen: Sequence[Candidate], chain: Chain, wanted: Wanted) -> Iterator[Finding]:
    """Find those of a fleet that were verified, and never came to the end."""
    for each in left_behind(chosen, chain, wanted):
        failed = each.target.verdict is Verdict.NO_GO
        yield Finding(
            each.target.name,
            f"found only stages of it (verify: {each.target.verdict}, {where(each)}), needed a run of all "
            "gates of every target that the files were applied to",
            f"run {wanted.command} with it too; one that nobody verifies has left after "
            f"{_hours(wanted.max_age)}",
            Outcome.FAIL if failed else Outcome.HOLD,
        )


def _overtaken(chosen: Sequence[Candidate], chain: Chain, wanted: Wanted) -> Iterator[Finding]:
    """Find what a later run saw: a failure of these files, or other files in their place."""
    by_name = {each.target.name: each for each in chosen}
    apart = {each.target.name for each in left_behind(chosen, chain, wanted)}
    for later in candidates(chain, wanted.topology):
        name = later.target.name
        mine = by_name.get(name, chosen[0])
        # A run that could not be kept at once is entered behind those that saw more.
        is_later = later.run.line > mine.run.line or ended(later) > ended(mine) + _SKEW
        if name in apart or not is_later:
            continue
        if later.record.digest != wanted.digest and later.target.verified:
            yield Finding(
                name,
                f"found that other files were verified there since ({later.record.digest[:12]}, "
                f"{where(later)}), needed the files that are promoted",
                f"promote those, or apply these again and run {wanted.command}",
            )
        elif later.record.digest == wanted.digest and later.target.verdict is Verdict.NO_GO:
            yield Finding(
                name,
                f"found NO-GO in a later run of stage {later.record.stage} ({where(later)}), needed none",
                f"see {later.run.entry.record}; mend what it names, then run {wanted.command}",
                Outcome.FAIL,
            )


def _applied_since(chosen: Sequence[Candidate], chain: Chain, wanted: Wanted) -> Iterator[Finding]:
    """Find applications after the run: of other files, or of these and not to their end."""
    lines = {each.target.name: each.run.line for each in chosen}
    since = [
        each
        for each in chain.applications
        if each.entry.topology == wanted.topology
        and each.line > lines.get(each.entry.name, lines[chosen[0].target.name])
    ]
    last = {each.entry.name: each for each in since}
    for each in since:
        where = f"line {each.line} of the ledger, {each.entry.finished_at}"
        if each.entry.digest != wanted.digest:
            yield Finding(
                each.entry.name,
                f"found that other files were applied there since ({each.entry.digest[:12]}, {where}), "
                "needed the files that are promoted",
                f"promote those, or apply these again and run {wanted.command}",
            )
        elif each is last[each.entry.name] and each.entry.ending is not Ending.DONE:
            yield Finding(
                each.entry.name,
                f"found that these files were applied again since, and {each.entry.ending} ({where}), needed "
                "all of them applied",
                f"apply them to the end, then run {wanted.command}",
            )


def rehearsal_findings(chosen: Sequence[Candidate], chain: Chain, wanted: Wanted) -> Iterator[Finding]:
    """Say why the rollback doesn't count as rehearsed on the environment before."""
    if not chosen:
        yield _missing(chain, wanted)
    for each in chosen:
        yield from _unrehearsed(each, wanted)


def _unrehearsed(chosen: Candidate, wanted: Wanted) -> Iterator[Finding]:
    section = chosen.target.rollback
    gates = section.gates if section else {}
    said = {name: gates[name] for name in REHEARSALS if name in gates}
    bad = [f"{name} {outcome}" for name, outcome in gates.items() if outcome is not Outcome.PASS]
    if Outcome.PASS not in said.values():
        yield Finding(
            chosen.target.name,
            f"found {', '.join(f'{name} {outcome}' for name, outcome in said.items()) or 'no rehearsal'} "
            f"({where(chosen)}), needed the rollback rehearsed on {wanted.topology} itself",
            f"run {wanted.command} with a DSN that may change routing (docs/targets.md)",
        )
    elif bad:
        yield Finding(
            chosen.target.name,
            f"found {', '.join(bad)} beside it ({where(chosen)}), needed every gate of the rollback to pass",
            f"mend what it names, then run {wanted.command}",
        )


def soak_findings(chosen: Sequence[Candidate], chain: Chain, wanted: Wanted) -> Iterator[Finding]:
    """Say why the soak doesn't count as passed."""
    if not chosen:
        yield _missing(chain, wanted)
    for each in chosen:
        yield from _unsoaked(each, wanted)


def _unsoaked(chosen: Candidate, wanted: Wanted) -> Iterator[Finding]:
    section = chosen.target.soak
    if section is None or section.outcome not in (Outcome.PASS, Outcome.WAIVED):
        said = section.outcome if section else "no gate of the soak"
        yield Finding(
            chosen.target.name,
            f"found {said} ({where(chosen)}), needed a soak that has passed",
            f"see {chosen.run.entry.record}; when the soak is over, run {wanted.command}",
            Outcome.FAIL if section and section.outcome is Outcome.FAIL else Outcome.HOLD,
        )


def _missing(chain: Chain, wanted: Wanted) -> Finding:
    others = candidates(chain, wanted.topology)
    found = f"no run of {wanted.topology} in the ledger"
    if others:
        last = others[-1]
        same = last.record.digest == wanted.digest
        found = (
            f"only runs of a stage ({last.record.stage} at {last.record.finished_at})"
            if same
            else f"only runs of other files ({last.record.digest[:12]} at {last.record.finished_at})"
        )
    return Finding(
        wanted.topology,
        f"found {found}, needed a run of all gates of the release {wanted.digest[:12]}",
        f"run {wanted.command} with these files first, and bring its reports folder along",
    )


def _hours(age: datetime.timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} h" if hours >= 2 else f"{age.total_seconds() / 60:.0f} min"
