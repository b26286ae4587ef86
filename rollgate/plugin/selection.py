"""Which gates a run was asked for: what the command line leaves out is told, never passed over."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


def marked_tests(folders: Iterable[Path]) -> set[tuple[Path, str]]:
    """Return file and function of every test below `folders` that is a gate by its marker.

    Read from the sources, so that a file that was never collected counts too.
    """
    return {
        (path.resolve(), function)
        for folder in folders
        for path in sorted(folder.rglob("test_*.py"))
        for function in _marked(path)
    }


def _marked(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and any(map(_is_gate, node.decorator_list)):
            yield node.name


def _is_gate(decorator: ast.expr) -> bool:
    """Tell whether a decorator is `pytest.mark.gate(...)`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called) == "pytest.mark.gate"
