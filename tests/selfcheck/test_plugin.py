"""The plugin as its user meets it: real runs over small releases, their exit codes and what they leave."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rollgate.release import BUILTIN
from tests.selfcheck.project import OWN_GATE, ROOT, SMALL_SUITE, TABLE, TESTS, gate_text


def test_a_green_run_is_go_and_leaves_a_record_and_a_report(project):
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*one-row*PASS*", "GO *things*1 gate*", "report: reports/*/report.html"])
    record = project.record()
    assert (record["verdict"], record["planned"], len(record["gates"])) == ("GO", 1, 1)
    (gate,) = record["gates"]
    assert gate["evidence"][0]["rows"] == [["1"]]
    assert record["targets"][0]["server_version"]
    (folder,) = project.left()
    page = (folder / "report.html").read_text()
    assert "one-row" in page
    assert "t holds one row" in page


def test_a_violation_is_no_go_and_is_named(project):
    project.write("migration.sql", TABLE + TABLE.split(";")[1] + ";")
    result = project.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*found 2 rows, needed 1*", "NO-GO *"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*test_gates.py:*: AssertionError*")
    assert project.record()["verdict"] == "NO-GO"


def test_a_hold_exits_with_10(project):
    project.write("migration.sql", TABLE + TABLE.split(";")[1] + ";")
    project.gate("one-row", more=", 'HOLD' as outcome")
    result = project.run()
    assert result.ret == 10
    result.stdout.fnmatch_lines(["HOLD *"])


def test_a_warning_is_shown_and_lets_go(project):
    project.write("migration.sql", TABLE + TABLE.split(";")[1] + ";")
    project.gate("one-row", severity="warning")
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*one-row*WARN*", "*found 2 rows*", "GO *"])


@pytest.mark.thorough
def test_a_waived_violation_lets_go_until_it_expires(project):
    project.write("migration.sql", TABLE + TABLE.split(";")[1] + ";")
    waiver = (
        '[[waivers]]\ngate = "one-row"\nobject = "t"\nreason = "known"\n'
        'approver = "release lead"\nexpires = {}\n'
    )
    project.manifest(waiver.format("2999-01-01"))
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*WAIVED*", "*known (approved by release lead, until 2999-01-01)*"])
    project.manifest(waiver.format("2000-01-01"))
    result = project.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*its waiver expired on 2000-01-01*"])


def test_a_migration_that_does_not_run_is_no_go_with_its_line(project):
    shutil.copy(TESTS["test_rollout.py"], project.pytester.path)
    project.write("migration.sql", "-- one\n-- two\ncreate tabel public.t ();\n")
    result = project.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ['*migration.sql:3: syntax error at or near "tabel" (SQLSTATE 42601)*', "NO-GO *"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    verdicts = {gate["id"]: gate["outcome"] for gate in project.record()["gates"]}
    assert verdicts["release-applies"] == "FAIL"
    assert verdicts["one-row"] == "ERROR"


def test_a_gate_that_cannot_be_judged_is_an_error_and_no_go(project):
    project.gate("one-row", more=", 'MAYBE' as outcome")
    project.write("migration.sql", TABLE + TABLE.split(";")[1] + ";")
    result = project.run()
    assert result.ret == 1
    assert project.record()["gates"][0]["outcome"] == "ERROR"
    result.stdout.fnmatch_lines(["*MAYBE*", "NO-GO *"])


def test_a_part_of_the_gates_is_no_go_verdict(project):
    project.gate("another-row")
    result = project.run("-k", "one-row")
    assert result.ret == 10
    result.stdout.fnmatch_lines(["*1 gate was not selected*"])
    assert project.record()["unselected"] == 1


@pytest.mark.thorough
def test_a_subject_can_be_chosen(project):
    (project.sql / "gates" / "others").mkdir()
    project.write("gates/others/another-row.sql", gate_text())
    result = project.run("-m", "others", "--strict-markers")
    assert result.ret == 10
    assert [gate["id"] for gate in project.record()["gates"]] == ["another-row"]
    assert project.record()["unselected"] == 1


@pytest.mark.thorough
@pytest.mark.parametrize("left_out", ["--ignore=tests/test_own.py", "--ignore-glob=*/test_o*"])
def test_a_file_of_gates_that_is_never_collected_is_missed(project, left_out):
    project.pytester.mkdir("tests")
    project.pytester.makeini("[pytest]\ntestpaths = tests\naddopts = -p no:cacheprovider\n")
    shutil.move(project.pytester.path / "test_gates.py", project.pytester.path / "tests")
    (project.pytester.path / "tests" / "test_own.py").write_text(OWN_GATE)
    assert project.run().ret == 0
    result = project.run(left_out)
    assert result.ret == 10
    result.stdout.fnmatch_lines(["*1 gate was not selected*"])


def test_a_wrong_target_is_the_first_reason_however_many_gates_fail_on_it(project):
    for subject in ("routing", "target"):
        (project.sql / "gates" / subject).mkdir()
    project.write("gates/routing/a-row.sql", gate_text())
    project.write("gates/target/the-row.sql", gate_text())
    project.write("migration.sql", TABLE + "insert into public.t values (2);")
    assert project.run().ret == 1
    assert [reason.split()[1] for reason in project.record()["reasons"]] == ["the-row", "a-row", "one-row"]


def test_a_skipped_gate_is_a_hold(project):
    project.pytester.makeconftest(
        "import pytest\n@pytest.fixture(autouse=True)\ndef no(request):\n    pytest.skip('not today')\n"
    )
    result = project.run()
    assert result.ret == 10
    result.stdout.fnmatch_lines(["*skipped: not today*"])


def test_a_gate_without_evidence_is_a_hold(project):
    project.pytester.makepyfile(
        test_own="""
        import pytest
        @pytest.mark.gate("own", title="it holds", prevents="nothing")
        def test_own(gate, rehearsed):
            gate.require(True, "o", "d", "r")
        """
    )
    result = project.run()
    assert result.ret == 10
    result.stdout.fnmatch_lines(["*kept no evidence*"])


def test_an_own_gate_that_breaks_is_an_error(project):
    project.pytester.makepyfile(
        test_own="""
        import pytest
        @pytest.mark.gate("own", title="it holds", prevents="nothing", severity="warning")
        def test_own(gate, rehearsed):
            {}["gone"]
        """
    )
    result = project.run()
    gates = {gate["id"]: gate for gate in project.record()["gates"]}
    assert gates["own"]["outcome"] == "ERROR"
    assert "KeyError" in gates["own"]["error"]
    assert gates["own"]["violations"] == [], "it found nothing out, so it says nothing of evidence"
    assert result.ret == 0, "its author called it a warning"


def test_a_failing_test_that_is_no_gate_keeps_the_run_from_go(project):
    project.pytester.makepyfile(test_other="def test_other():\n    assert False\n")
    result = project.run()
    assert result.ret == 1
    record = project.record()
    assert record["verdict"] == "INCOMPLETE"
    assert "test_other" in " ".join(record["reasons"])


@pytest.mark.thorough
def test_an_interrupted_run_is_recorded_as_incomplete(project):
    project.gate("another-row")
    project.pytester.makeconftest("def pytest_runtest_teardown(item):\n    raise KeyboardInterrupt\n")
    result = project.run()
    assert result.ret == 2
    record = project.record()
    assert record["verdict"] == "INCOMPLETE"
    assert any("cut short (interrupted)" in reason for reason in record["reasons"])


@pytest.mark.thorough
@pytest.mark.parametrize("workers", ["2"])
def test_workers_tell_the_same(project, workers):
    project.gate("another-row")
    result = project.run("-n", workers)
    assert result.ret == 0
    record = project.record()
    assert (record["verdict"], record["planned"], len(record["gates"])) == ("GO", 2, 2)


@pytest.mark.thorough
def test_a_dead_worker_is_never_go(project):
    project.gate("another-row")
    project.pytester.makeconftest(
        "import os\ndef pytest_runtest_call(item):\n    if 'another' in item.name: os._exit(1)\n"
    )
    result = project.run("-n", "1", "--max-worker-restart=0")
    assert result.ret != 0
    assert project.record()["verdict"] == "INCOMPLETE"


def test_a_live_target_is_judged_without_rehearsal_tests(project, monkeypatch, databases):
    shutil.copy(TESTS["test_rollout.py"], project.pytester.path)
    shutil.copy(TESTS["test_p0_rollback.py"], project.pytester.path)
    template = databases.template("plugin_live", lambda connection: connection.execute(TABLE))
    with databases.cloned(template) as conninfo:
        monkeypatch.setenv("STAGING_DATABASE_URL", conninfo)
        result = project.run("--env=staging")
    assert result.ret == 0
    record = project.record()
    assert [(gate["id"], gate["target"]) for gate in record["gates"]] == [("one-row", "staging")]
    assert record["targets"][0]["kind"] == "live"


def test_a_step_summary_is_written_for_github(project, monkeypatch, tmp_path):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    project.run()
    assert "GO" in summary.read_text()


def test_hostile_text_is_escaped_in_the_page(project):
    hostile = "<img src=x onerror=alert(1)></script>"
    project.write(
        "gates/things/one-row.sql",
        gate_text().replace("select 't'", f"select '{hostile}'").replace("<> 1", "= 1"),
    )
    result = project.run()
    assert result.ret == 1
    (folder,) = project.left()
    assert "<img src=x" not in (folder / "report.html").read_text()


def test_dropping_an_index_from_the_base_migration_is_no_go_and_names_it(pytester, monkeypatch):
    """The suite's own release, as a reader would sabotage it."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_PLUGINS", SMALL_SUITE)
    sql = Path(shutil.copytree(BUILTIN, pytester.path / "sql"))
    name = "idx_ai_training_examples_route_created"
    base, alone = (
        sql / "migrations" / file
        for file in (
            "20260215205000_phase2_provider_routing_and_eval.sql",
            "20260215205012_phase2_index_route_created.sql",
        )
    )
    index = f"    ('{name}',    'route_strategy, created_at desc',    null),\n"
    assert index in base.read_text()
    base.write_text(base.read_text().replace(index, ""))
    # The same index where the table is big: a file of its own.
    assert name in alone.read_text()
    alone.write_text("select 'no index';\n")
    shutil.copy(TESTS["test_gates.py"], pytester.path)
    result = pytester.runpytest_subprocess("-p", "rollgate.plugin", f"--release={sql}")
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"*{name}*", "NO-GO *"])


