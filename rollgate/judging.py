"""What violations amount to: the worst that decides, and what a waiver lets pass."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec

from rollgate.evidence.capping import MAX_ROWS, capped
from rollgate.evidence.record import GateRecord, Violation
from rollgate.release import Waiver
from rollgate.verdict import Outcome, Severity, worst

_COLUMNS = ("object", "detail", "remedy")
#: What a row may say beside these, and what may stand there: a gate can't waive, and a pass is no row.
_CHOICES = {"outcome": (Outcome.FAIL, Outcome.HOLD), "severity": (Severity.ERROR, Severity.WARNING)}


def found_in(
    columns: Sequence[str], rows: Sequence[Sequence[str | None]], severity: Severity
) -> tuple[Violation, ...]:
    """Return the violations that a gate's query found; `severity` is the gate's own.

    Raises:
        ValueError: they aren't what a gate's query returns.
    """
    if tuple(columns[: len(_COLUMNS)]) != _COLUMNS or not {*columns[len(_COLUMNS) :]} <= _CHOICES.keys():
        raise ValueError(
            f"the gate returns the columns {', '.join(columns)}; "
            "needed: object, detail, remedy, and if wanted outcome, severity"
        )
    found = []
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        for name, words in _CHOICES.items():
            if cells.get(name) and cells[name] not in words:
                raise ValueError(f"the gate returns the {name} {cells[name]!r}; needed: {' or '.join(words)}")
        found.append(
            Violation(
                object=capped(cells["object"] or ""),
                detail=capped(cells["detail"] or ""),
                remedy=capped(cells["remedy"] or ""),
                outcome=Outcome(cells.get("outcome") or Outcome.FAIL),
                severity=Severity(cells.get("severity") or severity),
            )
        )
    return tuple(found)


def weigh(violations: Sequence[Violation], severity: Severity) -> tuple[Outcome, Severity]:
    """Return what the violations amount to, and how much that weighs.

    Violations of severity `error` decide where there are any: a warning beside them changes
    nothing. None at all is a pass, at the gate's own `severity`.
    """
    if not violations:
        return Outcome.PASS, severity
    grave = [each for each in violations if each.severity is Severity.ERROR]
    decisive = grave or violations
    return worst(each.outcome for each in decisive), Severity.ERROR if grave else Severity.WARNING


def kept(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """Return the violations that a record keeps, and in one more how many it doesn't."""
    left_out = len(violations) - MAX_ROWS
    if left_out <= 0:
        return tuple(violations)
    outcome, severity = weigh(violations[MAX_ROWS:], Severity.ERROR)
    rest = Violation(
        object="...",
        detail=f"{left_out} more violations are not shown",
        remedy="mend those that are shown, then run again",
        outcome=outcome,
        severity=severity,
    )
    return (*violations[:MAX_ROWS], rest)


def waive(record: GateRecord, waivers: Sequence[Waiver], today: datetime.date | None = None) -> GateRecord:
    """Return the record with its waived violations marked; a waiver holds to the end of its last day."""
    if record.outcome is Outcome.ERROR or not record.violations:
        return record
    today = today or datetime.datetime.now(datetime.UTC).date()
    by_object = {waiver.object: waiver for waiver in waivers if waiver.gate == record.id}
    judged = []
    for violation in record.violations:
        waiver = by_object.get(violation.object)
        if waiver is None:
            judged.append(violation)
        elif waiver.expires < today:
            expired = f"{violation.detail} (its waiver expired on {waiver.expires})"
            judged.append(msgspec.structs.replace(violation, detail=expired))
        else:
            judged.append(msgspec.structs.replace(violation, outcome=Outcome.WAIVED, waiver=str(waiver)))
    outcome, severity = weigh(judged, record.severity)
    return msgspec.structs.replace(record, violations=tuple(judged), outcome=outcome, severity=severity)
