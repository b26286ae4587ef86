"""The nights so far: what is kept of a report, and the trend that a job's summary shows."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from rollgate.evals.names import METRICS
from rollgate.evals.trend import DRAWN, GAP, KEPT, Night, markdown, sparkline, with_night
from rollgate.evals.trend_command import main
from tests.selfcheck.evals.conftest import Command, record

RATE = "schema_valid_rate"


@pytest.fixture
def night(command: Command):
    """Return what is kept of a night of February with so many records, so many of them invalid."""

    def of(day: int, records: int = 40, invalid: int = 0, **facts: object) -> Night:
        made = command(
            [record(n, schema_valid=n >= invalid, **facts) for n in range(records)],
            f"--finished-at=2026-02-{day:02}T03:23:00Z",
        )
        return msgspec.json.decode(msgspec.json.encode(made.report), type=Night)

    return of


def many(night: Night, count: int) -> list[Night]:
    """Return a night again and again, a day later each time."""
    return [
        msgspec.structs.replace(
            night,
            run_id=msgspec.convert(f"00000000-0000-8000-8000-{number:012x}", type(night.run_id)),
            finished_at=night.finished_at + timedelta(days=number),
        )
        for number in range(count)
    ]


def row(text: str, name: str = RATE) -> list[str]:
    """Return the cells of a metric's row."""
    line = re.search(rf"^\| `{name}` \|(.+)\|$", text, re.MULTILINE)
    assert line is not None, text
    return [cell.strip() for cell in line[1].split("|")]


def charts(text: str) -> dict[str, str]:
    """Return the charts by the metric in their title."""
    found = re.findall(r"```mermaid\n(.+?)```", text, re.DOTALL)
    return {re.findall(r'title "(\w+)', chart)[0]: chart for chart in found}


def lines(chart: str) -> list[list[float]]:
    return [[float(each) for each in line.split(",")] for line in re.findall(r"line \[(.+)\]", chart)]


def test_a_sparkline_has_a_bar_for_each_value():
    assert sparkline([0.0, 0.5, 1.0, None], low=0.0, high=1.0) == f"▁▅█{GAP}"
    assert sparkline([7.0, 7.0], low=7.0, high=7.0) == "▁▁"
    assert sparkline([-1.0, 2.0], low=0.0, high=1.0) == "▁█"
    assert sparkline([], low=0.0, high=1.0) == ""


def test_the_trend_tells_found_needed_samples_and_what_was_missed(night):
    nights = [night(1), night(2, invalid=4), night(3, invalid=1)]
    text = markdown(nights, nights[-1])
    assert f"Tonight: **FAIL**, run `{nights[-1].run_id}`, 40 records." in text
    assert row(text) == ["`█▁▆`", "0.975", ">= 0.99", "40", "**FAIL**", "2 of 3"]
    assert row(text, "fallback_rate")[2:] == ["<= 0.25", "40", "PASS", "0 of 3"]
    assert {name for name in METRICS if f"| `{name}` |" in text} == set(METRICS)


def test_each_metric_is_a_chart_of_what_was_found_and_needed(night):
    drawn = charts(markdown([night(1), night(2, invalid=2)], None))
    assert set(drawn) == set(METRICS)
    assert lines(drawn[RATE]) == [[1.0, 0.95], [0.99, 0.99]]
    assert 'x-axis ["01.02", "02.02"]' in drawn[RATE]
    low, high = map(float, re.findall(r"y-axis (\S+) --> (\S+)", drawn[RATE])[0])
    assert low < 0.95 < 1.0 <= high
    assert "in red what is needed: at least 0.99" in drawn[RATE]
    assert not [chart for chart in drawn.values() if "<" in chart]


def test_a_figure_that_never_changes_is_a_chart_too(night):
    (chart,) = [charts(markdown([night(1), night(2)], None))["edit_after_generate_rate"]]
    low, high = map(float, re.findall(r"y-axis (\S+) --> (\S+)", chart)[0])
    assert low < high


def test_a_day_without_a_run_is_a_gap(night):
    text = markdown([night(1), night(4)], None)
    assert row(text)[0] == f"`█{GAP}{GAP}█`"
    assert lines(charts(text)[RATE])[0] == [1.0, 1.0]


def test_of_a_day_with_two_runs_the_last_is_drawn(night):
    first = night(2, invalid=20)
    again = msgspec.structs.replace(night(2), finished_at=first.finished_at + timedelta(hours=1))
    assert row(markdown([night(1), first, again], again))[1] == "1"


