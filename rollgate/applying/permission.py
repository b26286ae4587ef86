"""Whether a release may be applied to a target: what is refused, why, and what to run to have it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rollgate.applying.options import preflight_command
from rollgate.applying.preflight import preflight_of
from rollgate.applying.script import File
from rollgate.evidence.candidates import Finding, Wanted, latest
from rollgate.evidence.chain import Chain
from rollgate.evidence.promotion import (
    chain_findings,
    rehearsal_findings,
    soak_findings,
    verification_findings,
)
from rollgate.evidence.record import GateRecord, Table, Violation
from rollgate.judging import waive
from rollgate.release import Release
from rollgate.target.belonging import ROUTING, Sign, doubts
from rollgate.target.identity import Identity
from rollgate.target.recorded import itself_findings
from rollgate.target.target import Target
from rollgate.verdict import Outcome, Severity

OF_ITS_ENVIRONMENT = "target-is-of-its-environment"


@dataclass(frozen=True)
class Permission:
    """What speaks against it and for it. Without refusals, it may be."""

    refusals: tuple[Finding, ...] = ()
    grounds: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    locks: Table | None = None  # as the preflight saw them on a clone of this very target


def permission_for(
    release: Release,
    target: Target,
    identity: Identity,
    files: Sequence[File],
    chain: Chain,
    *,
    without_preflight: bool,
    keeps_sessions: bool,
    begun: bool = False,
) -> Permission:
    """Judge by the evidence and by what the target says of itself; its own clock counts.

    `begun` says that these files were begun to be applied to this database before.
    """
    refusals: list[Finding] = [*_standing(identity), *_pooler(identity, files, keeps_sessions)]
    grounds: list[str] = []
    overridden: list[str] = []
    now = datetime.datetime.fromtimestamp(identity.now, datetime.UTC)
    max_age = datetime.timedelta(hours=release.promotion_hours)
    judged: list[tuple[str, list[Finding]]] = []

    preflight = preflight_of(chain, release.digest, target, identity, now=now, max_age=max_age)
    if without_preflight:
        overridden.append("no preflight was asked for: --without-preflight")
    elif preflight.finding is not None:
        refusals.append(preflight.finding)
    else:
        grounds.append(f"preflight GO: {preflight.where}")

    if target.topology.promoted_from:
        wanted = Wanted(release.digest, release.yardstick, target.topology.promoted_from, now, max_age)
        chosen = latest(chain, wanted)
        judged += [
            ("ledger-is-intact", list(chain_findings(chain))),
            (
                "environment-before-was-verified",
                [*verification_findings(chosen, chain, wanted), *itself_findings(chosen, identity)],
            ),
            ("rollback-was-rehearsed-before", list(rehearsal_findings(chosen, chain, wanted))),
            ("soak-passed-before", list(soak_findings(chosen, chain, wanted))),
        ]
        if not any(findings for _, findings in judged):
            grounds += [
                f"{each.target.name} GO: line {each.run.line}, {each.record.finished_at}" for each in chosen
            ]
    elif not without_preflight and not chain.intact:
        judged.append(("ledger-is-intact", list(chain_findings(chain))))
    environment = list(whose(identity, target, release, known=begun or not without_preflight))
    judged.append((OF_ITS_ENVIRONMENT, environment))
    for gate, findings in judged:
        for each in _weighed(gate, findings, release):
            if each.outcome is Outcome.WAIVED:
                overridden.append(f"{gate}, {each.object}: waived: {each.waiver}")
            else:
                refusals.append(Finding(f"{gate}: {each.object}", each.detail, each.remedy, each.outcome))
    return Permission(tuple(refusals), tuple(grounds), tuple(overridden), preflight.locks)


def whose(identity: Identity, target: Target, release: Release, *, known: bool) -> Iterator[Finding]:
    """Say what of the routing rows speaks for another environment's database.

    A database that a preflight of this target has looked at, or that the files were begun on, is `known`:
    between the base migration and the overlay its rows may be those that the base migration seeds.
    """
    remedies = {
        Sign.UNREADABLE: f"apply with a role that may (see {target.apply_variable})",
        Sign.FOREIGN: "correct the DSN or the --env",
        Sign.UNMARKED: f"correct the DSN; or run {preflight_command(target)}, which looks at it closely",
    }
    for doubt in doubts(identity, target.topology, release.topologies):
        if doubt.sign in remedies and not (known and doubt.sign is Sign.UNMARKED):
            yield Finding(ROUTING, doubt.detail, remedies[doubt.sign], doubt.outcome)


def _standing(identity: Identity) -> Iterator[Finding]:
    if identity.replica:
        yield Finding(
            identity.place,
            f"found a server in recovery ({identity.standing}), needed the primary",
            "put the primary's host into the DSN",
            Outcome.FAIL,
        )


def _pooler(identity: Identity, files: Sequence[File], keeps_sessions: bool) -> Iterator[Finding]:
    if not identity.pooled or keeps_sessions:
        return
    built = [f"{file.shown}:{step.line}" for file in files for step in file.concurrent]
    why = f", which {built[0]} needs too" if built else ""
    yield Finding(
        identity.place,
        "found a pooler that gives a session away after each transaction (transaction mode, or it can't be "
        f"told), needed a session of one's own: for the lock that keeps a second operator out{why}",
        "use the direct host, or the pooler's port for session mode (on Supabase 5432 instead of 6543); the "
        "files can be pasted too",
        Outcome.FAIL,
    )


def _weighed(gate: str, findings: Sequence[Finding], release: Release) -> tuple[Violation, ...]:
    """Return the findings with those marked that the manifest waives, as a gate of a run has it."""
    record = GateRecord(
        id=gate,
        target="",
        subject="",
        title="",
        prevents="",
        sections=(),
        checks=(),
        severity=Severity.ERROR,
        outcome=Outcome.FAIL,
        violations=tuple(
            Violation(object=each.object, detail=each.detail, remedy=each.remedy, outcome=each.outcome)
            for each in findings
        ),
    )
    return waive(record, release.waivers).violations
