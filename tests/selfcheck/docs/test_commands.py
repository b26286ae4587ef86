"""Every command of the documentation is run as it stands, on databases made for it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollgate.commands import COMMANDS, module_of
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.target.target import EPHEMERAL
from tests.selfcheck.docs.commands import LANGUAGES as KNOWN
from tests.selfcheck.docs.commands import PAGES as FILES
from tests.selfcheck.docs.commands import ROOT, Command, commands, fences, spans
from tests.selfcheck.docs.desk import VARIABLES, Desk, desk_at, outside_at
from tests.selfcheck.docs.gates_page import SUBJECTS
from tests.selfcheck.docs.pages import OUTSIDE, PAGES
from tests.selfcheck.package.conftest import installed, wheel  # noqa: F401
from tests.selfcheck.soak.conftest import logged, logging_server  # noqa: F401

BY_NAME = {path.name: path for path in FILES}
THOROUGH = "CI" in os.environ


#: What a sample shows of a database that isn't this one, and what it leaves out.
OTHER_ELSEWHERE = re.compile(r"supabase\.co|^ *\.\.\.$")


def shape(line: str) -> str:
    """Return a line of output without what is another in every run: numbers, digests, times, widths."""
    line = re.sub(r"\b(?=\w*\d)[0-9a-f]{12,}\b|\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT[\d:]+Z", "#", line)
    return " ".join(re.sub(r"\d+", "#", line).split())


@pytest.fixture(scope="session")
def desk(logged: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:  # noqa: F811
    if shutil.which("make") is None:
        pytest.skip("needs make")
    with desk_at(tmp_path_factory.mktemp("desk"), logged) as made:
        yield made


@pytest.fixture(scope="session")
def outside(
    logged: Rehearsal,  # noqa: F811
    installed: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    with outside_at(tmp_path_factory.mktemp("outside"), logged, installed) as made:
        yield made


@pytest.mark.parametrize("page", sorted(BY_NAME))
def test_a_page_has_the_commands_that_are_run(page):
    assert [each.words for each in commands(BY_NAME[page])] == [step.words for step in PAGES.get(page, ())]


def test_what_is_run_on_another_page_is_run_there():
    for page, steps in PAGES.items():
        for step in steps:
            if step.on.endswith(".yml"):
                assert f"run: {step.words}" in (ROOT / step.on).read_text(encoding="utf-8"), step.words
            elif step.on:
                there = [each for each in PAGES[step.on] if each.words == step.words and not each.on]
                assert there, f"{page}: {step.words}"


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[] if page == "README.md" else [pytest.mark.thorough]) for page in PAGES],
)
def test_the_commands_of_a_page_do_what_it_says(page, request):
    desk = request.getfixturevalue("outside" if page == OUTSIDE else "desk")
    for step in PAGES[page]:
        if step.on or (step.ci and not THOROUGH) or (step.needs and shutil.which(step.needs) is None):
            continue
        if step.first is not None:
            step.first(desk)
        words = step.words
        for placeholder, value in step.given.items():
            assert placeholder in words
            words = words.replace(placeholder, value(desk))
        done = desk.run(words, step.typed)
        said = f"$ {words}\n{done.stdout}{done.stderr}"
        assert done.returncode == step.ends, said
        assert re.search(step.says, said, re.MULTILINE), said
        if step.sample:
            (sample,) = (each for each in fences(BY_NAME[page]) if each.lines[0] == step.sample)
            shown = {shape(line) for line in sample.lines if not OTHER_ELSEWHERE.search(line)}
            assert shown - {shape(line) for line in said.splitlines()} == set()


def test_a_variable_that_is_set_is_one_that_is_read():
    known = {name for names in VARIABLES.values() for name in names} | {"EVAL_DATABASE_URL"}
    known |= {f"{name}{suffix}" for name in known for suffix in ("_APPLY", "_REHEARSAL")}
    exports = [each for path in FILES for each in commands(path) if each.words.startswith("export ")]
    assert exports
    for each in exports:
        assert set(re.findall(r"(\w+)=", each.words)) <= known, each


BLOCKS = [each for path in FILES for each in commands(path)]
ANYWHERE = [*BLOCKS, *(each for path in FILES for each in spans(path))]


def called(program: str) -> list[Command]:
    """Return the commands of a program, wherever they stand; `...` is what a reader puts there."""
    return [
        each for each in ANYWHERE if f"{each.words} ".startswith(f"{program} ") and " ..." not in each.words
    ]


def test_what_is_no_command_is_fenced_with_its_language():
    found = [(path.name, fence) for path in FILES for fence in fences(path)]
    assert [(page, fence.line) for page, fence in found if fence.language not in KNOWN] == []


def test_every_option_of_pytest_is_known(pytestconfig, release):
    asked = called("pytest")
    assert len(asked) > 20
    for each in asked:
        options, unknown = pytestconfig._parser.parse_known_and_unknown_args(shlex.split(each.words)[1:])
        assert unknown == [], each
        assert set(options.env or ()) <= {*release.topologies, EPHEMERAL, "..."}, each
        assert set(re.findall(r"[a-z]+", options.markexpr)) <= {*SUBJECTS, "or", "and", "not"}, each


def test_every_word_for_rollgate_is_known():
    asked = [each for program in ("python -m rollgate", "rollgate") for each in called(program)]
    words = [shlex.split(each.words.replace("<run>", "run").removeprefix("python -m "))[1:] for each in asked]
    assert {each[0] for each in words} <= {*COMMANDS, "--help"}
    whole = [each for each in words if len(each) > 1]  # a name alone is what a sentence is about
    for name, *rest in whole:
        module_of(name).parser(name).parse_args(rest)
    assert len(whole) > 5


def test_every_target_of_make_is_there():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    asked = called("make")
    assert asked
    assert [each for each in asked if each.words.split()[1] not in targets] == []


def test_every_benchmark_is_there_and_make_runs_those_of_the_page():
    asked = called("python -m")
    modules = {each.words.split()[2] for each in asked} - {"rollgate", "..."}
    assert {name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").is_file()} == set()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = [each.words.split()[2] for each in BLOCKS if each.page == "benchmarks.md"]
    assert list(dict.fromkeys(re.findall(r"\$\(RUN\) (bench\.\w+)", makefile))) == shown
    for line in BY_NAME["benchmarks.md"].read_text(encoding="utf-8").splitlines():
        if told := re.match(r"    python -m bench\.(\w+) +# (--\w+)", line):
            assert told[2] in (ROOT / "bench" / f"{told[1]}.py").read_text(encoding="utf-8"), line


def test_every_link_leads_somewhere():
    """A link to a heading needs the heading: GitHub makes its name of the words, lower, with hyphens."""
    for path in FILES:
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", path.read_text(encoding="utf-8")):
            name, _, anchor = target.partition("#")
            file = (path.parent / name).resolve() if name else path
            assert file.exists(), f"{path.name}: {target}"
            if anchor and file.suffix == ".md":
                assert anchor in anchors(file), f"{path.name}: {target}"


def anchors(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
