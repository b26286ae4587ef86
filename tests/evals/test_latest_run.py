"""The newest eval run of a live target: is there one, does it keep the thresholds, and how sure is that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import psycopg
import pytest

from rollgate.errors import UsageError
from rollgate.evals.latest import Finding, judge_age, judge_figures, queries, read_run, shown
from rollgate.evals.metrics import complete
from rollgate.evals.recent import trend
from rollgate.examined import Examined
from rollgate.open_gate import OpenGate
from rollgate.release import Release
from rollgate.run import Run
from rollgate.target.query import Answer
from rollgate.target.target import Target
from rollgate.verdict import Outcome, Severity


@dataclass(frozen=True)
class Told:
    """What a target says of its runs: the newest that is finished, the last ones, and their failed gates."""

    newest: Answer
    recent: Answer
    failed: Answer
    queries: tuple[str, ...]

    @classmethod
    def of(cls, answers: Sequence[Answer], queries: tuple[str, ...]) -> Told:
        """Return the answers to the three queries."""
        newest, recent, failed = answers
        return cls(newest, recent, failed, queries)


def newest_run(run: Run) -> str:
    """Return the query for the newest finished run."""
    return queries(run.release.thresholds)[0]


def recent_runs(run: Run) -> str:
    """Return the query for the last runs."""
    return queries(run.release.thresholds)[1]


def failed_gates(run: Run) -> str:
    """Return the query for what the runs did not pass."""
    return run.evidence["failed-eval-gates"].query


@pytest.fixture(scope="session")
def runs(examined: Examined, run: Run) -> Callable[[Target], Told]:
    """Ask a target of its runs, once, however many gates want to know."""
    asked = newest_run(run), recent_runs(run), failed_gates(run)

    @cache
    def told(target: Target) -> Told:
        return Told.of(examined.ask(target, *asked), asked)

    return told


def readable(gate: OpenGate, told: Told) -> bool:
    """Tell whether there are runs to be judged: where there are no eval tables, other gates are about that.

    Raises:
        Exception: what else the server said; the gate then could not be judged.
    """
    for answer in (told.newest, told.recent, told.failed):
        if isinstance(answer.error, psycopg.errors.UndefinedTable):
            gate.hold(
                "public.ai_eval_runs",
                "found no eval tables, needed their newest run",
                "apply the base migration, and run the daily eval ingestion",
                severity=Severity.WARNING,
            )
            return False
        if answer.error is not None:
            raise answer.error
    gate.show(
        "newest-run",
        "The newest finished run",
        told.newest.columns,
        told.newest.rows,
        query=told.queries[0],
    )
    return True


def conclude(gate: OpenGate, findings: Iterable[Finding]) -> None:
    for each in findings:
        if each.outcome is Outcome.HOLD:
            gate.hold(each.object, each.detail, each.remedy, severity=each.severity)
        else:
            gate.require(False, each.object, each.detail, each.remedy, severity=each.severity)


@pytest.mark.gate(
    "newest-eval-run-keeps-its-thresholds",
    title="the newest finished eval run has enough samples, and its metrics keep the thresholds, proven by "
    "their intervals",
    prevents="A promotion while the daily evals fail, or pass on so few samples that they say nothing.",
    section="5.4",
    checks="EV-4, EV-6",
)
@pytest.mark.asks(newest_run, recent_runs, failed_gates)
def test_newest_run_keeps_its_thresholds(
    gate: OpenGate, live: Target, runs: Callable[[Target], Told], release: Release
) -> None:
    try:
        thresholds = complete(release.thresholds, release.shown(release.manifest))
    except UsageError as mistake:
        gate.hold("thresholds", f"found {mistake.found}, needed {mistake.needed}", mistake.fix)
        return
    told = runs(live)
    if not readable(gate, told):
        return
    gate.show(
        "failed-eval-gates",
        "The gates that eval runs did not pass",
        told.failed.columns,
        told.failed.rows,
        query=told.queries[2],
    )
    run = read_run(told.newest, thresholds)
    if run is not None:
        gate.measure(*shown(run.metrics))
    line = trend(told.recent, thresholds, release.eval_min_samples)
    if line is not None:
        gate.draw(line)
    conclude(gate, judge_figures(run, release.eval_min_samples))


@pytest.mark.gate(
    "newest-eval-run-is-fresh",
    title="the newest finished eval run is of the last day and a half, and none has been running for longer",
    prevents="A nightly that stopped unnoticed, so that last month's figures speak for this release.",
    section="5, 5.4",
    checks="EV-4, EV-5",
    severity="warning",
)
@pytest.mark.asks(newest_run, recent_runs, failed_gates)
def test_newest_run_is_fresh(
    gate: OpenGate, live: Target, runs: Callable[[Target], Told], release: Release
) -> None:
    told = runs(live)
    if readable(gate, told):
        conclude(gate, judge_age(read_run(told.newest, release.thresholds)))
