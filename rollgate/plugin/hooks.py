"""The hooks: options, what is collected, and what becomes of each gate's answer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from rollgate.errors import UsageError
from rollgate.evidence.compose import Planned
from rollgate.evidence.signature import load_signer
from rollgate.plugin import fixtures, outcomes, reaching, secrecy
from rollgate.plugin.ending import Ending
from rollgate.plugin.github import GitHub
from rollgate.plugin.options import add_options, refuse_drill, refuse_empty
from rollgate.plugin.page import Page, require_page, write_page_into
from rollgate.plugin.plan import (
    LIVE,
    PLAN,
    REDACTION,
    RUN,
    SIGNER,
    check_waivers,
    mark_subjects,
    plan_item,
)
from rollgate.plugin.progress import Progress
from rollgate.plugin.recorder import Recorder
from rollgate.plugin.selection import marked_tests, refuse_another_suite, whole_run
from rollgate.plugin.soaking import check_soak_options
from rollgate.plugin.stopping import Stopping
from rollgate.rehearsal.restore import UNFINISHED
from rollgate.release import BUILTIN, MANIFEST_NAME
from rollgate.run import start_run
from rollgate.stage import Stage
from rollgate.target.live import LiveSessions
from rollgate.target.target import EPHEMERAL


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the release, and have pytest-html write the report where the record goes."""
    config.addinivalue_line(
        "markers",
        "gate(id, title=, prevents=, section=, checks=, severity=, subject=): this test is a release gate; "
        "it records violations and evidence through the fixture `gate`",
    )
    config.addinivalue_line(
        "markers",
        "asks(query, ...): what this test asks live targets through the fixture `examined`; a query, or a "
        "function of the run that returns one, which spares it a round trip",
    )
    if config.option.help or config.option.version:
        return
    manifest = Path(config.getoption("release") or BUILTIN / MANIFEST_NAME)
    reports = Path(config.getoption("reports") or config.rootpath / "reports")
    try:
        refuse_empty(config)
        require_page(config)
        refuse_another_suite(config)
        whole_run(config)
        run = start_run(
            manifest,
            list(dict.fromkeys(config.getoption("env") or [EPHEMERAL])),
            reports,
            config.getoption("target") or (),
            stage=Stage(config.getoption("stage")),
            operator=config.getoption("operator") or "",
        )
        key = config.getoption("sign_key") or os.environ.get("ROLLGATE_SIGN_KEY", "")
        config.stash[SIGNER] = load_signer(Path(key)) if key and not _is_worker(config) else None
        if config.getoption("drill"):
            refuse_drill(run.targets, spread=config.getoption("dist", "no") != "no", stage=run.stage)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[RUN] = run
    config.stash[LIVE] = LiveSessions()
    secrecy.guard(config, run.targets)
    check_soak_options(config, run)
    stopping = Stopping()
    config.pluginmanager.register(stopping, "rollgate-stopping")
    stopping.listen()
    config.add_cleanup(stopping.close)
    if _is_worker(config) or config.option.collectonly:
        return
    try:
        run.make_folder()
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    stopping.guard_exit()
    ending = Ending(config, stopping)
    config.pluginmanager.register(ending, "rollgate-ending")
    recorder = Recorder(config, ending, stopping)
    config.pluginmanager.register(recorder, "rollgate-recorder")
    if os.environ.get("GITHUB_ACTIONS"):
        config.pluginmanager.register(GitHub(config), "rollgate-github")
    if config.getoption("dist", "no") == "no":
        config.pluginmanager.register(Progress(config), "rollgate-progress")
    config.pluginmanager.register(Page(config, recorder, name=run.release.name), "rollgate-page")
    write_page_into(config, run.folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no session open, and no folder behind when no gate was judged."""
    run = config.stash.get(RUN, None)
    if LIVE in config.stash:
        config.stash[LIVE].close()
    if run is None or run.result is not None or _is_worker(config):
        return
    if os.path.isdir(run.folder) and not any(run.folder.glob(UNFINISHED.format("*"))):  # a drill's way back
        shutil.rmtree(run.folder, ignore_errors=True)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop at once, with one message, when a target or a server can't be had."""
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None or config.option.collectonly:
        return
    if _is_worker(config):
        reaching.hear_controller(config, run)
        return
    secrecy.guard_terminal(config)
    try:
        reaching.reach_targets(config, run)
    except UsageError as error:
        raise pytest.UsageError(config.stash[REDACTION].text(str(error))) from None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker who the targets are."""
    reaching.tell_worker(node)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is verified, and against what."""
    run = config.stash.get(RUN, None)
    return [] if run is None else reaching.header(run)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread the tests over targets, gates and starting states."""
    run = metafunc.config.stash.get(RUN, None)
    if run is not None:
        fixtures.parametrize(metafunc, run)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note what each test is planned to record; drop those that have no target in this run."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    collected = {(item.path.resolve(), getattr(item, "originalname", item.name)) for item in items}
    try:
        items[:] = [item for item in items if plan_item(item, run)]
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    run.planned.update(dict.fromkeys(mark_subjects(items)))
    if run.planned:
        left_out = len(run.expected() - run.planned.keys()) + len(marked_tests(config) - collected)
        run.unselected += left_out or int(any("[" in each.partition("::")[2] for each in config.args))
        if not run.unselected:
            check_waivers(run)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count the gates that -k, -m or --deselect leave out."""
    for item in items:
        run = item.config.stash.get(RUN, None)
        plan = item.stash.get(PLAN, None)
        if run is not None and plan is not None and Planned(plan.target, plan.id) in run.planned:
            del run.planned[Planned(plan.target, plan.id)]
            run.unselected += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the controller what this worker had planned."""
    run = session.config.stash.get(RUN, None)
    if run is not None and _is_worker(session.config):
        session.config.workeroutput["rollgate"] = {  # type: ignore[attr-defined]
            "planned": [[key.target, key.gate] for key in run.planned],
            "unselected": run.unselected,
        }


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the gate's record on its test's report."""
    report = yield
    outcomes.attach(item, call, report)
    if REDACTION in item.config.stash:
        if report.failed:
            secrecy.learn_from_sessions(item.config)
        secrecy.clean(report, item.config.stash[REDACTION])
    return report


def pytest_report_teststatus(
    report: pytest.TestReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Show a warning, a waiver and a hold as what they are."""
    return outcomes.status(report) if isinstance(report, pytest.TestReport) else None


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
