"""The call, and how it and the runs before and after it are written on a command line."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from rollgate.release import BUILTIN, MANIFEST_NAME
from rollgate.stage import Stage
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
        words = ["python", "-m", "rollgate", "apply", "--env", self.environment]
        words += ["--target", self.member] if self.member else []
        words += ["--release", str(self.release)] if self._own_release else []
        words += ["--reports", str(self.reports)] if self._own_reports else []
        words += ["--without-preflight"] if self.without_preflight else []
        words += ["--again"] if self.again else []
        words += ["--sign-key", self.sign_key] if self.sign_key else []
        words += ["--yes"]
        words += ["--confirm", target.name] if serves_prod(target) else []
        return shlex.join(words)

    def pytest(self, target: Target, stage: Stage) -> str:
        """Return what the operator runs before or afterwards: on this target, with these files and ledger."""
        words = ["pytest", f"--env={self.environment}"]
        words += ["--target", f"{target.name}={target.variable}"] if target.variable else []
        words += [f"--release={self.release}"] if self._own_release else []
        words += [f"--reports={self.reports}"] if self._own_reports else []
        return shlex.join([*words, f"--stage={stage}"])

    @property
    def _own_release(self) -> bool:
        return self.release not in (BUILTIN, BUILTIN / MANIFEST_NAME)

    @property
    def _own_reports(self) -> bool:
        return self.reports != Path("reports")


def serves_prod(target: Target) -> bool:
    """Tell whether a mistake here would be one in prod."""
    return "prod" in target.topology.routes or bool(target.topology.promoted_from)
