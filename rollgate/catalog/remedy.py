"""What to do about a difference: the statement that mends it, or the file that does."""

from __future__ import annotations

from rollgate.catalog.drift import Drift, relation_of

_AGAIN = "paste the base migration again: it adds what is missing"


def remedy_of(drift: Drift) -> str:
    """Return how to bring the object back to what the release leaves."""
    relation = relation_of((drift.kind, drift.name), drift.found or drift.needed)
    name = drift.name.removeprefix(relation).removeprefix(".")
    if not drift.needed:
        return _remove(drift, relation, name)
    return _restore(drift, relation, name)


def _remove(drift: Drift, relation: str, name: str) -> str:
    match drift.kind:
        case "policy":
            return f"drop policy {name} on {relation};"
        case "grant":
            return _grant(drift, "revoke", drift.found)
        case "trigger" | "rule":
            return f"see what it does, then keep it or: drop {drift.kind} {name} on {relation};"
        case "constraint":
            return f"see what it refuses, then keep it or: alter table {relation} drop constraint {name};"
        case "index":
            return f"see what it is for, then keep it or: drop index concurrently {drift.name};"
        case _:
            return "nothing, if it is meant to be there"


def _restore(drift: Drift, relation: str, name: str) -> str:
    match drift.kind:
        case "owner":
            return f"alter table {drift.name} owner to {drift.needed};"
        case "row security":
            return f"alter table {drift.name} enable row level security;"
        case "grant":
            return _grant(drift, "grant", drift.needed)
        case "index" if not drift.found:
            return drift.needed.replace(" INDEX ", " INDEX CONCURRENTLY ", 1) + ";"
        case "index":
            return f"drop index concurrently {drift.name}; then {_AGAIN}"
        case "constraint" if drift.found.endswith("NOT VALID"):
            return f"alter table {relation} validate constraint {name};"
        case "constraint" if drift.found:
            return f"alter table {relation} drop constraint {name}; then {_AGAIN}"
        case "view" | "function" | "relation" if drift.found:
            return "paste the base migration again: it replaces it; see first who changed it, and why"
        case "column" if drift.found:
            return f"alter table {relation} alter column {name}: back to {drift.needed}"
        case _:
            return _AGAIN


def _grant(drift: Drift, verb: str, privileges: str) -> str:
    what, who = drift.name.rsplit(" to ", 1)
    between = "to" if verb == "grant" else "from"
    sequence = what.endswith(" (its sequence)")
    on = f"the sequence of {what.removesuffix(' (its sequence)')}" if sequence else what
    return f"{verb} {privileges.replace(' (grantable)', '').lower()} on {on} {between} {who};"
