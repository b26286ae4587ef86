"""The command: what it judges, what it says, how it ends, and what it leaves."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
import tracemalloc
import uuid
from pathlib import Path

import jsonschema
import msgspec
import pytest

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evals import report as reports
from rollgate.evals.generate import main
from rollgate.evals.identity import run_id
from rollgate.evals.ingest import EDITOR_BYTES
from rollgate.evals.options import parser
from tests.selfcheck.evals.conftest import record

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "evals" / "generate_eval_ingest_sql.py"
SCHEMA = ROOT / "docs" / "eval-report.schema.json"


def good(count: int = 30, **facts: object) -> list[dict[str, object]]:
    return [record(n, **facts) for n in range(count)]


def bad(count: int = 30) -> list[dict[str, object]]:
    return good(count, schema_valid=False)


@pytest.mark.parametrize(
    ("records", "gate", "status", "code"),
    [
        (good(30), "PASS", "passed", 0),
        (bad(30), "FAIL", "failed", 2),
        (good(29), "SKIPPED", "aborted", 0),
        (bad(29), "SKIPPED", "aborted", 0),
        ([], "SKIPPED", "aborted", 0),
        (good(30, latency_ms=None), "HOLD", "aborted", 2),
        (good(30, defaulted=["patch_apply_success"]), "HOLD", "aborted", 2),
        (good(30, schema_valid=False, latency_ms=None), "FAIL", "failed", 2),
    ],
    ids=["good", "bad", "few", "few-and-bad", "none", "no-latency", "defaults", "bad-and-no-latency"],
)
def test_a_run_is_judged_and_strict_exit_says_so(records, gate, status, code, command):
    made = command(records, "--strict-exit")
    assert (made.report.gate, made.report.status, made.code) == (gate, status, code)
    assert command(None).code == 0
    stored = command(None, layout="sitecraft").report.status
    assert stored == ("failed" if gate == "FAIL" else "completed")


def test_a_skipped_gate_is_told_loudly(command):
    made = command(good(12), "--strict-exit")
    assert "GATE SKIPPED: found 12 samples, needed 30: nothing was judged" in made.said
    assert made.report.failed_gates == ()


def test_the_least_number_of_samples_is_an_option(command):
    assert command(bad(12), "--min-samples", "12", "--strict-exit").code == 2


def test_a_threshold_is_an_option(command):
    records = [record(n, schema_valid=n > 0, latency_ms=50_000) for n in range(100)]
    assert command(records).report.failed_gates == ("p95_latency_ms",)
    made = command(None, "--min-schema-valid-rate", "1", "--max-p95-latency-ms", "50000")
    assert made.report.failed_gates == ("schema_valid_rate",)
    assert "found 0.99, needed >= 1" in made.report.why


def test_the_report_keeps_its_schema(command):
    assert SCHEMA.read_bytes() == reports.schema()
    schema = json.loads(SCHEMA.read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    command(good(40))
    earlier = command.report.rename(command.folder / "baseline.json")
    command(bad(40), "--baseline-report", str(earlier))
    jsonschema.validate(json.loads(command.report.read_bytes()), schema)


def test_the_same_input_gives_the_same_files(command):
    first = command(good(50))
    before = command.report.read_bytes()
    assert command(None).sql == first.sql
    assert command.report.read_bytes() == before


def test_ids_sort_by_the_time_at_which_the_input_was_written(command):
    found = []
    for minute in (5, 1, 3):
        command.write(good(30))
        os.utime(command.input, (1_770_000_000 + 60 * minute,) * 2)
        found.append((minute, command(None).report.run_id))
    assert [minute for minute, _ in sorted(found, key=lambda each: each[1])] == [1, 3, 5]


def test_an_id_is_a_uuid_of_version_8_that_sorts_with_those_of_version_7():
    at = datetime.datetime(2026, 2, 16, 9, 15, 0, 123_000, datetime.UTC)
    found = run_id(at, "f" * 64)
    assert (found.version, found.variant) == (8, uuid.RFC_4122)
    assert found.int >> 80 == int(at.timestamp() * 1000)
    assert str(run_id(at, "0" * 64)) < "019c6581-4abb-7000-8000-000000000000"[:14] + "9" or found.int > 0
    assert run_id(at, "0" * 64) < found < run_id(at + datetime.timedelta(milliseconds=1), "0" * 64)


@pytest.mark.parametrize(
    ("more", "same"),
    [
        (["--triggered-by", "nightly"], True),
        (["--run-type", "shadow"], False),
        (["--schema-variant", "sitecraft"], False),
        (["--min-schema-valid-rate", "0.5"], False),
        (["--min-samples", "5"], False),
        (["--commit-sha", "abc"], False),
        (["--dataset-ref", "set-1"], False),
        (["--started-at", "2026-01-01T00:00:00Z"], True),
    ],
)
def test_a_run_is_what_was_judged_and_how(more, same, command):
    first = command(good(30)).report
    other = command(None, *more).report
    assert (other.content_digest == first.content_digest) is same
    assert (other.run_id == first.run_id) is same


def test_how_a_line_is_written_makes_no_other_run(command):
    first = command(good(30), "--finished-at", "2026-02-16T03:00:00Z").report
    spaced = "\r\n\r\n".join(json.dumps(dict(reversed(each.items())), indent=None) for each in good(30))
    again = command(b"\xef\xbb\xbf" + spaced.encode(), "--finished-at", "2026-02-16T04:00:00+01:00").report
    assert again.run_id == first.run_id


def test_a_bad_line_stops_the_command_and_nothing_is_written(command):
    command.write(json.dumps(record(1)).encode() + b"\n{}\n")
    with pytest.raises(UsageError) as caught:
        main(command.arguments())
    assert str(caught.value).startswith(f"{command.input}:2\n  found:  record_id: found no such key")
    assert sorted(each.name for each in command.folder.iterdir()) == ["records.jsonl"]


def test_two_records_of_one_id_are_named_by_both_lines(command):
    command.write([record(1), record(2), record(1)])
    with pytest.raises(UsageError) as caught:
        main(command.arguments())
    assert caught.value.where.endswith(":3")
    assert "which line 1 has already" in caught.value.found


def test_bad_lines_are_put_aside_whole_and_told(command):
    lines = [json.dumps(record(n)).encode() for n in range(40)]
    lines[3:3] = [b"{", b"\xff\xfe", lines[0]]
    made = command(b"\n".join(lines), "--on-bad-record=quarantine")
    assert made.report.records == 40
    assert made.report.input.bad == 3
    assert "3 bad lines were put aside: report.quarantine.jsonl" in made.warned
    kept = [
        json.loads(each) for each in (command.folder / made.report.input.quarantine).read_text().splitlines()
    ]
    assert [each["line"] for each in kept] == [4, 5, 6]
    assert kept[0]["raw"] == "{"
    assert kept[1]["raw_base64"] == "//4="
    assert kept[2]["raw"] == lines[0].decode()
    assert "which line 1 has already" in kept[2]["reason"]
    whole = command(good(40), "--on-bad-record=quarantine")
    assert whole.report.content_digest == made.report.content_digest
    assert not (command.folder / "report.quarantine.jsonl").exists()


def test_unknown_keys_are_told_once_each(command):
    made = command([record(n, source="save", **({"note": 1} if n < 3 else {})) for n in range(30)])
    assert made.report.input.unknown_keys == {"note": 3, "source": 30}
    assert made.warned.count("unknown key") == 2
    assert made.report.gate == "PASS"


def test_the_parts_of_the_providers_are_told(command):
    records = [
        record(n, selected_provider="custom" if n < 10 else "openai", schema_valid=n >= 5) for n in range(40)
    ]
    parts = {each.provider: each for each in command(records).report.providers}
    assert {provider: part.records for provider, part in parts.items()} == {"openai": 30, "custom": 10}
    assert parts["custom"].metrics[0].value == 0.5
    assert parts["openai"].metrics[0].value == 1.0


@pytest.mark.parametrize(
    ("facts", "share", "step", "path"),
    [
        ({"safety_html_tailwind_compliant": False}, 0.02, "p0-rollback", "rollback/p0_rollback.sql"),
        ({"schema_valid": False}, 0.03, "p0-rollback", "rollback/p0_rollback.sql"),
        ({"latency_ms": 60_001}, 0.06, "take-custom-out", "rollback/take_custom_out.sql"),
        ({"fallback_used": True}, 0.41, "lower-custom-weight", "rollback/lower_custom_weight.sql"),
    ],
)
def test_the_rollback_matrix_names_the_step_and_its_file(facts, share, step, path, command):
    made = command([record(n, **(facts if n < share * 200 else {})) for n in range(200)])
    (due,) = made.report.rollback
    assert due.step == step
    assert due.files["staging"] == path
    assert due.files["single-db"] == path.replace(".sql", "_single_db.sql")
    assert f"paste {path}" in made.said


def test_the_matrix_is_stricter_than_the_gates_are(command):
    at_its_bounds = [
        record(
            n,
            safety_html_tailwind_compliant=n >= 2,
            schema_valid=n >= 4,
            fallback_used=n < 80,
            latency_ms=60_000,
        )
        for n in range(200)
    ]
    made = command(at_its_bounds)
    assert made.report.gate == "FAIL"
    assert made.report.rollback == ()


def test_few_samples_call_for_a_rollback_only_if_they_prove_it(command):
    assert command([record(n, schema_valid=n > 0) for n in range(10)]).report.rollback == ()
    assert [each.step for each in command(bad(10)).report.rollback] == ["p0-rollback"]
    slow = command(good(10, latency_ms=90_000)).report
    assert [each.step for each in slow.rollback] == ["take-custom-out"]


def test_a_baseline_shows_what_got_worse(command):
    command(good(1000))
    earlier = command.report.rename(command.folder / "baseline.json")
    made = command(
        [record(n, schema_valid=n >= 15, fallback_used=n < 100, latency_ms=3000) for n in range(1000)],
        "--baseline-report",
        str(earlier),
    )
    assert made.report.comparison
    changes = {each.name: each for each in made.report.comparison.changes}
    schema = changes["schema_valid_rate"]
    assert schema.worse_by == pytest.approx(0.015)
    assert (schema.low, schema.high) == pytest.approx((0.0083, 0.0246), abs=1e-3)
    assert schema.certain
    assert changes["fallback_rate"].worse_by == pytest.approx(0.1)
    assert changes["patch_apply_success"].worse_by == 0
    assert not changes["patch_apply_success"].certain
    assert changes["p95_latency_ms"].worse_by == pytest.approx(3000 - 1949.05)
    assert "ROLLBACK TRIGGER: schema_valid_rate: found a drop of 0.015" in made.said
    assert [each.step for each in made.report.rollback] == ["p0-rollback"]


@pytest.mark.parametrize(("invalid", "triggered"), [(10, False), (11, True)])
def test_a_drop_of_more_than_a_hundredth_is_a_trigger(invalid, triggered, command):
    command(good(1000))
    earlier = command.report.rename(command.folder / "baseline.json")
    made = command(
        [record(n, schema_valid=n >= invalid) for n in range(1000)], "--baseline-report", str(earlier)
    )
    assert made.report.comparison
    assert bool(made.report.comparison.rollback_trigger) is triggered


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": 2}', b"\xff", None])
def test_a_baseline_that_is_no_report_is_a_mistake(content, command):
    baseline = command.folder / "baseline.json"
    if content is not None:
        baseline.write_bytes(content)
    command.write(good(30))
    with pytest.raises(UsageError, match="--baseline-report"):
        main(command.arguments("--baseline-report", str(baseline)))
    assert not command.report.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--min-schema-valid-rate", "1.5"], "a share from 0 to 1"),
        (["--min-schema-valid-rate", "nan"], "a share from 0 to 1"),
        (["--max-p95-latency-ms", "-1"], "milliseconds, 0 or more"),
        (["--min-samples", "0"], "1 or more"),
        (["--finished-at", "2026-02-16T03:00:00"], "a time with its offset"),
        (["--finished-at", "yesterday"], "a time with its offset"),
        (["--finished-at", "2999-01-01T00:00:00Z"], "a time that is over"),
        (
            ["--started-at", "2026-02-16T03:00:01Z", "--finished-at", "2026-02-16T03:00:00Z"],
            "before --finished-at",
        ),
        (["--apply"], "--apply without --dsn-env"),
        (["--dsn-env", "X"], "--dsn-env without --apply"),
        (["--triggered-by", " "], "--triggered-by"),
        (["--commit-sha", "\udcff"], "bytes that are not UTF-8"),
        (["--release", "/nowhere"], "a release manifest"),
    ],
)
def test_a_wrong_call_is_one_clear_mistake(more, said, command):
    command.write(good(30))
    with pytest.raises(UsageError, match=re.escape(said)):
        main(command.arguments(*more))
    assert not command.report.exists()
    assert not command.sql.exists()


def test_the_input_is_never_overwritten(command):
    command.write(good(30))
    arguments = command.arguments()
    arguments[arguments.index("--sql-output") + 1] = str(command.input)
    with pytest.raises(UsageError, match="one file twice"):
        main(arguments)


def test_no_input_is_a_clear_mistake(command):
    with pytest.raises(UsageError, match="no such file"):
        main(command.arguments())


@pytest.mark.parametrize("occupied", ["sql", "report"])
def test_both_files_are_replaced_or_none(occupied, command):
    """The other file of a pair stays as it was when one can't be written."""
    first = command(good(30))
    place = getattr(command, occupied)
    place.unlink()
    place.mkdir()
    command.write(bad(30))
    with pytest.raises(Failure, match="nothing has changed"):
        main(command.arguments())
    assert sorted(each.name for each in command.folder.iterdir()) == [
        "ingest.sql",
        "records.jsonl",
        "report.json",
    ]
    if occupied == "report":
        assert command.sql.read_text() == first.sql
    else:
        assert msgspec.json.decode(command.report.read_bytes(), type=reports.EvalReport) == first.report


