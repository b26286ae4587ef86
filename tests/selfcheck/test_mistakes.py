"""What a user gets wrong is one message: found, needed, fix, and exit code 4; nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rollgate.plugin.selection import _files_below
from tests.selfcheck.project import OWN_GATE, ROOT

#: A path of which nobody can say whether it is there, whoever asks: as one below a folder that is closed.
pytestmark = pytest.mark.thorough

LONG = "x" * 300


def test_a_starting_state_that_does_not_run_is_one_usage_error(project):
    project.write("baseline/clean.sql", "select 1;\nselec 2;")
    result = project.run()
    assert result.ret == 4
    text = result.stdout.str() + result.stderr.str()
    assert "clean.sql:2" in text
    assert "Traceback" not in text


def test_a_folder_that_may_not_be_looked_into_holds_no_gates(project, monkeypatch):
    """Beside a release there may be what a container has left, as a database's files."""
    closed = project.pytester.mkdir("pgdata")
    project.pytester.makepyfile(test_own=OWN_GATE)
    stat = os.stat

    def refused(path, **options):
        if Path(os.fspath(path)).parent == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", refused)
    assert [path.name for path in _files_below(project.pytester.path, []) if path.suffix == ".py"] == [
        "test_gates.py",
        "test_own.py",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--env=production"], ["--env=production", "ephemeral, staging"]),
        (["--env=staging"], ["STAGING_DATABASE_URL is not set"]),
        (["--env=staging", "--env=ephemeral"], ["either ephemeral or live targets"]),
        (["--release=gone"], ["gone", "--release"]),
        (["--pg-bin=gone"], ["--pg-bin"]),
        (["--reports=/proc/nowhere"], ["/proc/nowhere", "--reports=DIR"]),
        ([f"--release={LONG}"], [LONG, "File name too long", "--release"]),
        ([f"--reports={LONG}"], [LONG, "File name too long", "--reports=DIR"]),
        (["--env="], ["--env=", "found:  nothing behind the ="]),
        (["--release="], ["--release=", "found:  nothing behind the ="]),
        (["--operator="], ["--operator=", "found:  nothing behind the ="]),
        (["--reports="], ["--reports=", "found:  nothing behind the ="]),
        (["--soak-log=sql"], ["--soak-log", "found:  no target that is soaked"]),
        (["--soak-since=2026-02-16T09:15:00Z"], ["--soak-since", "found:  no target that is soaked"]),
        (["--strict-markers", "-m", "thingz"], ["thingz"]),
    ],
    ids=[
        "unknown-env",
        "unset-dsn",
        "mixed-envs",
        "no-manifest",
        "no-server",
        "no-reports",
        "release-beyond-reach",
        "reports-beyond-reach",
        "empty-env",
        "empty-release",
        "empty-operator",
        "empty-reports",
        "nothing-soaked",
        "no-soak-begun",
        "unknown-subject",
    ],
)
def test_a_mistake_is_one_usage_error(project, arguments, says):
    result = project.run(*arguments)
    assert result.ret == 4
    text = result.stdout.str() + result.stderr.str()
    for part in says:
        assert part in text
    assert "Traceback" not in text
    assert not project.left()


def test_a_waiver_of_no_gate_is_one_usage_error_and_no_run(project):
    project.manifest(
        '[[waivers]]\ngate = "two-rows"\nobject = "t"\nreason = "r"\napprover = "the release lead"\n'
        "expires = 2099-12-31"
    )
    result = project.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*waivers[[]0].gate", "*found:  two-rows*"])
    assert not project.left()
    assert not (project.pytester.path / "reports" / "ledger.jsonl").exists()


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://operator:hunter2@127.0.0.1:1/none",
        "postgresql://operator:hunter2@[::1:1/none",
        "host=127.0.0.1 port=1 password=hunter2 dbname=none",
        "hunter2",
    ],
    ids=["url", "malformed-url", "keywords", "no-dsn"],
)
def test_an_unreachable_target_is_one_usage_error_without_its_password(project, monkeypatch, dsn):
    monkeypatch.setenv("STAGING_DATABASE_URL", dsn)
    result = project.run("--env=staging", "-l", "--showlocals")
    assert result.ret == 4
    text = result.stdout.str() + result.stderr.str()
    assert "STAGING_DATABASE_URL" in text
    assert "hunter2" not in text
    assert "Traceback" not in text


