"""Keeps the secrets of the targets out of whatever pytest shows, logs or writes."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from rollgate.errors import UsageError
from rollgate.plugin.plan import LIVE, REDACTION, RUN
from rollgate.target.conninfo import public_of, secrets_in, secrets_of, settings
from rollgate.target.redaction import Redaction
from rollgate.target.target import Target, live_conninfo, rehearsal_conninfo


class _Screen:
    """The terminal's file, seen through a redaction."""

    def __init__(self, file: Any, redaction: Redaction) -> None:
        self._file = file
        self._redaction = redaction

    def write(self, text: str) -> Any:
        return self._file.write(self._redaction.text(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def guard(config: pytest.Config, targets: tuple[Target, ...]) -> None:
    """Learn the secrets of the live targets, and see to it that logs don't hold them."""
    redaction = config.stash[REDACTION] = Redaction()
    live = [target for target in targets if target.live]
    if not live:
        return
    try:
        variables = settings(os.environ, Path.cwd())
    except UsageError:
        variables = dict(os.environ)  # said when the run starts
    for target in live:
        for variable, found in (
            (target.dsn_variable, live_conninfo),
            (target.rehearsal_variable, rehearsal_conninfo),
        ):
            secrets = secrets_in(variables.get(variable, "")) | {variables.get("PGPASSWORD", "")}
            try:
                conninfo = found(target)
                redaction.learn(secrets | secrets_of(conninfo), public=public_of(conninfo))
            except UsageError:  # said when it is used
                redaction.learn(secrets)
    _guard_logs(config, redaction)


def learn_from_sessions(config: pytest.Config) -> None:
    """Learn the passwords that libpq found elsewhere: in a service, or in a file of passwords."""
    run = config.stash[RUN]
    public = {target.name for target in run.targets} | {each.database for each in run.identities.values()}
    config.stash[REDACTION].learn(config.stash[LIVE].passwords(), public=public)


def guard_terminal(config: pytest.Config) -> None:
    """Put the redaction before the terminal: tracebacks at Ctrl-C and live logs are made on the way."""
    writer = getattr(config.pluginmanager.get_plugin("terminalreporter"), "_tw", None)
    if writer is not None and hasattr(writer, "_file"):
        writer._file = _Screen(writer._file, config.stash[REDACTION])


def clean(report: pytest.TestReport | pytest.CollectReport, redaction: Redaction) -> None:
    """Take secrets out of what a report shows: its traceback, what was captured, and its gate."""
    if report.longrepr is not None and not isinstance(report.longrepr, tuple):
        shown = str(report.longrepr)
        if redaction.text(shown) != shown:
            report.longrepr = redaction.text(shown)
    elif isinstance(report.longrepr, tuple):
        report.longrepr = (report.longrepr[0], report.longrepr[1], redaction.text(report.longrepr[2]))
    report.sections = [(title, redaction.text(text)) for title, text in report.sections]
    held = getattr(report, "rollgate", None)
    if held is not None:
        gate = held["gate"]
        for name in ("error", "violations", "evidence"):
            gate[name] = redaction.values(gate[name])


def _guard_logs(config: pytest.Config, redaction: Redaction) -> None:
    made = logging.getLogRecordFactory()

    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made(*args, **kwargs)
        try:
            message = record.getMessage()
        except Exception:  # a broken call is for logging to complain about
            return record
        if redaction.text(message) != message:
            record.msg, record.args = redaction.text(message), None
        return record

    logging.setLogRecordFactory(make)
    config.add_cleanup(lambda: logging.setLogRecordFactory(made))
