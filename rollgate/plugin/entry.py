"""What an installed suite adds to every run of pytest: a look at the command line, and nothing else.

The options are added after everybody else's, and only where one of them is named: `--env` is a name that
many a conftest.py has for a thing of its own.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator

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
