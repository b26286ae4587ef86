"""The figures that are published are those of the corpus, and are shown for the gates they hold for."""

from __future__ import annotations

import msgspec

from rollgate.evidence.record import RunRecord
from rollgate.report.detection import DETECTION_PATH, detection_of, load_detection
from rollgate.report.html import summary_html
from rollgate.report.terminal import summary_lines
from tests.selfcheck.report.samples import go
from tests.selfcheck.sabotage.detection import COMMAND, DOC, document, toml
from tests.selfcheck.sabotage.universe import sql_gates


def test_the_page_is_current():
    assert DOC.read_text(encoding="utf-8") == document(), f"run {COMMAND}"


def test_the_figures_of_the_reports_are_current():
    assert DETECTION_PATH.read_text(encoding="utf-8") == toml(), f"run {COMMAND}"


def test_nothing_goes_unseen_and_nothing_harmless_alarms():
    known = load_detection()
    assert known.sabotages == known.stopped + known.warned
    assert (known.unseen, known.alarms) == (0, 0)
    assert known.stopped >= 120


def of_these(*ids: str, query: str = "") -> RunRecord:
    """Return a run that asked some of the suite's gates; with `query`, other questions by their names."""
    record = go()
    gates = tuple(
        msgspec.structs.replace(record.gates[0], id=id, query=query or sql_gates()[id].query) for id in ids
    )
    return msgspec.structs.replace(record, gates=gates, planned=len(gates))


def shown(record: RunRecord) -> tuple[str, str]:
    return summary_html(record), " ".join(" ".join(summary_lines(record)).split())


def test_the_reports_show_them():
    sentence = detection_of(of_these("tables-exist", "one-default-per-environment"))
    known = load_detection()
    assert sentence.startswith(f"Of {known.sabotages} sabotages the suite's gates stop {known.stopped}")
    for text in shown(of_these("tables-exist")):
        assert sentence in text.replace("&#39;", "'")


def test_other_gates_do_not_borrow_them():
    sentence = detection_of(of_these("tables-exist", "one-default-per-environment", query="select 1"))
    assert "was not measured: 2 of 2" in sentence
    for text in shown(go()):
        assert "was not measured" in text
        assert "sabotages" not in text


def test_a_run_without_gates_says_nothing_of_it():
    assert detection_of(of_these()) == ""
