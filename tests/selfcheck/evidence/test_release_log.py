"""The release log says all that section 4 of the runbook asks for, and names what it can't."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

import msgspec
import pytest

from rollgate.commands import main
from rollgate.evidence.chain import read_chain
from rollgate.evidence.passage import gaps, passages, unvisited
from rollgate.evidence.record import GateRecord, Violation
from rollgate.report.release_log import release_log
from rollgate.stage import Stage
from rollgate.verdict import Outcome, Severity
from tests.selfcheck.evidence.runs import GATES, NOON, Reports, gate, of_fleet
from tests.selfcheck.report.samples import HOSTILE

HOUR = datetime.timedelta(hours=1)


def on_prod(gates: tuple[GateRecord, ...] = GATES) -> list[GateRecord]:
    return [msgspec.structs.replace(each, target="prod") for each in gates]


@pytest.fixture
def both(reports: Reports) -> Reports:
    """Staging and prod, each from its preflight to the end."""
    reports.add(GATES[:1], stage=Stage.PREFLIGHT, at=NOON)
    reports.add(GATES[:2], stage=Stage.VERIFY, at=NOON + HOUR)
    reports.add(at=NOON + 26 * HOUR)
    reports.add(on_prod(GATES[:1]), name="prod", stage=Stage.PREFLIGHT, at=NOON + 27 * HOUR)
    reports.add(on_prod(), name="prod", at=NOON + 28 * HOUR)
    return reports


def written(reports: Reports) -> str:
    chain = read_chain(reports.folder)
    digest = reports.release.digest
    found = passages(chain, digest, reports.release.before)
    return release_log(chain, digest, found, gaps(found, reports.release.before))


def unescaped(text: str) -> str:
    return re.sub(r"&#(\d+);", lambda mark: chr(int(mark[1])), text)


def test_it_says_all_that_the_runbook_asks_for(both):
    text = unescaped(written(both))
    for line in (
        "| Status | complete |",
        "| Rollout timestamp | 2026-02-17 15:59:00 UTC (prod, first seen applied) |",
        "| Operator | release-bot |",
        "| staging, start and end | 2026-02-16 11:59:00 UTC to 2026-02-17 14:00:00 UTC |",
        "| prod, start and end | 2026-02-17 14:59:00 UTC to 2026-02-17 16:00:00 UTC |",
        "rollback-rehearsed-in-place on staging: PASS",
        f"| Release digest | `{both.release.digest}` |",
        "intact, head `",
        "### Outputs of the verification queries",
        "| openai | staging |",
    ):
        assert line in text, line
    for file in both.release.files:
        assert f"`{file.sha256}`" in text


def test_it_names_what_is_missing(reports):
    reports.add(GATES[:1], stage=Stage.PREFLIGHT)
    text = unescaped(written(reports))
    assert "| Status | **incomplete** |" in text
    assert "- Missing: no run found the release applied to staging." in text
    assert "- Missing: no run of all gates said GO on staging." in text
    assert "- Missing: no test of the rollback was kept of staging." in text
    assert "no run has found it applied yet" in text


def test_of_a_database_that_no_run_writes_to_the_clone_is_the_test_of_the_rollback(reports):
    """One that serves both has no staging before it, and is prod: the rollback is never run in place."""
    gates = [GATES[0], gate("rollback-works-on-the-clone", "preflight")]
    reports.add([msgspec.structs.replace(each, target="single-db") for each in gates], name="single-db")
    text = unescaped(written(reports))
    assert "| Status | complete |" in text
    assert "rollback-works-on-the-clone on single-db: PASS" in text


def test_a_broken_ledger_is_said(both):
    both.record(2).unlink()
    assert "**not intact**" in written(both)


def test_a_ledger_that_was_changed_makes_no_complete_log(both):
    """The record of a failure that was edited is none; without it, nothing would be missing."""
    both.add(with_failure(), at=NOON + 25 * HOUR)
    both.record(6).write_bytes(both.record(6).read_bytes() + b" ")
    text = unescaped(written(both))
    assert "| Status | **not to be relied on**: the ledger is not intact |" in text
    assert "| Status | complete |" not in text


@pytest.mark.parametrize("stage", [Stage.VERIFY, Stage.RELEASE])
@pytest.mark.parametrize("name", ["staging", "prod"])
def test_a_failure_after_the_end_is_said(both, capsys, stage, name):
    gates = [msgspec.structs.replace(each, target=name) for each in with_failure()]
    both.add(gates, name=name, stage=stage, at=NOON + 30 * HOUR)
    assert main(["release-log", "--reports", str(both.folder)]) == 1
    said = (
        f"{name} was NO-GO in stage {stage} at 2026-02-17T18:00:00Z (entry 6), and no run of all gates has "
        "said GO there since"
    )
    assert f"missing: {said}\n" in capsys.readouterr().out
    text = unescaped(written(both))
    assert "| Status | **incomplete** |" in text
    assert f"- Missing: {said}." in text
    both.add([msgspec.structs.replace(each, target=name) for each in GATES], name=name, at=NOON + 31 * HOUR)
    assert main(["release-log", "--reports", str(both.folder)]) == 0


def test_a_failure_of_one_of_a_fleet_is_not_made_good_by_another(reports):
    reports.add(of_fleet(eu=Outcome.PASS, us=Outcome.PASS), fleet=["eu", "us"])
    reports.add(of_fleet(us=Outcome.FAIL), fleet=["us"], at=NOON + HOUR)
    reports.add(of_fleet(eu=Outcome.PASS), fleet=["eu"], at=NOON + 2 * HOUR)
    assert "- Missing: us was NO-GO in stage release" in unescaped(written(reports))


def test_waivers_are_in_it(reports):
    waived = msgspec.structs.replace(
        GATES[0],
        outcome=Outcome.WAIVED,
        violations=(
            Violation(
                object="staging", detail="d", remedy="r", outcome=Outcome.WAIVED, waiver="because (by x)"
            ),
        ),
    )
    reports.add([waived, *GATES[1:]])
    assert "Waived: one-default, staging: because (by x)" in unescaped(written(reports))


def test_an_override_of_the_soak_is_in_it(reports):
    override = Violation(
        object="--soak-since", detail="found an override", remedy="r", severity=Severity.WARNING
    )
    reports.add([*GATES[:2], msgspec.structs.replace(GATES[2], violations=(override,))])
    assert "- Override: --soak-since: found an override" in unescaped(written(reports))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_from_a_database_stays_text(reports, text):
    rows = msgspec.structs.replace(GATES[0].evidence[0], rows=((text, None),), title=text)
    reports.add(
        [msgspec.structs.replace(GATES[0], evidence=(rows,)), *GATES[1:]]
        if text.isascii() or "\ud800" not in text
        else GATES
    )
    page = written(reports)
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert not re.search(r"<(script|img)|\]\(|\*\*bold", page)
    assert all(line.endswith("|") for line in table)


def test_the_command_writes_it_and_says_what_is_missing(both, capsys):
    assert main(["release-log", "--reports", str(both.folder)]) == 0
    assert (both.folder / "release-log.md").read_text(encoding="utf-8") == written(both)
    assert capsys.readouterr().out.endswith("release-log.md: staging, prod\n")
    both.record(3).write_bytes(b"{}")
    assert main(["release-log", "--reports", str(both.folder)]) == 1
    assert "WRONG: line 3" in capsys.readouterr().out


@pytest.mark.parametrize("others", [True, False], ids=["of-other-files", "none"])
def test_an_environment_that_no_run_has_been_to_is_named(reports, capsys, others):
    """Prod is promoted from staging: a log that has prod alone lacks a half."""
    if others:
        reports.add(release=replace(reports.release, files=()))
    reports.add(on_prod(), name="prod", at=NOON + HOUR)
    assert main(["release-log", "--reports", str(reports.folder)]) == 1
    said = "no run of these files on staging is kept, and prod is promoted from there"
    assert f"missing: {said}\n" in capsys.readouterr().out
    text = unescaped((reports.folder / "release-log.md").read_text(encoding="utf-8"))
    assert "| Status | **incomplete** |" in text
    assert f"- Missing: {said}." in text


def test_each_environment_on_the_way_has_to_be_there():
    way = {"dev": "", "staging": "dev", "prod": "staging", "single-db": "", "a": "b", "b": "a"}
    assert list(unvisited(["prod"], way)) == [
        "no run of these files on staging is kept, and prod is promoted from there",
        "no run of these files on dev is kept, and staging is promoted from there",
    ]
    assert not list(unvisited(["dev", "staging", "prod"], way))
    assert not list(unvisited(["single-db"], way))
    assert len(list(unvisited(["a"], way))) == 1, "a circle ends"
    assert len(list(unvisited(["dev", "prod"], way))) == 1


def with_failure() -> list[GateRecord]:
    return [gate("one-default", "routing", Outcome.FAIL), *GATES[1:]]


def test_another_digest_is_named_by_its_beginning(both, tmp_path):
    out = tmp_path / "log.md"
    digest = both.release.digest
    assert (
        main(["release-log", "--reports", str(both.folder), "--digest", digest[:8], "--output", str(out)])
        == 0
    )
    assert digest in out.read_text()
