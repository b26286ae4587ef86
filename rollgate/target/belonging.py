"""Whose database it is, by the marks that overlays leave in its routing rows (`metadata.env`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from rollgate.target.identity import Identity
from rollgate.topology import Topology
from rollgate.verdict import Outcome, Severity

ROUTING = "public.ai_provider_configs"


class Sign(Enum):
    """What of the rows speaks against it."""

    UNREADABLE = "they may not be read"
    FOREIGN = "overlays of other environments wrote them, and its own did not"
    MIXED = "overlays of others wrote some"
    UNMARKED = "no overlay wrote any, and only other environments route"


@dataclass(frozen=True)
class Doubt:
    """One reason to think that the database is another environment's."""

    sign: Sign
    detail: str
    outcome: Outcome = Outcome.HOLD
    severity: Severity = Severity.ERROR


def doubts(identity: Identity, topology: Topology, topologies: Collection[str]) -> Iterator[Doubt]:
    """Say why a database may not be that of `topology`, one of the release's `topologies`.

    Nothing without a routing table: before the first rollout there is none.
    """
    own = topology.name
    if identity.routes is None:
        yield Doubt(
            Sign.UNREADABLE,
            f"found no right of {identity.role} to read it, needed its rows to tell whose database this is",
        )
        return
    written = {each.written_for for each in identity.routes} & set(topologies)
    others = ", ".join(sorted(written - {own}))
    routed = {each.environment for each in identity.routes if each.enabled}
    if written and own not in written:
        yield Doubt(
            Sign.FOREIGN,
            f"found rows of the overlay for {others} only, needed none or those for {own}, "
            f"at {identity.place}",
            Outcome.FAIL,
        )
    elif others:
        yield Doubt(
            Sign.MIXED,
            f"found rows of the overlays for {', '.join(sorted(written))}, needed those for {own} alone",
            severity=Severity.WARNING,
        )
    elif not written and routed and not routed & set(topology.routes):
        yield Doubt(
            Sign.UNMARKED,
            f"found enabled rows for {', '.join(sorted(routed))} only, needed one for "
            f"{' or '.join(topology.routes)}: the overlay is missing, or this is another database",
        )
