"""What an installed suite adds to every run of pytest: a look at the command line, and nothing else.

The options are added after everybody else's, and only where one of them is named: `--env` is a name that
many a conftest.py has for a thing of its own.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from types import CodeType

import pytest

from rollgate.errors import UsageError

PLUGIN = "rollgate.plugin"
#: The options that call for the suite.
OPTIONS = frozenset(
    {
        "--drill",
        "--env",
        "--operator",
        "--pg-bin",
        "--release",
        "--reports",
        "--sign-key",
        "--soak-log",
        "--soak-since",
        "--stage",
        "--target",
    }
)
#: What `--env` is given where the suite is meant: the targets of the release that it brings.
TARGETS = frozenset({"ephemeral", "prod", "single-db", "staging"})
MANIFEST = "release.toml"
#: What asks the suite, or has it say what is in the way.
WAYS = ("--stage=release", "--release=PATH")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """Load the plugin if the command line has an option of the suite that nobody else knows."""
    yield
    manager = early_config.pluginmanager
    if manager.hasplugin(PLUGIN) or manager.is_blocked(PLUGIN):
        return
    words = {word.partition("=")[0] for word in args} & OPTIONS
    named = sorted(word for word in words if _is_free(word, parser))
    if not named and not early_config.known_args_namespace.help:
        if words and _is_meant(args, early_config):
            _warn(sorted(words), early_config, parser)
        return
    try:
        manager.import_plugin(PLUGIN)
    except (argparse.ArgumentError, ValueError) as error:
        if named:
            mistake = UsageError(
                ", ".join(named),
                found=f"a conftest.py or a plugin with an option of the same name: {error}",
                needed="the suite's options alone",
                fix="run the gates from another folder, with --release=PATH, or leave the other plugin out: "
                "-p no:NAME",
            )
            raise pytest.UsageError(str(mistake)) from None


def _is_free(option: str, parser: pytest.Parser) -> bool:
    """Tell whether nobody has defined an option of this name."""
    try:
        return bool(parser.parse_known_and_unknown_args([f"{option}=value"])[1])
    except pytest.UsageError:  # it takes no value, or none such
        return False


def _is_meant(args: list[str], config: pytest.Config) -> bool:
    """Tell whether a run may have been meant for the suite though all its options are somebody else's.

    Many a project has an `--env`, and nothing to do with the suite: a warning there would be noise.
    """
    values = [
        (option, value if joined else following)
        for word, following in zip(args, [*args[1:], ""], strict=True)
        for option, joined, value in [word.partition("=")]
    ]
    if any(option == "--env" and value in TARGETS for option, value in values):
        return True
    named = [value for option, value in values if option == "--release"]
    folders = [*named, str(config.rootpath), str(config.invocation_params.dir)]
    return any(map(os.path.isfile, (*named, *(os.path.join(each, MANIFEST) for each in folders))))


def _warn(words: list[str], config: pytest.Config, parser: pytest.Parser) -> None:
    """Say that the suite was not asked: the exit code of others' tests is no GO."""
    here = config.invocation_params.dir
    found = {owner for word in words for owner in _owners(word, config.pluginmanager, here)}
    owners = " and ".join(sorted(found)) or "another plugin"
    ways = [way for way in WAYS if _is_free(way.partition("=")[0], parser)]
    what = f"{', '.join(words)} {'is an option' if len(words) == 1 else 'are options'}"
    warning = pytest.PytestConfigWarning(
        f"rollgate was not asked, and this run is no GO: {what} of {owners}; "
        f"to ask it, {'add ' + ' or '.join(ways) if ways else 'run it from another folder'}; "
        "if nobody meant to: -p no:rollgate"
    )
    try:
        config.issue_config_time_warning(warning, stacklevel=2)
    except pytest.PytestConfigWarning as error:  # with `-W error`
        raise pytest.UsageError(str(error)) from None


def _owners(option: str, manager: pytest.PytestPluginManager, here: Path) -> Iterator[str]:
    """Yield who defines an option, as far as a hook's own code names it: a file below `here`, or a plugin."""
    for name, plugin in manager.list_name_plugin():
        code = getattr(getattr(plugin, "pytest_addoption", None), "__code__", None)
        if isinstance(code, CodeType) and option in code.co_consts:
            file = Path(code.co_filename)
            yield file.relative_to(here).as_posix() if file.is_relative_to(here) else name
