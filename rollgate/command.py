"""Running a command that isn't a test run: one message and one exit code for each way it can end."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from enum import IntEnum
from typing import Any, NoReturn

from rollgate.errors import UsageError, empty

WIDTH = 80  # columns of a help text


class Exit(IntEnum):
    """Exit codes of the commands; a mistake has the same one as in a test run."""

    OK = 0
    FAILED = 1  # it could not be done: a service, a database, a disk
    REFUSED = 2  # it was done, and what it judged did not pass
    EMPTY = 3  # it was done, and found nothing
    MISTAKE = 4  # in the call, a setting or an input
    INTERRUPTED = 130  # by Ctrl-C: 128 + SIGINT, as shells count


class Failure(Exception):
    """What could not be done, in one message without secrets; nobody's mistake."""


class _Formatter(argparse.HelpFormatter):
    """Help in at most 80 columns: prose is filled, lines that are indented stay as they are."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(shutil.get_terminal_size().columns, WIDTH))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = text.strip("\n").split("\n\n")
        return "\n\n".join(
            each if re.search("^ ", each, re.MULTILINE) else "\n".join(self._split_lines(each, width))
            for each in paragraphs
        )

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors exit with `Exit.MISTAKE`; argparse's own 2 is taken."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**{"allow_abbrev": False, "formatter_class": _Formatter, **kwargs})  # type: ignore[arg-type]

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse a value that is empty."""
        words = sys.argv[1:] if args is None else list(args)
        for before, word in zip(["", *words], words, strict=False):
            if not word or (word.startswith("--") and word.endswith("=")):
                raise empty((word or before).rstrip("=") or self.prog)
        return super().parse_known_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the call."""
        self.print_usage(sys.stderr)
        self.exit(Exit.MISTAKE, f"{self.prog}: {message}\n")


def run_module(name: str) -> NoReturn:
    """Load a module and run its `main`: loading takes longest, and Ctrl-C is to be heard there too."""
    run(lambda: importlib.import_module(name).main())


def run(main: Callable[[], int]) -> NoReturn:
    """Run `main` and exit with what it returns; a mistake or a failure is a message, no traceback."""
    try:
        code = int(main())
        sys.stdout.flush()
    except UsageError as error:
        code = _say(error, Exit.MISTAKE)
    except Failure as error:
        code = _say(error, Exit.FAILED)
    except KeyboardInterrupt:
        code = _say("interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:
        # Nobody reads any more; python would complain once again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.FAILED
    sys.exit(code)


def _say(what: object, code: Exit) -> Exit:
    print(what, file=sys.stderr)
    return code
