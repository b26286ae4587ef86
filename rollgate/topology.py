"""A topology: how environments share a database, and the files that are for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Topology:
    """How environments share a database, and the files that are applied to it, in order."""

    name: str
    release: str  # the name of the release that the files are of
    routes: tuple[str, ...]
    migrations: tuple[Path, ...]
    overlay: Path
    rollback: Path
    dsn_variable: str
    take_custom_out: Path | None = None
    lower_custom_weight: Path | None = None
    promoted_from: str = ""  # the topology whose evidence it needs; empty: none

    @property
    def lesser_steps(self) -> Mapping[str, Path]:
        """The lesser steps of the rollback matrix, as far as the release has them, by name."""
        steps = {"take-custom-out": self.take_custom_out, "lower-custom-weight": self.lower_custom_weight}
        return {name: path for name, path in steps.items() if path is not None}

    @property
    def rollbacks(self) -> Mapping[str, Path]:
        """The P0 rollback and the lesser steps, by name."""
        return {"p0-rollback": self.rollback, **self.lesser_steps}

    @property
    def rollout(self) -> tuple[Path, ...]:
        """The files that a rollout applies, in order."""
        return (*self.migrations, self.overlay)

    def parts(self, shown: Callable[[Path], str]) -> Iterator[str]:
        """Yield a line on each file's part: the same files in other parts are another release."""
        yield f"{self.name}  routes  {','.join(self.routes)}\n"
        for number, path in enumerate(self.rollout):
            yield f"{self.name}  {number}  {shown(path)}\n"
        for name, path in self.rollbacks.items():
            yield f"{self.name}  {name}  {shown(path)}\n"
