"""What the wheel holds, and what it gives to a stranger: all gates or no verdict."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rollgate import suite
from rollgate.release import BUILTIN, load_release
from rollgate.target.target import EPHEMERAL
from tests.selfcheck.package.conftest import ROOT, plain_environment

OWN_GATE = """
import pytest
@pytest.mark.gate("own", title="it holds", prevents="nothing", subject="own")
def test_own(gate, rehearsed):
    gate.show("looked-at", "Looked at", ("n",), [(1,)])
"""
OWN_OPTION = "def pytest_addoption(parser):\n    parser.addoption('--env')\n"
#: Where a folder of the repository is in the wheel.
PLACES = {
    "rollgate": "rollgate",
    "sql": "rollgate/suite/sql",
    **{f"tests/{each.name}": f"rollgate/suite/{each.name}" for each in suite.TESTS},
}


def gates_of(collected: str) -> list[str]:
    """Return the tests that were collected, without the folders they lie in."""
    return sorted(re.findall(r"(\w+/test_\w+\.py::\S+)$", collected, re.MULTILINE))


def collected_here() -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--env=ephemeral", "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return gates_of(done.stdout)


def test_it_holds_every_file_of_the_package_the_release_and_the_gates(wheel):
    there = set(zipfile.ZipFile(wheel).namelist())
    here = {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, place in PLACES.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here
    assert not here - there
    assert not {name for name in there - here if ".dist-info/" not in name}


def test_it_names_its_command_and_its_entry(wheel):
    with zipfile.ZipFile(wheel) as files:
        (name,) = (each for each in files.namelist() if each.endswith("/entry_points.txt"))
        points = configparser.ConfigParser()
        points.read_string(files.read(name).decode())
    assert dict(points["console_scripts"]) == {"rollgate": "rollgate.__main__:start"}
    assert dict(points["pytest11"]) == {"rollgate": "rollgate.plugin.entry"}


@pytest.mark.thorough
@pytest.mark.parametrize("asks", [["--env=ephemeral"], ["-p", "rollgate.plugin"]], ids=["option", "plugin"])
def test_a_stranger_gets_the_gates_that_are_asked_here(outside, asks):
    done = outside.pytest(*asks, "--collect-only", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert gates_of(done.stdout) == collected_here()
    assert not list(outside.folder.iterdir())


@pytest.mark.thorough
def test_on_a_live_target_he_gets_those_that_are_tests_too(outside):
    outside.write(".env", "STAGING_DATABASE_URL=postgresql://127.0.0.1/nobody_connects_while_collecting\n")
    done = outside.pytest("--env=staging", "--collect-only", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    files = {each.partition("::")[0] for each in gates_of(done.stdout)}
    assert {"gates/test_drift.py", "gates/test_soak.py", "rollback/test_in_place.py"} <= files
    assert "evals/test_latest_run.py" in files


@pytest.mark.thorough
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_whole_run_outside_is_go_on_all_gates(outside, workers):
    before = {path: path.stat().st_mtime_ns for path in outside.packages.rglob("*")}
    done = outside.pytest("--env=ephemeral", *workers)
    assert done.returncode == 0, done.stdout + done.stderr
    record = outside.record()
    assert (record["verdict"], record["unselected"]) == ("GO", 0)
    assert record["planned"] == len(record["gates"]) == len(collected_here())
    sources = {ROOT / gate["source"] for gate in record["gates"] if gate["source"].startswith("tests/")}
    assert sources
    assert all(path.is_file() for path in sources), "as they are called in the repository"
    assert {path: path.stat().st_mtime_ns for path in outside.packages.rglob("*")} == before, (
        "a read-only install"
    )
    assert sorted(path.name for path in outside.folder.iterdir()) == ["reports"]


def bent(outside) -> Path:
    """Copy the release that comes with the wheel, as a stranger does, and take prod's default away."""
    told = outside.run("rollgate", "files")
    release = Path(shutil.copytree(told.stdout.strip(), outside.folder / "release"))
    (overlay,) = release.glob("overlays/*_prod.sql")
    text = overlay.read_text()
    changed, found = re.subn(r"(true,\s*)true(,\s*100)", r"\1false\2", text)
    assert found == 1
    overlay.write_text(changed)
    return release


