"""The newest eval run of a live target: is there one, does it keep the thresholds, and how sure is that."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
import pytest

from rollgate.errors import UsageError
from rollgate.evals.latest import Finding, judge_age, judge_figures, queries, read_run, shown, trend
from rollgate.evals.metrics import complete
from rollgate.examined import Examined
from rollgate.gates import find_evidence
from rollgate.open_gate import OpenGate
from rollgate.release import Release
from rollgate.target.query import Answer
from rollgate.target.target import Target
from rollgate.verdict import Outcome, Severity


def ask(gate: OpenGate, live: Target, examined: Examined, *asked: str) -> list[Answer] | None:
    """Ask in one round trip; None where the target has no eval tables, which other gates are about.

    Raises:
        Exception: what else the server said; the gate then could not be judged.
    """
    answers = examined.ask(live, *asked)
    for answer in answers:
        if isinstance(answer.error, psycopg.errors.UndefinedTable):
            gate.hold(
                "public.ai_eval_runs",
                "found no eval tables, needed their newest run",
                "apply the base migration, and run the daily eval ingestion",
                severity=Severity.WARNING,
            )
            return None
        if answer.error is not None:
            raise answer.error
    gate.show("newest-run", "The newest finished run", answers[0].columns, answers[0].rows, query=asked[0])
    return answers


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
def test_newest_run_keeps_its_thresholds(
    gate: OpenGate, live: Target, examined: Examined, release: Release
) -> None:
    try:
        thresholds = complete(release.thresholds, release.shown(release.manifest))
    except UsageError as mistake:
        gate.hold("thresholds", f"found {mistake.found}, needed {mistake.needed}", mistake.fix)
        return
    newest, recent = queries(thresholds)
    failed = find_evidence(release.evidence_folders).get("failed-eval-gates")
    answers = ask(gate, live, examined, newest, recent, *([failed.query] if failed else []))
    if answers is None:
        return
    if failed:
        gate.show(
            failed.name, failed.title.capitalize(), answers[2].columns, answers[2].rows, query=failed.query
        )
    run = read_run(answers[0], thresholds)
    if run is not None:
        gate.measure(*shown(run.metrics))
    line = trend(answers[1], thresholds, release.eval_min_samples)
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
def test_newest_run_is_fresh(gate: OpenGate, live: Target, examined: Examined, release: Release) -> None:
    newest, _ = queries(release.thresholds)
    answers = ask(gate, live, examined, newest)
    if answers is not None:
        conclude(gate, judge_age(read_run(answers[0], release.thresholds)))