@pytest.mark.thorough
def test_a_part_by_its_id_in_brackets_is_no_verdict(project):
    project.pytester.makepyfile(test_own=OWN_GATE)
    whole = ("test_gates.py", "test_own.py::test_own")
    assert project.run(*whole).ret == 0
    result = project.run("test_gates.py", "test_own.py::test_own[staging]")
    assert result.ret == 10
    result.stdout.fnmatch_lines(["*1 gate was not selected*"])


@pytest.mark.thorough
def test_a_waiver_covers_a_gate_that_is_a_test(project):
    project.pytester.makepyfile(
        test_own="""
        import pytest
        @pytest.mark.gate("own", title="it holds", prevents="nothing")
        def test_own(gate, rehearsed):
            gate.show("looked-at", "Looked at", ("n",), [(1,)])
            gate.require(False, "o", "found 1, needed 2", "mend it")
        """
    )
    assert project.run().ret == 1
    waiver = '[[waivers]]\ngate = "{}"\nobject = "o"\nreason = "r"\napprover = "a"\nexpires = 2999-01-01\n'
    project.manifest(waiver.format("own"))
    assert project.run().ret == 0
    project.manifest(waiver.format("owm"))
    result = project.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*waivers[[]0].gate*", "*owm, which is no gate of this release*"])


def test_runs_that_start_in_the_same_second_have_folders_of_their_own(run, tmp_path):
    runs = [replace(run, folder=tmp_path / "reports" / "20260216T091500Z-ephemeral") for _ in range(3)]
    for each in runs:
        each.make_folder()
    assert len({run.folder for run in runs}) == 3
    assert all(run.folder.is_dir() for run in runs)
