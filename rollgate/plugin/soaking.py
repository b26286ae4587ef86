"""The soak's options, and the fixtures that its gates have."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from rollgate.errors import UsageError
from rollgate.evidence.chain import Chain
from rollgate.examined import Examined
from rollgate.plugin.plan import REDACTION
from rollgate.rehearsal.in_place import is_allowed
from rollgate.run import Run
from rollgate.soak.facts import facts_queries, probe_of
from rollgate.soak.places import LogPlaces
from rollgate.soak.project import API, Project, ref_of
from rollgate.soak.soak import Identity, Soak
from rollgate.soak.start import Applied, Verification
from rollgate.target.conninfo import settings
from rollgate.target.target import Target, live_conninfo

LOG = "ROLLGATE_SOAK_LOG"
TOKEN = "SUPABASE_ACCESS_TOKEN"  # noqa: S105 - the variable's name
REF = "SUPABASE_PROJECT_REF"
API_URL = "SUPABASE_API_URL"


def add_soak_options(group: pytest.OptionGroup) -> None:
    """Add the options of the soak."""
    group.addoption(
        "--soak-log",
        action="append",
        metavar="[NAME=]PATH",
        help="a log of the server for the soak: a file, or a folder of files; of target NAME; repeatable "
        f"(also: {LOG}, paths as in PATH)",
    )
    group.addoption(
        "--soak-since",
        metavar="TIME",
        help="when the soak began (RFC 3339), in place of what the ledger says; recorded as an override",
    )


def is_soaked(target: Target, run: Run) -> bool:
    """Tell whether a target is soaked: a live one, named by the manifest, else one that routes no prod."""
    names = run.release.soak.topologies
    return target.live and target.topology.name in names if names else is_allowed(target)


def check_soak_options(config: pytest.Config, run: Run) -> None:
    """Read the options, and learn the token, before anything is asked.

    Raises:
        pytest.UsageError: a path that isn't there, a time that is none, a name that no target has.
    """
    soaked = [target for target in run.targets if is_soaked(target, run)]
    try:
        since_of(config)
        if not soaked:
            _refuse_soak_options(config)
            return
        variables = _variables()
        config.stash[REDACTION].learn({variables.get(TOKEN, "")} - {""})
        for target in soaked:
            paths_of(config, target, [each.name for each in soaked], variables)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


def _refuse_soak_options(config: pytest.Config) -> None:
    for option in ("--soak-log", "--soak-since"):
        if config.getoption(option.removeprefix("--").replace("-", "_")):
            raise UsageError(
                option,
                found="no target that is soaked in this run",
                needed="a live target that serves no prod, or one that topologies in [soak] names",
                fix=f"name one with --env, for example --env=staging, or leave {option} out",
            )


def since_of(config: pytest.Config) -> datetime.datetime | None:
    """Return the time of `--soak-since`; one without a zone is UTC."""
    text = config.getoption("soak_since")
    if not text:
        return None
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        at = datetime.datetime.max
    at = at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
    if at > datetime.datetime.now(datetime.UTC):
        raise UsageError(
            "--soak-since",
            found=text,
            needed="a time that has been, such as 2026-02-16T09:15:00Z",
            fix="correct it, or leave it out: the ledger knows",
        )
    return at


def paths_of(
    config: pytest.Config, target: Target, soaked: list[str], variables: Mapping[str, str]
) -> tuple[Path, ...]:
    """Return the logs that were named for a target."""
    given = config.getoption("soak_log") or [
        each for each in variables.get(LOG, "").split(os.pathsep) if each
    ]
    paths = []
    for each in given:
        name, equals, path = each.partition("=")
        if not equals or name not in soaked:
            name, path = "", each
        if not name and len(soaked) > 1:
            raise UsageError(
                f"--soak-log {each}",
                found=f"no name, and {len(soaked)} targets",
                needed="the target whose log it is",
                fix=f"write NAME=PATH, with one of {', '.join(soaked)}",
            )
        if not os.path.exists(path):
            unknown = "" if name or not equals else f", and no soaked target of the name {each.split('=')[0]}"
            raise UsageError(
                f"--soak-log {each}",
                found=f"nothing there{unknown}",
                needed="a log file of the server, or a folder of them",
                fix="correct the path; docs/soak.md tells where logs come from",
            )
        if name in ("", target.name):
            paths.append(Path(path))
    return tuple(paths)


def project_of(target: Target, variables: Mapping[str, str]) -> tuple[Project | None, str]:
    """Return the Supabase project whose log is to be read, and the one that the DSN leads to."""
    dsn = conninfo_to_dict(live_conninfo(target))
    own = ref_of(str(dsn.get("host") or ""), str(dsn.get("user") or ""))
    ref, token = variables.get(REF, "") or own, variables.get(TOKEN, "")
    if not token or not ref:
        return None, own
    return Project(ref, token, variables.get(API_URL, "") or API), own


def _variables() -> Mapping[str, str]:
    return settings(os.environ, Path.cwd())


def verifications_of(chain: Chain, topology: str) -> tuple[Verification, ...]:
    """Return what the ledger says of each live target of a topology, run by run.

    A fingerprint alone is not enough: a staging that was restored from prod's backup has prod's.
    """
    return tuple(
        Verification(
            datetime.datetime.fromisoformat(run.entry.finished_at),
            run.entry.digest,
            target.fingerprint,
            target.verdict,
            target.verified,
        )
        for run in chain.runs
        for target in run.entry.targets
        if target.kind == "live" and target.topology == topology
    )


def applications_on(chain: Chain, target: Target, fingerprint: str) -> tuple[Applied, ...]:
    """Return when the suite ran files on a live target.

    It is known by its name, too: the DSN to apply with may lead to another host.
    """
    return tuple(
        Applied(datetime.datetime.fromisoformat(each.entry.finished_at), each.entry.digest, fingerprint)
        for each in chain.applications
        if each.entry.topology == target.topology.name
        and (each.entry.name == target.name or each.entry.fingerprint == fingerprint)
        and (each.record is None or any(file.statements for file in each.record.files))
    )


def foreseen_soaks(items: Iterable[pytest.Item], run: Run) -> Iterator[tuple[Target, list[str]]]:
    """Yield the live targets that a soak is going to ask, and what: it goes along with the gates."""
    for target in {
        each.name: each
        for item in items
        if "soaks" in getattr(item, "fixturenames", ()) and hasattr(item, "callspec")
        for each in item.callspec.params.values()
        if isinstance(each, Target)
    }.values():
        if identity := run.identities.get(target.name):
            probe = probe_of(run.nonce, identity.database, identity.system_identifier)
            asked = facts_queries(run.release.soak, routes=target.topology.routes, probe=probe)
            yield target, list(asked.values())


class Soaks:
    """The soak of each target, made when a first gate wants it."""

    def __init__(self, config: pytest.Config, run: Run, examined: Examined, chain: Chain) -> None:
        self._config = config
        self._run = run
        self._examined = examined
        self._chain = chain
        self._made: dict[str, Soak] = {}

    def of(self, target: Target) -> Soak:
        """Return the soak of a live target."""
        if target.name not in self._made:
            identity, variables = self._examined.identity(target), _variables()
            soaked = [each.name for each in self._run.targets if is_soaked(each, self._run)]
            project, own = project_of(target, variables)
            fingerprint = (
                f"{identity.system_identifier or f'{identity.host}:{identity.port}'}/{identity.database}"
            )
            self._made[target.name] = Soak(
                partial(self._examined.ask, target),
                self._run.release,
                target.topology,
                Identity(
                    fingerprint,
                    identity.system_identifier,
                    identity.database,
                ),
                verifications=verifications_of(self._chain, target.topology.name),
                applied=applications_on(self._chain, target, fingerprint),
                trusted=self._chain.intact,
                since=since_of(self._config),
                logs=LogPlaces(paths_of(self._config, target, soaked, variables), project, own),
                nonce=self._run.nonce,
            )
        return self._made[target.name]


@pytest.fixture(scope="session")
def soaks(request: pytest.FixtureRequest, run: Run, examined: Examined, chain: Chain) -> Soaks:
    """The soak of each live target: asked once, for all of its gates."""
    return Soaks(request.config, run, examined, chain)


@pytest.fixture
def soaked(request: pytest.FixtureRequest) -> Target:
    """Each live target that is soaked: staging."""
    return request.param  # type: ignore[no-any-return]