def test_a_file_that_nobody_wants_may_be_dev_null(command):
    command.write(good(30))
    arguments = command.arguments()
    arguments[arguments.index("--sql-output") + 1] = os.devnull
    assert main(arguments) == 0
    assert not Path(os.devnull).is_file()
    assert command.report.exists()


def test_the_runbook_s_5000_records_fit_into_the_sql_editor(command):
    records = [record(n, latency_ms=100_000 + n, defaulted=["fallback_used"] * (n % 2)) for n in range(5000)]
    made = command(records)
    assert len(made.sql) < EDITOR_BYTES
    assert "to be pasted into the SQL Editor" in made.said
    made = command([record(n, record_id=str(n).zfill(200)) for n in range(5000)])
    assert "too big for Supabase's SQL Editor" in made.said


def test_memory_does_not_grow_with_the_input(command):
    peaks = []
    for count in (8_000, 24_000):
        command.write([record(n, latency_ms=n % 1000) for n in range(count)])
        tracemalloc.start()
        main(command.arguments())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (2 << 20)


def test_the_runbook_s_command_runs_as_it_is_written(command):
    """Section 5.2, from a fresh clone: folders that aren't there yet are made."""
    command.write(good(30))
    artifacts = command.folder / "artifacts" / "evals"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--input", str(command.input),
         "--sql-output", str(artifacts / "eval_run_ingest.sql"),
         "--report-output", str(artifacts / "eval_run_report.json"),
         "--run-type", "canary", "--schema-variant", "sitecraft", "--triggered-by", "manual"],
        cwd=command.folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(each.name for each in artifacts.iterdir()) == [
        "eval_run_ingest.sql",
        "eval_run_report.json",
    ]


def test_a_mistake_ends_the_script_with_4_and_no_traceback(tmp_path):
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_the_docs_name_every_option():
    text = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")
    options = [
        name for action in parser()._actions for name in action.option_strings if name.startswith("--")
    ]
    assert [name for name in options if f"`{name}" not in text and name != "--help"] == []
