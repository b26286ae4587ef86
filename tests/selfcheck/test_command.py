"""A command ends with one message and the exit code that the docs give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rollgate.command import Exit, Failure, Parser, run
from rollgate.commands import COMMANDS, main
from rollgate.errors import UsageError

ROOT = Path(__file__).parents[2]
LONG = "x" * 300  # a path of which nobody can say whether it is there
RUN_TYPE = ("--run-type=canary", "--schema-variant=v2")


def ending(main) -> object:
    with pytest.raises(SystemExit) as end:
        run(main)
    return end.value.code


def raising(problem: BaseException):
    def main() -> int:
        raise problem

    return main


def test_what_main_returns_is_the_exit_code():
    assert ending(lambda: Exit.REFUSED) == 2


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (UsageError("--days", found="0", needed="1 or more", fix="correct it"), 4, "--days\n  found:  0"),
        (Failure("the service does not answer"), 1, "the service does not answer\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_an_ending_is_one_message(problem, code, said, capsys):
    assert ending(raising(problem)) == code
    captured = capsys.readouterr()
    assert captured.err.startswith(said)
    assert "Traceback" not in captured.err


def test_a_wrong_call_exits_as_a_mistake(capsys):
    parser = Parser(prog="it")
    parser.add_argument("--days", type=int)
    with pytest.raises(SystemExit) as end:
        parser.parse_args(["--days", "many"])
    assert end.value.code == 4
    assert "it: argument --days: invalid int value: 'many'" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--key="], ["--key", ""]])
def test_an_option_with_nothing_in_it_is_a_mistake_and_not_its_default(words, capsys):
    parser = Parser(prog="it")
    parser.add_argument("--key", default="")
    assert ending(lambda: parser.parse_args(words)) == 4
    assert "--key\n  found:  nothing in it" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["verify", "--reports", LONG],
        ["release-log", "--release", LONG],
        ["release-log", "--reports", LONG],
        ["enter", LONG],
        ["evals-export", "--output", LONG],
        ["evals-ingest", "--input", LONG, "--report-output=r", "--sql-output=s", *RUN_TYPE],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_path_beyond_reach_is_one_message(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SUPABASE_SERVICE_ROLE_KEY", "sb_secret_" + "x" * 20)
    assert ending(lambda: main(words)) in (1, 4)
    said = capsys.readouterr().err
    assert LONG in said
    assert "too long" in said or "no such" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("columns", ["80", "200"])
@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS)], ids=" ".join)
def test_a_help_fits_on_a_terminal(words, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(" ".join(["usage: python -m rollgate", *words]))
    assert [line for line in lines if len(line) > 80] == []


def test_the_help_of_all_names_each_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in told] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["rollback"], "invalid choice: 'rollback'"),
        (["verify", "--rel", "sql"], "usage: python -m rollgate verify"),
    ],
    ids=["none", "unknown", "unknown-option"],
)
def test_a_wrong_command_is_a_mistake(words, said, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 4
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "rollgate", "verify", "--help"],
        *([f"scripts/evals/{name.name}", "--help"] for name in sorted((ROOT / "scripts/evals").glob("*.py"))),
    ],
    ids=lambda command: Path(command[-2]).stem,
)
@pytest.mark.parametrize("loading", ["rollgate.command", "rollgate.errors", "argparse", "msgspec"])
def test_ctrl_c_while_a_command_is_loaded_is_an_interruption(command, loading, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        f"""\
import sys
class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == {loading!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, CtrlC())
"""
    )
    done = subprocess.run(
        [sys.executable, "-B", *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert done.stderr in ("", "interrupted\n")
    assert done.stdout == ""
