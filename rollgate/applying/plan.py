"""What an application would do, in words: who, which files and statements, what is there, which locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import rollgate
from rollgate.applying.permission import Permission
from rollgate.applying.script import File, Unit
from rollgate.applying.target import Standing
from rollgate.evidence.candidates import Finding
from rollgate.evidence.record import Table
from rollgate.release import Release
from rollgate.target.target import Target


def header(release: Release, target: Target, standing: Standing) -> Iterator[str]:
    """Say what is applied, and to which database."""
    yield f"rollgate {rollgate.__version__}: apply {release.name} {release.digest[:12]} to {target.name}"
    yield f"  {target.name}: {standing.identity}"
    if standing.holder:
        yield f"  somebody applies a release to it right now: {standing.holder}"


def evidence(permission: Permission) -> Iterator[str]:
    """Say what allows it, and what was overridden."""
    for each in permission.grounds:
        yield f"  allowed by {each}"
    for each in permission.overridden:
        yield f"  OVERRIDDEN: {each}"


def files(found: Sequence[File], standing: Standing, skipped: Sequence[File]) -> Iterator[str]:
    """Say which files and statements are run, in order, and what of them is recorded or visibly there."""
    for number, file in enumerate(found, 1):
        told = standing.history.says(file)
        yield ""
        yield (
            f"{number}/{len(found)}  {file.shown}: {_counted(len(file.steps), 'statement')}"
            f"{f'; {told}' if told else ''}"
        )
        if file in skipped:
            yield "      not run: it is recorded with this very text (--again runs it all the same)"
            continue
        for unit in file.units:
            yield from _unit(unit, standing)


def _unit(unit: Unit, standing: Standing) -> Iterator[str]:
    for step in unit.steps:
        there = standing.existing.get(step, "")
        inside = "  " if len(unit.steps) > 1 and not (step.begins or step.ends) else ""
        mark = ""
        if there == "INVALID":
            mark = "   [INVALID: it would be dropped and built anew]" if unit.alone else "   [INVALID]"
        elif there:
            mark = "   [there]"
        alone = "   [in no transaction]" if unit.alone else ""
        yield f"  {step.number:4}  {inside}{step.first_line}{alone}{mark}"


def locks(table: Table | None, command: str) -> Iterator[str]:
    """Say which locks the rollout takes on tables that are there, as the preflight saw them on a clone."""
    yield ""
    if table is None or table.error:
        yield f"locks: not known, because no preflight has seen this rollout on a clone: {command}"
        return
    yield "locks on tables that are there, as the preflight saw them on a clone, with this target's sizes:"
    shown = [table.columns, *(tuple(cell or "-" for cell in row) for row in table.rows)]
    if len(shown) == 1:
        yield "  none that keeps anybody waiting"
        return
    widths = [max(len(row[column]) for row in shown) for column in range(len(table.columns))]
    for row in shown:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def refusals(found: Sequence[Finding]) -> Iterator[str]:
    """Say why it may not be, and what to do."""
    for each in found:
        yield f"REFUSED: {each.object}: {each.detail}"
        yield f"  fix: {each.remedy}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