@pytest.mark.thorough
def test_a_bent_release_is_no_go(outside):
    done = outside.pytest(f"--release={bent(outside)}", "-k", "one-default-per-environment and prod")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "NO-GO" in done.stdout


@pytest.mark.thorough
def test_a_bent_release_is_no_go_in_a_whole_run(outside):
    done = outside.pytest(f"--release={bent(outside)}", "-n", "2")
    assert done.returncode == 1
    red = {gate["id"] for gate in outside.record()["gates"] if gate["outcome"] in ("FAIL", "ERROR")}
    assert {"one-default-per-environment", "overlay-rows-are-in-place"} <= red


@pytest.mark.thorough
def test_naming_the_plugin_again_changes_nothing(outside):
    outside.write("conftest.py", 'pytest_plugins = ["rollgate.plugin"]\n')
    words = ("-W", "error", "--collect-only", "-q")
    done = outside.pytest("-p", "rollgate.plugin", "-p", "rollgate.plugin", "--env=ephemeral", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert gates_of(done.stdout) == collected_here()


@pytest.mark.thorough
def test_a_part_that_is_named_is_held_for_the_rest(outside):
    outside.write("test_own.py", OWN_GATE)
    done = outside.pytest("--env=ephemeral", "test_own.py")
    assert done.returncode == 10, done.stdout + done.stderr
    assert outside.record()["unselected"] > 100


@pytest.mark.thorough
def test_tests_without_a_gate_are_no_verdict(outside):
    """`pytest --env=staging tests/` is what everybody types."""
    outside.write("tests/test_unit.py", "def test_unit():\n    pass\n")
    done = outside.pytest("--env=ephemeral", "tests")
    assert done.returncode == 4
    assert "a run of tests that holds no gate" in done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize("ini", ["", "[pytest]\ntestpaths = tests\n"], ids=["anywhere", "testpaths"])
def test_gates_of_the_project_are_asked_too_and_its_other_tests_are_not(outside, ini):
    if ini:
        outside.write("pytest.ini", ini)
    outside.write("tests/test_own.py", OWN_GATE)
    outside.write("tests/test_unit.py", "def test_unit():\n    raise AssertionError\n")
    outside.write("tests/test_torn.py", "import pytest\n@pytest.mark.gate('torn',\n")
    outside.write("node_modules/test_other.py", OWN_GATE)
    done = outside.pytest("--env=ephemeral", "--collect-only", "-q", "--continue-on-collection-errors")
    assert "tests/test_own.py::test_own" in done.stdout
    assert "test_unit" not in done.stdout
    assert "node_modules" not in done.stdout
    assert "tests/test_torn.py" in done.stdout, "one that can't be read may hold gates"
    assert set(gates_of(done.stdout)) >= set(collected_here())


@pytest.mark.thorough
@pytest.mark.parametrize("named", [(), ("--env=qa",)], ids=["plain", "with an option of the same name"])
def test_a_run_of_somebody_else_is_left_alone(outside, named):
    outside.write("conftest.py", OWN_OPTION)
    outside.write(
        "test_it.py",
        "import sys\ndef test_it():\n    ours = {n for n in sys.modules if n.startswith('rollgate')}\n"
        "    assert ours == {'rollgate', 'rollgate.errors', 'rollgate.plugin', 'rollgate.plugin.entry'}\n",
    )
    done = outside.pytest("-W", "error", "--strict-markers", *named)
    assert done.returncode == 0, done.stdout
    assert "rollgate 0" not in done.stdout
    assert "GO" not in done.stdout
    assert sorted(path.name for path in outside.folder.iterdir()) == ["conftest.py", "test_it.py"]
    without = outside.pytest("-W", "error", "--strict-markers", "-p", "no:rollgate", *named)
    assert "assert set() ==" in without.stdout, "nothing else loads it"


WARNED = [
    (["--env=staging"], ""),
    (["--env", "prod"], ""),
    (["--env=single-db", "-n", "1"], ""),
    (["--env=qa"], "release.toml"),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("words", "file"), WARNED, ids=["staging", "apart", "workers", "manifest"])
def test_a_run_that_may_have_been_meant_for_the_suite_says_that_it_was_not_asked(outside, words, file):
    outside.write("tests/conftest.py", OWN_OPTION)
    outside.write("tests/test_it.py", "def test_it():\n    pass\n")
    if file:
        outside.write(file, "format = 1\n")
    done = outside.pytest(*words, "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, " in done.stdout
    said = (
        "PytestConfigWarning: rollgate was not asked, and this run is no GO: --env is an option of "
        "tests/conftest.py; to ask it, add --stage=release or --release=PATH; "
        "if nobody meant to: -p no:rollgate"
    )
    assert done.stdout.count(said) == 1, "once, however many workers there are"
    quiet = outside.pytest("-p", "no:rollgate", *words, "tests")
    assert "1 passed in" in quiet.stdout


def test_a_warning_that_is_to_be_an_error_is_one_message(outside):
    outside.write("conftest.py", OWN_OPTION)
    done = outside.pytest("-W", "error", "--env=staging")
    assert done.returncode == 4
    assert done.stderr.startswith("ERROR: rollgate was not asked")
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("taken", "words", "way"),
    [
        (("--env", "--stage"), ("--env=staging", "--stage=verify"), "add --release=PATH;"),
        (("--release",), ("--release", "elsewhere"), "add --stage=release;"),
        (("--env", "--release", "--stage"), ("--env=prod",), "run it from another folder;"),
    ],
)
def test_a_way_out_that_is_taken_too_is_not_named(outside, taken, words, way):
    options = "".join(f"    parser.addoption('{option}')\n" for option in taken)
    outside.write("conftest.py", f"def pytest_addoption(parser):\n{options}")
    outside.write("elsewhere/release.toml", "")
    done = outside.pytest(*words)
    assert f"of conftest.py; to ask it, {way}" in done.stdout


def test_the_names_that_are_taken_for_the_suites_are_its_own_targets():
    from rollgate.plugin.entry import TARGETS

    assert {*load_release(BUILTIN).topologies, EPHEMERAL} == TARGETS


@pytest.mark.parametrize("words", [("--release=release.toml",), ("--env=staging", "--stage=release")])
def test_an_option_that_two_want_is_one_message(outside, words):
    outside.write("conftest.py", OWN_OPTION)
    done = outside.pytest(*words)
    assert done.returncode == 4
    assert "an option of the same name" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_help_shows_the_options(outside):
    told = outside.pytest("--help")
    assert "release verification:" in told.stdout
    assert "--env=NAME" in told.stdout


def test_the_options_that_call_for_the_suite_are_those_it_has(request):
    from rollgate.plugin.entry import OPTIONS

    parser = request.config._parser
    (group,) = (each for each in parser._groups if each.name == "rollgate")
    assert {name for option in group.options for name in option.names()} - {"--no-color"} == OPTIONS


@pytest.mark.thorough
def test_its_commands_are_there(outside):
    told = outside.run("rollgate", "--help")
    assert told.returncode == 0
    for name in ("evals-export", "evals-ingest", "evals-trend"):
        assert f"\n  {name} " in told.stdout
        more = outside.run("rollgate", name, "--help")
        assert more.stdout.startswith(f"usage: python -m rollgate {name} ")
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_in_a_repository_of_the_suite_an_installed_one_does_not_judge(outside):
    words = ("--collect-only", "-q", "-o", "pythonpath=", "tests/gates")
    done = outside.run("pytest", "-p", "no:cacheprovider", *words, safe=True, folder=ROOT)
    assert done.returncode == 4
    assert f"needed: those of this folder, {ROOT}" in done.stderr
