"""Arrows go down only: plugin and report know evidence, evidence knows verdicts, those know nobody."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "rollgate"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: Rooms from the top down. A room may use those on lower storeys, never one above it or beside it.
STOREYS = (
    {"__main__"},
    {"plugin", "commands"},
    {"examined"},
    {"run"},
    {"applying"},
    {"open_gate", "rehearsal", "evidence.compose", "report"},
    {"examination", "evals", "soak"},
    {"target"},
    {"judging"},
    {"release"},
    {"server", "catalog", "gates", "manifest", "evidence", "rehearsal.script"},
    {"rehearsal.script_rules", "soak.section"},
    {"rehearsal.lexer"},
    {"command", "misfit", "yardstick"},
    {"evals.names", "verdict", "errors", "intervals", "stage", "suite", "topology"},
)
STOREY_OF = {room: number for number, rooms in enumerate(STOREYS) for room in rooms}


def room_of(module: str) -> str | None:
    """Return the room of a module of the package, by its longest name that is one."""
    parts = module.removeprefix("rollgate").strip(".").split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in STOREY_OF), None)


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_plugin_knows_pytest(path):
    knows = {name.split(".")[0] for name in imports_of(path)} & {"pytest", "_pytest", "pytest_html"}
    assert not knows or path.is_relative_to(PACKAGE / "plugin")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_fits_on_a_few_screens(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_go_down(path):
    here = room_of(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    if path == PACKAGE / "__init__.py":
        assert not {name for name in imports_of(path) if name.startswith("rollgate")}
        return
    assert here is not None, "a module without a room: add it to STOREYS"
    for name in imports_of(path):
        there = room_of(name) if name.startswith("rollgate.") else None
        if there is not None and there != here:
            assert STOREY_OF[there] > STOREY_OF[here], f"{here} uses {there}"
