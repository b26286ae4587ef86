"""Applications in the ledger: checked as runs are, no evidence for a promotion, the moment of a rollout."""

from __future__ import annotations

import datetime
from dataclasses import replace

import msgspec
import pytest

from rollgate.evidence.applied import AppliedFile, AppliedStatement, AppliedTarget, ApplyRecord, Ending
from rollgate.evidence.candidates import Wanted, latest
from rollgate.evidence.chain import read_chain
from rollgate.evidence.entries import decode, encode
from rollgate.evidence.keep import keep_application
from rollgate.evidence.passage import missing, passages
from rollgate.evidence.promotion import (
    verification_findings,
)
from rollgate.evidence.record import Origin
from rollgate.release import Release
from rollgate.report.release_log import release_log
from rollgate.stage import Stage
from tests.selfcheck.evidence.runs import GATES, NOON, Reports

HOUR = datetime.timedelta(hours=1)


def application(
    release: Release, *, at: datetime.datetime = NOON, ending: Ending = Ending.DONE, name: str = "staging"
) -> ApplyRecord:
    def text(moment: datetime.datetime) -> str:
        return moment.isoformat().replace("+00:00", "Z")

    statement = AppliedStatement(number=1, line=3, text="begin;", milliseconds=1.5)
    return ApplyRecord(
        release=release.name,
        title=release.title,
        digest=release.digest,
        environment=name,
        origin=Origin(operator="who-applied", operator_source="--operator"),
        target=AppliedTarget(
            name=name, topology=name, database="postgres", host="db.example.test", port=5432, role="postgres",
            server_version="17.4", tls="", reached="direct", system_identifier="71", server_started="1",
        ),
        ending=ending,
        grounds=("preflight GO: line 1",),
        files=(AppliedFile(role="migration", path="a.sql", sha256="0" * 64, statements=(statement,)),),
        release_files=release.files,
        started_at=text(at - HOUR / 60),
        finished_at=text(at),
        versions={},
    )  # fmt: skip


def add(reports: Reports, number: int = 1, **how: object) -> None:
    record = application(how.pop("release", reports.release), **how)  # type: ignore[arg-type]
    head, trouble = keep_application(record, reports.folder / f"apply-{number}")
    assert head is not None, trouble


def test_a_line_of_it_is_canonical_and_is_read_back(reports):
    reports.add()
    add(reports)
    line = reports.lines()[1].rstrip(b"\n")
    assert b'"kind":"applied"' in line
    assert encode(decode(line)) == line
    assert b'"kind"' not in reports.lines()[0].replace(b'"kind":"live"', b""), "a run's line is as it was"


def test_a_kind_that_nobody_knows_is_told(reports):
    add(reports)
    reports.write([line.replace(b'"kind":"applied"', b'"kind":"mystery"') for line in reports.lines()])
    assert "it is of the kind 'mystery'" in str(read_chain(reports.folder).problems[0])


def test_runs_and_applications_are_one_chain(reports):
    reports.add()
    add(reports)
    reports.add(at=NOON + HOUR)
    chain = read_chain(reports.folder)
    assert chain.intact
    assert [run.line for run in chain.runs] == [1, 3]
    assert [each.line for each in chain.applications] == [2]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("edit", "line 2: its record apply-1/apply.json was changed after it was written"),
        ("remove", "line 2: its record apply-1/apply.json is gone"),
        ("drop", "line 2: it is entry 3: entry 2 is missing"),
        ("cut", "apply-1/apply.json (done) is named by no line"),
    ],
)
def test_what_was_changed_is_found(reports, how, expected):
    reports.add()
    add(reports)
    if how != "cut":
        reports.add(at=NOON + HOUR)
    path = reports.folder / "apply-1" / "apply.json"
    lines = reports.lines()
    if how == "edit":
        path.write_bytes(path.read_bytes().replace(b"who-applied", b"somebody"))
    elif how == "remove":
        path.unlink()
    elif how == "drop":
        reports.write([lines[0], lines[2]])
    else:
        reports.write(lines[:1])
    problems = [str(each) for each in read_chain(reports.folder).problems if not each.harmless]
    assert any(each.startswith(expected) for each in problems), problems


def test_the_last_line_edited_is_found(reports):
    add(reports, ending=Ending.FAILED)
    reports.write([line.replace(b'"failed"', b'"done"') for line in reports.lines()])
    assert "it says otherwise than its record of ending" in str(read_chain(reports.folder).problems[0])


def test_a_draft_is_no_reason_for_distrust(reports):
    reports.add()
    folder = reports.folder / "apply-1"
    folder.mkdir()
    (folder / "apply.json").write_bytes(msgspec.json.encode(application(reports.release, ending=Ending.OPEN)))
    chain = read_chain(reports.folder)
    assert chain.intact
    assert "apply.json (not ended) is named by no line" in str(chain.problems[0])


def findings(reports: Reports) -> list[str]:
    chain = read_chain(reports.folder)
    wanted = Wanted(
        digest=reports.release.digest,
        yardstick=reports.release.yardstick,
        topology="staging",
        now=NOON + 3 * HOUR,
        max_age=datetime.timedelta(hours=72),
    )
    return [each.detail for each in verification_findings(latest(chain, wanted), chain, wanted)]


def test_an_application_is_no_verification(reports):
    add(reports)
    (detail,) = findings(reports)
    assert "no run of staging in the ledger" in detail


def test_the_same_files_applied_again_to_their_end_hold_nothing(reports):
    reports.add()
    add(reports, ending=Ending.FAILED)
    (detail,) = findings(reports)
    assert "these files were applied again since, and failed (line 2" in detail
    add(reports, 2, at=NOON + HOUR)
    assert findings(reports) == []


def test_other_files_applied_since_hold_it(reports):
    other = replace(reports.release, files=reports.release.files[1:])
    add(reports, release=other, at=NOON - HOUR)
    reports.add()
    assert findings(reports) == []
    add(reports, 2, release=other, at=NOON + HOUR)
    (detail,) = findings(reports)
    assert f"other files were applied there since ({other.digest[:12]}" in detail


def test_the_release_log_has_the_moment_and_who(reports):
    reports.add(GATES[:1], stage=Stage.PREFLIGHT, at=NOON)
    add(reports, ending=Ending.STOPPED, at=NOON + HOUR / 2)
    add(reports, 2, at=NOON + HOUR)
    add(reports, 3, at=NOON + 2 * HOUR)
    reports.add(at=NOON + 26 * HOUR)
    chain = read_chain(reports.folder)
    digest = reports.release.digest
    text = release_log(chain, digest, passages(chain, digest, reports.release.before), ())
    assert "| Rollout timestamp | 2026-02-16 13:00:00 UTC (staging, applied) |" in text
    assert "| Operator | release-bot, who-applied |" in text
    assert "### Applied by the suite" in text
    for row in ("| 2 | 2026-02-16 12:29:00 UTC |", "| 3 | 2026-02-16 12:59:00 UTC |"):
        assert row in text
    assert "5 entries, intact" in text


def test_the_release_log_says_that_files_were_applied_again_and_not_to_their_end(reports):
    reports.add(at=NOON)
    add(reports, ending=Ending.FAILED, at=NOON + HOUR)
    chain = read_chain(reports.folder)
    (passage,) = passages(chain, reports.release.digest, reports.release.before)
    assert list(missing(passage)) == ["the files were applied to staging again since, and failed"]
    add(reports, 2, at=NOON + 2 * HOUR)
    (passage,) = passages(read_chain(reports.folder), reports.release.digest, reports.release.before)
    assert not list(missing(passage))
