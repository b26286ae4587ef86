"""What every report shows of a record: gates grouped, labelled and counted; no layout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rollgate.evidence.record import GateRecord, RunRecord, Violation
from rollgate.stage import MEANINGS, Stage
from rollgate.verdict import Outcome, Severity, Verdict, verdict_of

#: Worst first. `WARN` is any outcome of severity `warning` that isn't a pass: shown, doesn't decide.
LABELS = ("ERROR", "FAIL", "HOLD", "WARN", "WAIVED", "PASS")

#: The order of a rollout; subjects not named here follow by name.
_SUBJECTS = (
    "target",
    "preflight",
    "migration",
    "drift",
    "schema",
    "routing",
    "evals",
    "security",
    "soak",
    "promotion",
    "rollback",
)


def label_of(gate: GateRecord) -> str:
    """Return the word that stands for what `gate` means for the run, one of `LABELS`."""
    if gate.severity is Severity.WARNING and gate.outcome not in (Outcome.PASS, Outcome.WAIVED):
        return "WARN"
    return gate.outcome.value


def worst_label(labels: Iterable[str]) -> str:
    """Return the worst of `labels`; `HOLD` for none at all."""
    return min(labels, key=LABELS.index, default="HOLD")


def anchor_of(gate: GateRecord) -> str:
    """Return the fragment that a link to this result names; the same in every run."""
    return "gate-" + re.sub(r"[^A-Za-z0-9_.-]", "-", f"{gate.id}--{gate.target}")


@dataclass(frozen=True)
class Result:
    """What a gate said of one target, and where the page shows it."""

    record: GateRecord
    anchor: str

    @property
    def label(self) -> str:
        """One of `LABELS`."""
        return label_of(self.record)

    @property
    def rank(self) -> int:
        """Its place among `LABELS`: 0 is the worst."""
        return LABELS.index(self.label)


@dataclass(frozen=True)
class Gate:
    """A gate with its results, one a target; never empty."""

    id: str
    subject: str
    results: tuple[Result, ...]

    @property
    def title(self) -> str:
        """The sentence that is true when it passes."""
        return self.results[0].record.title

    @property
    def label(self) -> str:
        """The worst of its results."""
        return worst_label(result.label for result in self.results)

    @property
    def checks(self) -> tuple[str, ...]:
        """The runbook's lines that any of its results covers."""
        return tuple(dict.fromkeys(check for result in self.results for check in result.record.checks))

    @property
    def sections(self) -> tuple[str, ...]:
        """The runbook's sections that any of its results names."""
        return tuple(dict.fromkeys(name for result in self.results for name in result.record.sections))

    @property
    def standing(self) -> dict[str, list[str]]:
        """Its targets by label, the worst label first."""
        found: dict[str, list[str]] = {}
        for result in sorted(self.results, key=lambda result: result.rank):
            found.setdefault(result.label, []).append(result.record.target)
        return found

    @property
    def queries(self) -> tuple[tuple[str, str], ...]:
        """Each distinct query with its title, the gate's own first."""
        found: dict[str, str] = {}
        for result in self.results:
            found.setdefault(result.record.query, "Gate")
        for result in self.results:
            for table in result.record.evidence:
                found.setdefault(table.query, table.title)
        return tuple((title, query) for query, title in found.items() if query)

    def on(self, target: str) -> tuple[Result, ...]:
        """Return its results on `target`: none where it wasn't recorded, several if it was twice."""
        return tuple(result for result in self.results if result.record.target == target)


def targets_of(record: RunRecord) -> tuple[str, ...]:
    """Return the names of the targets, also of one that only a gate names."""
    names = [target.name for target in record.targets] + [gate.target for gate in record.gates]
    return tuple(dict.fromkeys(names))