def test_a_gate_for_a_topology_that_the_release_has_not_is_told(project):
    path = "gates/things/one-row.sql"
    text = (project.sql / path).read_text()
    project.write(path, text.replace("-- requires:", "-- topologies: stagign\n-- requires:"))
    result = project.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*one-row.sql: topologies", "*found:*stagign*", "*needed:*staging*"])


def test_a_run_without_the_page_is_refused(project):
    result = project.run("-p", "no:html")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*found:*-p no:html*"])
    assert project.left() == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("it holds", "it holds for {basline}", "*found:*it holds for {basline}*"),
        ("it holds", "a set {}", "*found:*a set {}*"),
        ('prevents="nothing"', 'prevents="nothing", severity="fatal"', "*found:*severity 'fatal'*"),
    ],
    ids=["no-such-parameter", "no-name", "no-such-severity"],
)
def test_a_marker_that_can_not_be_read_is_one_message(project, old, new, found):
    project.pytester.makepyfile(test_own=OWN_GATE.replace(old, new))
    result = project.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*test_own.py::test_own*", found, "*fix:*gate*marker*"])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


@pytest.mark.parametrize("phase", ["preflight", "verify"])
def test_a_gate_on_a_relation_that_nothing_makes_is_told(project, phase):
    """With `absent: pass` a misspelt name would pass on every target, for ever."""
    project.gate("one-row", phase=phase, requires="public.tt\n-- absent: pass")
    result = project.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*public.tt*", "*found nothing of this name in the rehearsal*", "*remedy: correct `requires`*"]
    )


@pytest.mark.parametrize("made_by", ["migration.sql", "baseline/older.sql"])
def test_a_gate_on_a_relation_that_a_part_of_the_rehearsal_has_may_pass_without_it(project, made_by):
    project.write("baseline/older.sql", "")
    project.write(made_by, (project.sql / made_by).read_text() + "create table public.kept ();")
    project.manifest('older = ["baseline/older.sql"]')
    project.gate("one-row", phase="preflight", requires="public.t, public.kept\n-- absent: pass")
    assert project.run().ret == 0


def test_a_release_that_has_nothing_to_do_with_the_suites_tables_is_told_at_once(project):
    project.manifest()
    text = (project.sql / "release.toml").read_text()
    project.write("release.toml", text.replace("builtin  = false", "builtin  = true"))
    result = project.run()
    assert result.ret == 4
    text = " ".join(result.stdout.str().split())
    assert "found: a release that makes none of public.ai_eval_run_summary_v1" in text
    assert "docs/adopting.md, What it takes for granted" in text
    assert len(project.record()["gates"]) == 1
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_without_the_suites_sql_gates_its_tests_still_need_its_tables(project):
    reports = f"--reports={project.pytester.path / 'reports'}"
    result = project.run(reports, str(ROOT / "tests" / "evals" / "test_eval_view.py"))
    assert result.ret == 4
    text = " ".join(result.stdout.str().split())
    assert "found: a release that makes none of public.ai_eval_run_summary_v1" in text
    assert "leaves out its SQL gates alone" in text
    assert len(project.record()["gates"]) == 1


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "workers"])
def test_a_verdict_that_was_asked_for_is_not_missing_unseen(project, workers):
    """Tests that pass are no GO, and their exit code mustn't be taken for one."""
    project.pytester.makepyfile(test_other="def test_other():\n    pass\n")
    result = project.run(*workers, "test_other.py")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*no verdict", "*found:  a run of tests that holds no gate"])
    assert not project.left()


def test_tests_that_ask_for_no_verdict_leave_nothing(project):
    project.pytester.makepyfile(test_other="def test_other():\n    pass\n")
    result = project.pytester.runpytest_subprocess("-p", "rollgate.plugin", "test_other.py")
    assert result.ret == 0
    assert not project.left()
