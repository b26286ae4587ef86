"""Who runs this, and from which state of the files: operator, CI job, git commit."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rollgate.evidence.record import Origin

#: Who started the job, by the CI that says so.
_ACTORS = (
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILDKITE_BUILD_CREATOR",
    "CIRCLE_USERNAME",
    "BUILD_REQUESTEDFOR",
)
_JOBS = ("CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL")
_GIT_TIMEOUT_S = 10


def origin_of(folder: Path, environ: Mapping[str, str], *, operator: str = "") -> Origin:
    """Return who runs this and the state of the repository that holds `folder`.

    The operator is the one named, else who started the CI job, else git's user, else the account.
    """
    name, source = _operator(folder, environ, operator)
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain") if commit else None
    return Origin(
        operator=name,
        operator_source=source,
        commit=commit or "",
        dirty=None if changes is None else bool(changes),
        job=_job(environ),
    )


def _operator(folder: Path, environ: Mapping[str, str], named: str) -> tuple[str, str]:
    if named.strip():
        return named.strip(), "--operator"
    for variable in _ACTORS:
        if environ.get(variable):
            return environ[variable], variable
    name = _git(folder, "config", "user.name") or ""
    address = _git(folder, "config", "user.email") or ""
    if name or address:
        return f"{name} <{address}>" if name and address else name or address, "git"
    try:
        return getpass.getuser(), "account"
    except (OSError, KeyError):  # a container's number without a name
        return "unknown", "account"


def _job(environ: Mapping[str, str]) -> str:
    server, repository, run = (
        environ.get(f"GITHUB_{word}", "") for word in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    if server and repository and run:
        return f"{server}/{repository}/actions/runs/{run}"
    return next((environ[variable] for variable in _JOBS if environ.get(variable)), "")


def _git(folder: Path, *words: str) -> str | None:
    """Return what git says; None if there is no git, no repository, or it is somebody else's."""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *words],  # noqa: S607
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GIT_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