def gates_of(record: RunRecord) -> tuple[Gate, ...]:
    """Return the gates by subject in the order of a rollout, then by id, whatever order they ran in."""
    order = {name: position for position, name in enumerate(targets_of(record))}
    grouped: dict[tuple[str, str], list[Result]] = {}
    anchors: Counter[str] = Counter()
    for gate in sorted(record.gates, key=lambda gate: order[gate.target]):
        anchor = anchor_of(gate)
        anchors[anchor] += 1
        unique = anchor if anchors[anchor] == 1 else f"{anchor}--{anchors[anchor]}"
        grouped.setdefault((gate.subject, gate.id), []).append(Result(record=gate, anchor=unique))
    return tuple(
        Gate(id=name, subject=subject, results=tuple(grouped[subject, name]))
        for subject, name in sorted(grouped, key=lambda key: (_subject_rank(key[0]), key))
    )


def _subject_rank(subject: str) -> int:
    return _SUBJECTS.index(subject) if subject in _SUBJECTS else len(_SUBJECTS)


def by_subject(gates: Iterable[Gate]) -> dict[str, list[Gate]]:
    """Return `gates` by subject, in their order."""
    groups: dict[str, list[Gate]] = {}
    for gate in gates:
        groups.setdefault(gate.subject, []).append(gate)
    return groups


def counts_of(record: RunRecord) -> dict[str, int]:
    """Return how many results bear each label, worst first, also those that none bears."""
    counted = Counter(map(label_of, record.gates))
    return {label: counted[label] for label in LABELS}


def alarms_of(record: RunRecord, *, shown: int) -> tuple[str, ...]:
    """Return what makes the record, or the page, not to be trusted as it stands; usually nothing."""
    alarms = []
    if record.recorded != record.planned:
        gap = record.planned - record.recorded
        alarms.append(
            f"planned {record.planned:,} gate results, recorded {record.recorded:,}: "
            f"{abs(gap):,} {'missing' if gap > 0 else 'too many'}"
        )
    if shown != record.recorded:
        alarms.append(
            f"recorded {record.recorded:,} gate results, shown {shown:,}: the report itself is not complete"
        )
    pairs = Counter((gate.id, gate.target) for gate in record.gates)
    alarms += [
        f"{name} was recorded {n} times on {target}" for (name, target), n in sorted(pairs.items()) if n > 1
    ]
    follows = verdict_of(record.gates, planned=record.planned)
    if record.verdict is Verdict.GO and follows is not Verdict.GO:
        alarms.append(f"the record says GO, but {follows.value} follows from its gates")
    return tuple(alarms)


def standing_of(record: RunRecord, *, shown: int) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict to show and its reasons: the record's, but no GO that an alarm contradicts."""
    alarms = alarms_of(record, shown=shown)
    if record.verdict is Verdict.GO and alarms:
        return Verdict.INCOMPLETE, (*alarms, *record.reasons)
    return record.verdict, record.reasons


def scope_of(record: RunRecord) -> str:
    """Return a sentence on what was judged, because a rehearsal says nothing of a live database."""
    live = [target.name for target in record.targets if target.kind == "live"]
    rehearsed = [target.name for target in record.targets if target.kind != "live"]
    said = []
    if live:
        said.append(f"Judged live: {', '.join(live)}.")
    if rehearsed:
        said.append(f"Rehearsed on databases made for it: {', '.join(rehearsed)}.")
    if rehearsed and not live:
        said.append("No live database was looked at.")
    return " ".join(said) or "No target was judged."


def meaning_of(verdict: Verdict, stage: Stage) -> str:
    """Return what a verdict tells its reader to do."""
    if verdict is Verdict.GO and stage is not Stage.RELEASE:
        return f"Stage {stage}: every gate that decides passed or is waived; {MEANINGS[stage]}."
    return {
        Verdict.GO: "Every gate that decides passed or is waived.",
        Verdict.NO_GO: "Do not release: a gate that decides failed or could not be evaluated.",
        Verdict.HOLD: "Not yet: evidence is missing or not enough.",
        Verdict.INCOMPLETE: "Nothing can be said: the results don't add up to what was planned.",
    }[verdict]


def waived_of(record: RunRecord) -> tuple[tuple[GateRecord, Violation], ...]:
    """Return what goes out although a gate fails, with who answers for it."""
    return tuple(
        (gate, violation)
        for gate in record.gates
        for violation in gate.violations
        if violation.outcome is Outcome.WAIVED
    )
