"""Which gates a run was asked for: what the command line leaves out is told, never passed over."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

import pytest

from rollgate import suite
from rollgate.errors import UsageError


def refuse_another_suite(config: pytest.Config) -> None:
    """Where the working folder holds a suite of its own, refuse to judge with an installed one.

    Raises:
        UsageError: the files that somebody is working on would not be those that are judged.
    """
    own = config.rootpath / "rollgate" / "suite" / "__init__.py"
    if own.is_file() and not own.samefile(suite.__file__):
        raise UsageError(
            "rollgate",
            found=f"gates from {suite.SQL.parent}, where the package is installed",
            needed=f"those of this folder, {config.rootpath}",
            fix="run python -m pytest, which looks here first, or uninstall the package",
        )


def whole_run(config: pytest.Config) -> None:
    """Have pytest collect all gates, the suite's and the project's own, where the call names no path.

    A file of the project is one when it has a gate's marker: its other tests are no part of a verdict.
    """
    if config.args_source is not config.ArgsSource.ARGS:
        # Below one folder, so that ids of tests outside of the project have folder and file.
        folders = {folder.parent for folder in suite.TESTS} if suite.INSTALLED else suite.TESTS
        suites = {path.resolve() for path in _tests_of_the_suite()}
        own = [
            path
            for path in _gates_of(config)
            if path.resolve() not in suites and not _is_ignored(path, config)
        ]
        config.args = [str(path) for path in (*folders, *dict.fromkeys(own))]


def marked_tests(config: pytest.Config) -> set[tuple[Path, str]]:
    """Return file and function of every test that is a gate by its marker, the suite's and the project's.

    Read from the sources, so that a file that was never collected counts too.
    """
    return {
        (path.resolve(), function)
        for path in (*_tests_of_the_suite(), *_gates_of(config))
        for function in _marked(path)
        if function is not None
    }


def _is_ignored(path: Path, config: pytest.Config) -> bool:
    """Tell whether --ignore or --ignore-glob leaves a file out: pytest heeds them for what it finds."""
    here = config.invocation_params.dir
    folders = [(here / each).resolve() for each in config.getoption("ignore") or ()]
    patterns = [str(here / each) for each in config.getoption("ignore_glob") or ()]
    return any(path.resolve().is_relative_to(each) for each in folders) or any(
        fnmatch(str(path), pattern) for pattern in patterns
    )


def _tests_of_the_suite() -> Iterator[Path]:
    for folder in suite.TESTS:
        yield from sorted(folder.rglob("test_*.py"))


def _gates_of(config: pytest.Config) -> Iterator[Path]:
    """Yield the project's own files with gates: below its testpaths, or else the working folder."""
    patterns, left_out = config.getini("python_files"), config.getini("norecursedirs")
    named = [found for each in config.getini("testpaths") for found in sorted(config.rootpath.glob(each))]
    for place in named or [config.invocation_params.dir]:
        for path in [place] if place.is_file() else _files_below(place, left_out):
            if any(fnmatch(path.name, pattern) for pattern in patterns) and _marked(path):
                yield path


def _files_below(folder: Path, left_out: Iterable[str]) -> Iterator[Path]:
    """Yield the files below a folder; not those of environments, caches, and what pytest passes by."""
    for above, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not any(fnmatch(name, pattern) for pattern in left_out)
            and not os.path.isfile(os.path.join(above, name, "pyvenv.cfg"))  # may be closed to us
        )
        yield from (Path(above, name) for name in sorted(files))


def _marked(path: Path) -> tuple[str | None, ...]:
    """Return the functions of a file that are gates; `None` where it may hold some that can't be named."""
    try:
        return _marked_in(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return (None,)


@lru_cache(maxsize=256)
def _marked_in(text: bytes) -> tuple[str | None, ...]:
    found: list[str | None] = []
    for node in ast.walk(ast.parse(text)) if b"mark.gate" in text else ():
        if isinstance(node, ast.FunctionDef) and any(map(_is_gate, node.decorator_list)):
            found.append(node.name)
        elif isinstance(node, ast.Attribute) and _is_gate(node):  # as `pytestmark`, or below another name
            found.append(None)
    return tuple(found)


def _is_gate(expression: ast.expr) -> bool:
    """Tell whether a decorator is `pytest.mark.gate(...)`."""
    called = expression.func if isinstance(expression, ast.Call) else expression
    if not isinstance(called, ast.Attribute) or called.attr != "gate":
        return False
    return f".{ast.unparse(called)}".endswith(".mark.gate")
