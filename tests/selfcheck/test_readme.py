"""The README names what there is: every option, every gate, every file that it points to."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

from rollgate.gates import find_gates
from rollgate.release import BUILTIN

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def gate_list() -> str:
    """Return the README's list of gates, by subject; paste it when this test fails."""
    lines = []
    gates = sorted(find_gates([BUILTIN / "gates"]), key=lambda gate: (gate.subject, gate.id))
    for subject, group in groupby(gates, key=lambda gate: gate.subject):
        links = [f"[{gate.id}](sql/gates/{gate.subject}/{gate.path.name})" for gate in group]
        lines.append(f"- **{subject}**: " + ", ".join(links))
    return "\n".join(lines)


def test_it_names_every_gate():
    text = README.read_text(encoding="utf-8")
    found = re.search(r"<!-- gates -->\n(.*?)\n?<!-- /gates -->", text, re.DOTALL)
    assert found
    assert found[1] == gate_list()


def test_it_names_every_option(pytestconfig):
    group = pytestconfig._parser.getgroup("rollgate")
    options = [name for option in group.options for name in option.names()]
    assert options
    text = README.read_text(encoding="utf-8")
    assert [name for name in options if f"`{name}" not in text] == []


def test_every_path_it_points_to_is_there():
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_every_make_target_it_names_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"^ +make ([\w-]+)", README.read_text(encoding="utf-8"), re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