@pytest.mark.parametrize(
    "facts",
    [{"records": 29, "invalid": 29}, {"defaulted": [RATE.removesuffix("_rate")]}],
    ids=["too-few", "defaults-alone"],
)
def test_what_proves_nothing_is_a_gap_and_no_success(facts, night):
    text = markdown([night(1, **facts)], None)
    assert row(text)[:2] == [f"`{GAP}`", "none"]
    text = markdown([night(1), night(2, **facts)], None)
    assert row(text)[0] == f"`█{GAP}`"
    assert RATE not in charts(text)


def test_a_skipped_night_says_that_nothing_was_judged(night):
    few = night(1, records=3)
    assert "**SKIPPED**" in markdown([few], few)
    assert "3 records, and 30 are needed: nothing was judged" in markdown([few], few)


def test_a_night_without_a_report_shows_those_before(night):
    text = markdown([night(1), night(2)], None)
    assert "**No report tonight**" in text
    assert len(charts(text)) == len(METRICS)
    assert "No earlier night is known" in markdown([], None)


def test_the_last_days_are_drawn_and_the_last_nights_kept(night):
    nights = many(night(1), KEPT + 5)
    assert with_night(nights[:-1], nights[-1]) == nights[5:]
    text = markdown(nights, nights[-1])
    assert row(text)[0] == f"`{'█' * DRAWN}`"
    assert len(lines(charts(text)[RATE])[0]) == DRAWN


def test_a_report_that_is_read_twice_is_one_night(night):
    first, second = night(1), night(2)
    assert with_night([first, second], second) == [first, second]
    assert with_night([second], first) == [first, second]


class TestCommand:
    """From a report and a history to a longer history, and Markdown."""

    def test_it_adds_a_line_a_night(self, command, tmp_path, capsys):
        history = tmp_path / "kept/history.jsonl"
        for day in (1, 2, 2):
            made = command([record(n) for n in range(40)], f"--finished-at=2026-02-0{day}T03:23:00Z")
            assert main(["--report", str(command.report), "--history", str(history)]) == 0
        assert row(capsys.readouterr().out)[0] == "`██`"
        kept = [msgspec.json.decode(line, type=Night) for line in history.read_bytes().splitlines()]
        assert [each.finished_at.day for each in kept] == [1, 2]
        assert str(kept[-1].run_id) == made.report.run_id
        assert len(history.read_bytes()) < 4000
        assert b"record_id" not in history.read_bytes()

    def test_without_a_report_the_history_stays(self, command, tmp_path, capsys):
        history = tmp_path / "history.jsonl"
        missing = ["--report", str(tmp_path / "none.json"), "--history", str(history)]
        assert main(missing) == 0
        assert not history.exists()
        command([record(n) for n in range(40)])
        main(["--report", str(command.report), "--history", str(history)])
        before = history.read_bytes()
        capsys.readouterr()
        assert main(missing) == 0
        assert history.read_bytes() == before
        assert "**No report tonight**" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "line", ["{", '{"format": 1}', "\xff", "null", "*"], ids=["cut", "lacking", "bytes", "null", "text"]
    )
    def test_a_line_that_is_no_night_is_left_out_and_told(self, line, command, tmp_path, capsys):
        history = tmp_path / "history.jsonl"
        history.write_bytes(line.encode("latin-1") + b"\n")
        command([record(n) for n in range(40)])
        assert main(["--report", str(command.report), "--history", str(history)]) == 0
        assert "line 1 is left out" in capsys.readouterr().err
        assert history.read_bytes().count(b"\n") == 1

    @pytest.mark.parametrize("content", [b"{}", b'{"format": 9}', b""])
    def test_what_is_no_report_is_a_mistake(self, content, tmp_path, invoke):
        (tmp_path / "report.json").write_bytes(content)
        done = invoke("--report", "report.json", "--history", "history.jsonl")
        assert done.returncode == 4
        assert "needed: a report" in done.stderr or "needed a report" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "history.jsonl").exists()

    @pytest.fixture
    def invoke(self, tmp_path):
        """Run the script."""
        script = Path(__file__).parents[3] / "scripts/evals/summarize_eval_trend.py"
        return lambda *arguments: subprocess.run(
            [sys.executable, "-B", str(script), *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )


def test_a_night_is_of_the_day_in_utc(night):
    local = msgspec.structs.replace(night(1), finished_at=datetime.fromisoformat("2026-02-02T01:00:00+02:00"))
    assert local.day == datetime(2026, 2, 1, tzinfo=UTC).date()
