"""The call, and how it and the runs before and after it are written on a command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rollgate.release import BUILTIN, MANIFEST_NAME
from rollgate.target.target import Target


@dataclass(frozen=True)
class Options:
    """The call."""

    environment: str
    member: str | None
    release: Path
    reports: Path
    operator: str
    yes: bool
    confirm: str | None
    without_preflight: bool
    again: bool
    attempts: int
    sign_key: str = ""

    def command(self, target: Target) -> str:
        """Return this call as it is repeated to write."""
        words = ["python -m rollgate apply --env", self.environment]
        words += ["--target", self.member] if self.member else []
        builtin = self.release in (BUILTIN, BUILTIN / MANIFEST_NAME)
        words += [] if builtin else ["--release", str(self.release)]
        words += [] if self.reports == Path("reports") else ["--reports", str(self.reports)]
        words += ["--without-preflight"] if self.without_preflight else []
        words += ["--again"] if self.again else []
        words += ["--sign-key", self.sign_key] if self.sign_key else []
        words += ["--yes"]
        words += ["--confirm", target.name] if serves_prod(target) else []
        return " ".join(words)


def serves_prod(target: Target) -> bool:
    """Tell whether a mistake here would be one in prod."""
    return "prod" in target.topology.routes or bool(target.topology.promoted_from)


def preflight_command(target: Target) -> str:
    """Return what the operator runs before."""
    return _pytest(target, "preflight")


def verify_command(target: Target) -> str:
    """Return what the operator runs afterwards."""
    return _pytest(target, "verify")


def _pytest(target: Target, stage: str) -> str:
    fleet = f" --target {target.name}={target.variable}" if target.variable else ""
    return f"pytest --env={target.topology.name}{fleet} --stage={stage}"
