"""Whether a target that answers now is one that a record is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rollgate.evidence.applied import AppliedTarget
from rollgate.evidence.candidates import Candidate, Finding
from rollgate.evidence.record import TargetRecord
from rollgate.target.identity import Identity
from rollgate.verdict import Outcome


def is_recorded_as(record: TargetRecord | AppliedTarget, identity: Identity) -> bool:
    """Tell whether a record's target is the database that answers now, as far as the roles may know.

    A copy that was restored from a backup keeps the identifier, a pooler has one host for many projects, and
    a tunnel has one for whatever it leads to. So it takes a server that has run since, or a host of its own.
    """
    if record.database != identity.database:
        return False
    known = bool(record.system_identifier and identity.system_identifier)
    if known and record.system_identifier != identity.system_identifier:
        return False
    if record.server_started and record.server_started == identity.started_at:
        return True
    pooler = identity.pooled or "pooler" in f"{record.reached} {record.host}"
    tunnel = identity.local and not known
    return not pooler and not tunnel and (record.host, record.port) == (identity.host, identity.port)


def itself_findings(chosen: Iterable[Candidate], identity: Identity) -> Iterator[Finding]:
    """Say which target of the environment before is the very database that is to be promoted to."""
    for each in chosen:
        if is_recorded_as(each.target, identity):
            name = each.target.name
            yield Finding(
                name,
                f"found that it was this very database that was verified as {name}, needed another",
                f"check this DSN, and that of {name}",
                Outcome.FAIL,
            )
