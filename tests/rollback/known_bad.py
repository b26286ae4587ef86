"""Rollbacks that look right and are not: what is wrong with each, and a small state that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .states import Row, State

FOLDER = Path(__file__).with_name("specimens")

OPENAI = Row("openai", "prod")
CUSTOM = Row("custom", "prod")
CUSTOM_DEFAULT = Row("custom", "prod", is_default=True)
STAGING = Row("openai", "staging", is_default=True)

#: The incident: custom is the default, and the row of openai comes first in the heap.
OPENAI_FIRST = State((OPENAI, CUSTOM_DEFAULT))
CUSTOM_FIRST = State((CUSTOM_DEFAULT, OPENAI))
CUSTOM_ALONE = State((CUSTOM_DEFAULT,))
#: A single database whose staging rows are off, as its overlay leaves them.
STAGING_OFF = State((Row("openai", "prod", is_default=True), Row("openai", "staging", enabled=False)))
IN_KOLKATA = State((OPENAI,), zone="Asia/Kolkata")


@dataclass(frozen=True)
class Defect:
    """What is wrong with a specimen: the invariant that it breaks, in words, and a state that shows it."""

    specimen: str
    step: str
    invariant: str
    title: str
    state: State
    topologies: tuple[str, ...] = ("staging", "prod")

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.specimen}.sql"

    @property
    def id(self) -> str:
        return f"{self.specimen.replace('_', '-')}-{self.invariant}"


EVERYWHERE = ("staging", "prod", "single-db")
SINGLE = ("single-db",)
P0, OUT, LOWER = "p0-rollback", "take-custom-out", "lower-custom-weight"

LITERAL = {
    "aborts": Defect("runbook_literal", P0, "runs", "aborts in the incident", OPENAI_FIRST, EVERYWHERE),
    "no-provider": Defect("runbook_literal", P0, "someone-serves", "leaves nobody", CUSTOM_ALONE, EVERYWHERE),
    "non-prod": Defect("runbook_literal", P0, "non-prod-off", "switches staging on", STAGING_OFF, SINGLE),
    "instant": Defect("runbook_literal", P0, "instant", "is off by the zone", IN_KOLKATA, EVERYWHERE),
}
DEFECTS = (
    *LITERAL.values(),
    Defect("sets_before_it_clears", P0, "runs", "aborts whatever the order of rows", CUSTOM_FIRST),
    Defect("clears_and_sets", P0, "someone-serves", "leaves nobody: openai has no row", CUSTOM_ALONE),
    Defect("does_nothing", P0, "routing", "leaves traffic where it was", OPENAI_FIRST, EVERYWHERE),
    Defect("forgets_staging", P0, "someone-serves", "switches staging off", State((STAGING,))),
    Defect("every_environment", P0, "outside", "rolls dev back", State((Row("custom", "dev"),))),
    Defect("every_environment", P0, "non-prod-off", "switches staging on", STAGING_OFF, SINGLE),
    Defect("deletes_custom", P0, "columns", "loses a row", OPENAI_FIRST),
    Defect("shows_the_rows_of_before", P0, "shown", "shows what was", State((CUSTOM,))),
    Defect("rewrites_what_is_off", P0, "outside", "touches what is off already", STAGING_OFF, SINGLE),
    Defect("disables_custom", OUT, "someone-serves", "takes the only provider out", CUSTOM_ALONE),
    Defect("disables_custom", OUT, "one-default", "leaves no default", OPENAI_FIRST),
    Defect("halves_the_weight", LOWER, "repeatable", "lowers again", State((OPENAI, CUSTOM))),
    Defect("halves_the_weight", LOWER, "routing", "leaves custom the default", OPENAI_FIRST),
)


def defects_of(topology: str) -> tuple[Defect, ...]:
    """Return the defects that show in a topology."""
    return tuple(defect for defect in DEFECTS if topology in defect.topologies)
