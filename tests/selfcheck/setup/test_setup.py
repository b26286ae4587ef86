"""scripts/setup.sh: which Python it takes, when it installs, and what it says when it can't."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.selfcheck.setup.conftest import Machine


def assert_one_message(result: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert result.returncode == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line.split(":")[0].strip() for line in lines[-4:]] == ["set-up", "found", "needed", "fix"]
    for part in parts:
        assert part in result.stderr


def test_first_run_installs_and_second_run_does_nothing(machine: Machine) -> None:
    machine.add_python()
    first = machine.set_up()
    assert first.returncode == 0, first.stderr
    assert machine.installs == ["requirements.lock"]
    assert "Python 3.13.1" in first.stderr

    second = machine.set_up()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert machine.installs == ["requirements.lock"]


def test_linters_are_added_to_an_environment_that_is_there(machine: Machine) -> None:
    machine.add_python()
    machine.set_up()
    both = ("requirements.lock", "requirements-dev.lock")
    assert machine.set_up(*both).returncode == 0
    assert machine.set_up(*both).returncode == 0
    assert machine.set_up().returncode == 0
    assert machine.installs == list(both)


@pytest.mark.parametrize(
    ("pythons", "taken"),
    [
        pytest.param(
            {"python3.11": "3.11.9", "python3.13": "3.13.1", "python3": "3.12.4"}, "3.13.1", id="newest"
        ),
        pytest.param({"python3.13": None, "python3.12": "3.12.4"}, "3.12.4", id="shim-that-fails"),
        pytest.param({"python3": "3.14.0"}, "3.14.0", id="newer-than-known"),
    ],
)
def test_newest_python_that_runs_is_taken(
    machine: Machine, pythons: dict[str, str | None], taken: str
) -> None:
    for name, version in pythons.items():
        if version is None:
            machine.add_program(name, "#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
        else:
            machine.add_python(name, version)
    result = machine.set_up()
    assert result.returncode == 0, result.stderr
    assert f"Python {taken}" in result.stderr


def test_python_behind_a_failing_shim_of_the_same_name_is_found(machine: Machine) -> None:
    shims = machine.path.parent / "shims"
    shims.mkdir()
    (shims / "python3").write_text("#!/bin/sh\nexit 127\n")
    (shims / "python3").chmod(0o755)
    machine.add_python("python3", "3.12.4")
    result = machine.set_up(PATH=f"{shims}:{machine.path}")
    assert result.returncode == 0, result.stderr


def test_python_without_venv_is_passed_over(machine: Machine) -> None:
    machine.add_python("python3.13", "3.13.1", venv=False)
    machine.add_python("python3.11", "3.11.9")
    assert "Python 3.11.9" in machine.set_up().stderr


def test_python_that_is_too_old_is_said_so(machine: Machine) -> None:
    machine.add_python("python3", "3.9.2", too_old=True)
    assert_one_message(machine.set_up(), "Python 3.9.2", "Python 3.11 or newer", "PYTHON=")
    assert not machine.venv.exists()


def test_machine_without_python_is_said_so(machine: Machine) -> None:
    assert_one_message(machine.set_up(), "no python3 on PATH", "apt install python3")


def test_missing_ensurepip_names_the_package(machine: Machine) -> None:
    machine.add_python("python3", "3.11.2", venv=False)
    assert_one_message(machine.set_up(), "Python 3.11.2", "ensurepip", "apt install python3-venv")
    assert not machine.venv.exists()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param("python9", "no program PYTHON=python9", id="missing"),
        pytest.param("old", "Python 3.9.2", id="too-old"),
        pytest.param("bare", "without venv and ensurepip", id="without-venv"),
    ],
)
def test_named_python_that_does_not_serve_is_not_replaced_by_another(
    machine: Machine, value: str, said: str
) -> None:
    machine.add_python()
    machine.add_python("old", "3.9.2", too_old=True)
    machine.add_python("bare", "3.12.0", venv=False)
    assert_one_message(machine.set_up(PYTHON=value), said)
    assert machine.installs == []


def test_changed_lock_is_installed_into_a_new_environment(machine: Machine) -> None:
    machine.add_python()
    machine.set_up()
    (machine.venv / "stale").touch()
    with (machine.project / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert machine.set_up().returncode == 0
    assert machine.installs == ["requirements.lock"] * 2
    assert not (machine.venv / "stale").exists()


def test_failed_installation_leaves_nothing_behind(machine: Machine) -> None:
    machine.add_python(pip="exit 1")
    assert_one_message(machine.set_up(), "requirements.lock could not be installed")
    assert sorted(file.name for file in machine.project.iterdir() if file.name.startswith(".")) == []


def test_failed_installation_brings_the_former_environment_back(machine: Machine) -> None:
    machine.add_python()
    machine.set_up()
    lock = machine.project / "requirements.lock"
    former = lock.read_bytes()
    lock.write_bytes(former + b"# changed\n")
    machine.add_python(pip="exit 1")
    assert_one_message(machine.set_up(), "requirements.lock could not be installed")

    lock.write_bytes(former)
    assert machine.set_up().stderr == ""


def test_killed_run_is_repaired(machine: Machine) -> None:
    machine.add_python(pip="kill -9 $PPID")
    assert machine.set_up().returncode != 0
    assert (machine.venv / "bin/half-installed").exists()

    machine.add_python()
    result = machine.set_up()
    assert result.returncode == 0, result.stderr
    assert "making" in result.stderr
    assert not (machine.project / ".venv.lock").is_symlink()


def test_moved_environment_is_noticed(machine: Machine) -> None:
    machine.add_python()
    machine.set_up()
    moved = machine.project.with_name("moved")
    machine.project.rename(moved)
    machine.project = moved
    assert "making" in machine.set_up().stderr
    assert machine.installs == ["requirements.lock"] * 2


def test_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.add_python()
    machine.set_up()
    (machine.venv / "bin/python").unlink()
    assert machine.set_up().returncode == 0
    assert machine.installs == ["requirements.lock"] * 2


def test_environment_made_by_somebody_else_is_used_and_kept(machine: Machine) -> None:
    python = machine.add_python()
    (machine.venv / "bin").mkdir(parents=True)
    shutil.copy(python, machine.venv / "bin/python")
    (machine.venv / "theirs").touch()
    for _ in range(2):
        assert machine.set_up().returncode == 0
    assert machine.installs == ["requirements.lock"]
    assert (machine.venv / "theirs").exists()


def test_folder_that_is_no_environment_is_left_alone(machine: Machine) -> None:
    machine.add_python()
    work = machine.path.parent / "work"
    work.mkdir()
    (work / "thesis").touch()
    assert_one_message(machine.set_up(VENV=str(work)), "make VENV=")
    assert [file.name for file in work.iterdir()] == ["thesis"]


def test_folder_that_cannot_be_written_is_said_so(machine: Machine) -> None:
    machine.add_python()
    assert_one_message(
        machine.set_up(VENV="/dev/null/venv"), "no right to write there", "make VENV=/some/folder"
    )


def test_environment_may_be_elsewhere(machine: Machine) -> None:
    machine.add_python()
    elsewhere = machine.path.parent / "else where" / "venv"
    assert machine.set_up(VENV=str(elsewhere)).returncode == 0
    assert (elsewhere / "bin/python").exists()
    assert not machine.venv.exists()


def test_two_runs_at_once_install_once(machine: Machine) -> None:
    machine.add_python(pip="sleep 0.3")
    arguments, environment = machine.command()
    runs = [subprocess.Popen(arguments, env=environment, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [run.wait(timeout=30) for run in runs] == [0, 0]
    assert machine.installs == ["requirements.lock"]


@pytest.mark.parametrize("home", ["", "/nonexistent"], ids=["empty", "missing"])
def test_home_is_not_needed(machine: Machine, home: str) -> None:
    machine.add_python()
    assert machine.set_up(HOME=home).returncode == 0


def test_uv_that_fails_gives_way_to_pip(machine: Machine) -> None:
    machine.add_python()
    machine.add_program("uv", '#!/bin/sh\n[ "$1" = --version ]\n')
    assert machine.set_up(UV="uv").returncode == 0
    assert machine.installs == ["requirements.lock"]


def test_make_names_every_target_in_its_help(machine: Machine) -> None:
    makefile = (machine.project / "Makefile").read_text()
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    targets = set(phony.split()[1:]) - {"help", "setup", "setup-dev", "setup-release", "setup-test"}
    shown = subprocess.run(
        ["make", "-C", str(machine.project)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert {target for target in targets if f"make {target}" in shown} == targets
