"""From a test's report to a gate's record: what its test passed, failed or never got to say."""

from __future__ import annotations

import msgspec
import pytest

from rollgate.errors import UsageError
from rollgate.evidence.record import GateRecord, TargetRecord
from rollgate.judging import waive
from rollgate.open_gate import OpenGate
from rollgate.plugin.plan import PLAN, RECORD, RUN, TARGETS
from rollgate.report.text import one_line, reveal
from rollgate.target.query import describe
from rollgate.verdict import Outcome, is_blocking

_ATTRIBUTE = "rollgate"  # of a report; plain values, so that it survives the way from a worker
_MISTAKE = "rollgate_mistake"


def attach(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Put the gate's record on the report, and make the report's outcome follow it.

    A blocking gate is a failed test whatever its test did, HOLD too: nothing that reads test results
    may take it for a pass. A warning or a waiver is a passed test, and is shown as what it is.
    """
    if call.excinfo is not None and isinstance(call.excinfo.value, UsageError):
        report.longrepr = str(call.excinfo.value)
        setattr(report, _MISTAKE, report.longrepr)
    plan = item.stash.get(PLAN, None)
    if plan is None or report.when == "teardown" or (report.when == "setup" and report.passed):
        return
    record = msgspec.structs.replace(_record(item, plan, call, report), nodeid=item.nodeid)
    if not record.query:  # the others were waived when they were asked
        record = waive(record, item.config.stash[RUN].release.waivers)
    target = item.config.stash.get(TARGETS, {}).get(record.target)
    report.sections = [(title, reveal(text)) for title, text in report.sections]
    setattr(report, _ATTRIBUTE, {"gate": msgspec.to_builtins(record), "target": msgspec.to_builtins(target)})
    if is_blocking(record):
        report.outcome = "failed"
        report.longrepr = explain(record)
    else:
        report.outcome = "passed"
        report.longrepr = None


def recorded(report: pytest.TestReport) -> tuple[GateRecord, TargetRecord | None] | None:
    """Return what `attach` has put on the report, here or in a worker."""
    held = getattr(report, _ATTRIBUTE, None)
    if held is None:
        return None
    return (
        msgspec.convert(held["gate"], GateRecord),
        msgspec.convert(held["target"], TargetRecord | None),
    )


def mistake(report: pytest.TestReport) -> str:
    """Return the user's mistake that the report is about, in full; empty if it is about none."""
    return getattr(report, _MISTAKE, "")


def _record(
    item: pytest.Item, plan: GateRecord, call: pytest.CallInfo[None], report: pytest.TestReport
) -> GateRecord:
    held = item.stash.get(RECORD, None)
    raised = call.excinfo.value if call.excinfo else None
    if isinstance(raised, pytest.skip.Exception):
        gate = OpenGate(plan)
        gate.hold(plan.id, f"skipped: {raised}", "run it where it need not be skipped")
        return gate.close()
    if report.when == "setup":
        return msgspec.structs.replace(plan, error=f"could not be set up: {_headline(raised)}")
    if isinstance(held, OpenGate):
        failed = (
            str(raised).split("\n")[0] or "an assertion failed" if isinstance(raised, AssertionError) else ""
        )
        return held.close(failed=failed, error=_headline(raised) if raised and not failed else "")
    if held is None:
        return msgspec.structs.replace(plan, error="its test asked nothing")
    if raised is not None and not is_blocking(held):
        return msgspec.structs.replace(held, outcome=Outcome.ERROR, error=_headline(raised))
    return held


def _headline(raised: BaseException | None) -> str:
    if raised is None:
        return "for an unknown reason"
    if isinstance(raised, UsageError):
        return " ".join(str(raised).split())
    return f"{type(raised).__name__}: {describe(raised)}" if isinstance(raised, Exception) else repr(raised)


def explain(record: GateRecord) -> str:
    """Return what a failed gate shows in place of a traceback: each text on one line, made visible."""
    lines = [f"{record.outcome}: {record.target}: {record.id}", f"  passes when: {record.title}"]
    if record.error:
        lines.append(f"  could not be judged: {record.error}")
    for violation in record.violations:
        lines += [f"  {violation.outcome} {violation.object}", f"      {violation.detail}"]
        if violation.remedy:
            lines.append(f"      remedy: {violation.remedy}")
    return "\n".join(map(_shown, lines))


def _shown(line: str) -> str:
    """Return a line as a terminal can show it, its indentation kept."""
    indentation = len(line) - len(line.lstrip(" "))
    return " " * indentation + one_line(line)


def status(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Return pytest's category, letter and word for a gate that isn't simply passed or failed."""
    found = recorded(report)
    if found is None:
        return None
    record = found[0]
    if record.outcome is Outcome.PASS:
        return None
    if is_blocking(record):
        letter = {Outcome.HOLD: "H", Outcome.ERROR: "E"}.get(record.outcome, "F")
        return "failed", letter, (record.outcome.value, {"red": True})
    word = "WARNING" if record.outcome is not Outcome.WAIVED else "WAIVED"
    return "passed", word[0].lower(), (word, {"yellow": True})
