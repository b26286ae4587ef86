"""The README names what there is: every option, and only files and targets that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


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
