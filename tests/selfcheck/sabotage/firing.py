"""What gates found, and what of that is new: who fires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rollgate.evidence.record import GateRecord
from rollgate.verdict import Outcome, Severity
from tests.selfcheck.sabotage.corpus import Sabotage

#: Outcome and severity of each violation, by gate and object; a gate that broke has one, too.
Found = Mapping[tuple[str, str], tuple[Outcome, Severity]]


def found_in(records: Iterable[GateRecord]) -> Found:
    """Return the violations of some gates."""
    found = {}
    for record in records:
        if record.error:
            found[record.id, record.error] = (Outcome.ERROR, record.severity)
        for each in record.violations:
            found[record.id, each.object] = (each.outcome, each.severity)
    return found


def new_in(found: Found, before: Found) -> Found:
    """Return what was not found before."""
    return {key: said for key, said in found.items() if before.get(key) != said}


def firing(found: Found) -> dict[str, set[str]]:
    """Return the gates that fire: each once, for the gravest that it found."""
    fired: dict[str, set[str]] = {"catches": set(), "holds": set(), "warns": set()}
    for (gate, _), (outcome, severity) in found.items():
        grave = "holds" if outcome is Outcome.HOLD else "catches"
        fired[grave if severity is Severity.ERROR else "warns"].add(gate)
    fired["holds"] -= fired["catches"]
    fired["warns"] -= fired["catches"] | fired["holds"]
    return fired


def require(sabotage: Sabotage, found: Found) -> None:
    """Fail unless exactly those gates fire that the sabotage names, and one of them for the right object."""
    wanted = {name: set(getattr(sabotage, name)) for name in ("catches", "holds", "warns")}
    told = {
        f"{gate}: {object}": f"{outcome} {severity}" for (gate, object), (outcome, severity) in found.items()
    }
    assert firing(found) == wanted, told
    assert not sabotage.object or sabotage.object in {object for _, object in found}, told
