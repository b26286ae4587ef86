"""A command ends with one message and the exit code that the docs give."""

from __future__ import annotations

import pytest

from rollgate.command import Exit, Failure, Parser, run
from rollgate.errors import UsageError


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
