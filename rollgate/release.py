"""A release: the set of files that the manifest names, where they are, and their digest."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rollgate import suite
from rollgate.errors import UsageError
from rollgate.evidence.record import FileRecord
from rollgate.manifest import Manifest, TopologySection, read_manifest
from rollgate.rehearsal.script import read_script
from rollgate.soak.section import SoakSection
from rollgate.topology import Topology
from rollgate.yardstick import sha256_of, yardstick

__all__ = ["BUILTIN", "MANIFEST_NAME", "Release", "Threshold", "Topology", "Waiver", "load_release"]

#: The gates, evidence queries and baselines that come with the suite.
BUILTIN = suite.SQL
MANIFEST_NAME = "release.toml"


@dataclass(frozen=True)
class Threshold:
    """A floor or a ceiling of a metric: shares from 0 to 1, latencies in milliseconds."""

    minimum: float | None
    maximum: float | None


@dataclass(frozen=True)
class Waiver:
    """What goes out although a gate fails: `object` of `gate`, until the end of `expires` (UTC)."""

    gate: str
    object: str
    reason: str
    approver: str
    expires: datetime.date

    def __str__(self) -> str:
        return f"{self.reason} (approved by {self.approver}, until {self.expires})"


@dataclass(frozen=True)
class Release:
    """What the manifest says, with every path found and every file's digest taken."""

    manifest: Path
    name: str
    title: str
    postgres: tuple[int, ...]
    topologies: Mapping[str, Topology]
    gate_folders: tuple[Path, ...]
    evidence_folders: tuple[Path, ...]
    roles: Path
    traffic: Path | None
    baselines: Mapping[str, tuple[Path, ...]]
    with_each_topology: tuple[str, ...]
    thresholds: Mapping[str, Threshold]
    soak_hours: int
    guardrail_minutes: int
    eval_min_samples: int
    soak: SoakSection
    promotion_hours: int  # how old the evidence of the environment before may be
    waivers: tuple[Waiver, ...]
    files: tuple[FileRecord, ...]

    @property
    def root(self) -> Path:
        """The folder that the manifest's paths are relative to."""
        return self.manifest.parent

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal, over the applied files and the part that each topology gives them."""
        lines = sorted(f"{file.sha256}  {file.role}  {file.path}\n" for file in self.files)
        lines += sorted(part for each in self.topologies.values() for part in each.parts(self.shown))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @cached_property
    def yardstick(self) -> str:
        """SHA-256, hexadecimal, over what a run judges by: see `yardstick`."""
        asked = (self.thresholds, self.soak, self.soak_hours, self.guardrail_minutes, self.eval_min_samples)
        return yardstick(self.gate_folders, asked, self.shown)

    def starting_states(self, topology: str, *, thorough: bool) -> tuple[str, ...]:
        """Return the starting states that a topology is rehearsed from.

        All of them where `thorough`, and for the first topology. The migrations are the same for each, so
        the others take those that the manifest names: where rows may be that only an overlay treats.
        """
        if thorough or topology == next(iter(self.topologies)) or not self.with_each_topology:
            return tuple(self.baselines)
        return self.with_each_topology

    @property
    def before(self) -> Mapping[str, str]:
        """Each topology, and the one whose evidence it needs; empty for none."""
        return {name: topology.promoted_from for name, topology in self.topologies.items()}

    def shown(self, path: Path) -> str:
        """Return `path` as the reports name it: relative to the manifest, else to the suite."""
        for base in (self.root, BUILTIN):
            if path.is_relative_to(base):
                return path.relative_to(base).as_posix()
        return path.name


def load_release(path: Path) -> Release:
    """Load the release whose manifest is at `path` (the file, or the folder that holds it).

    Raises:
        UsageError: the manifest is wrong, a file that it names is missing, or a rollback file could be run
            by half.
    """
    manifest_path = (path / MANIFEST_NAME if os.path.isdir(path) else path).absolute()
    manifest = read_manifest(manifest_path)
    root = manifest_path.parent

    def found(key: str, relative: str, kind: str, there: Callable[[Path], bool]) -> Path:
        path = root / relative
        if not there(path):
            raise UsageError(
                f"{manifest_path}: {key}",
                found=f"{relative}, which is not a {kind}",
                needed=f"a {kind}, relative to {root}",
                fix=f"correct the path or add the {kind}",
            )
        return path

    def file(key: str, relative: str) -> Path:
        return found(key, relative, "file", Path.is_file)

    def folder(key: str, relative: str) -> Path:
        return found(key, relative, "folder", Path.is_dir)

    def rollback(key: str, relative: str) -> Path:
        return read_script(file(key, relative)).path

    def step(key: str, relative: str | None) -> Path | None:
        return rollback(key, relative) if relative else None

    def topology(name: str, section: TopologySection) -> Topology:
        key = f"topologies.{name}"
        return Topology(
            name=name,
            release=manifest.release.name,
            routes=section.routes,
            migrations=tuple(file(f"{key}.migrations", each) for each in section.migrations),
            overlay=file(f"{key}.overlay", section.overlay),
            rollback=rollback(f"{key}.rollback", section.rollback),
            dsn_variable=section.dsn,
            take_custom_out=step(f"{key}.take_custom_out", section.take_custom_out),
            lower_custom_weight=step(f"{key}.lower_custom_weight", section.lower_custom_weight),
            promoted_from=_before(name, section, manifest),
        )

    topologies = {name: topology(name, section) for name, section in manifest.topologies.items()}
    rehearsal = manifest.rehearsal
    theirs = manifest if root == BUILTIN else read_manifest(BUILTIN / MANIFEST_NAME)
    lent = None if rehearsal.baselines else theirs.rehearsal
    gates = tuple(folder("gates.folders", each) for each in manifest.gates.folders)
    evidence = (folder("gates.evidence", manifest.gates.evidence),) if manifest.gates.evidence else ()
    return Release(
        manifest=manifest_path,
        name=manifest.release.name,
        title=manifest.release.title,
        postgres=manifest.release.postgres,
        topologies=topologies,
        gate_folders=_with_builtin(gates, BUILTIN / "gates", manifest),
        evidence_folders=_with_builtin(evidence, BUILTIN / "evidence", manifest),
        roles=file("rehearsal.roles", rehearsal.roles)
        if rehearsal.roles
        else BUILTIN / "baseline" / "roles.sql",
        traffic=file("rehearsal.traffic", rehearsal.traffic)
        if rehearsal.traffic
        else BUILTIN / "baseline" / "traffic.sql",
        baselines={name: tuple(BUILTIN / each for each in files) for name, files in lent.baselines.items()}
        if lent
        else {
            name: tuple(file(f"rehearsal.baselines.{name}", each) for each in files)
            for name, files in rehearsal.baselines.items()
        },
        with_each_topology=(lent or rehearsal).with_each_topology,
        thresholds={
            name: Threshold(section.min, section.max)
            for name, section in (manifest.thresholds or theirs.thresholds).items()
        },
        soak_hours=manifest.windows.soak_hours,
        guardrail_minutes=manifest.windows.guardrail_minutes,
        eval_min_samples=manifest.windows.eval_min_samples,
        soak=manifest.soak,
        promotion_hours=manifest.promotion.max_age_hours,
        waivers=tuple(
            Waiver(each.gate, each.object, each.reason, each.approver, each.expires)
            for each in manifest.waivers
        ),
        files=_digests(root, topologies),
    )


def _before(name: str, section: TopologySection, manifest: Manifest) -> str:
    """Return the topology that comes before: what the manifest says, else staging before prod.

    A manifest that says nothing must not do without evidence; one that wants to says `""`.
    """
    if section.promoted_from is not None:
        return section.promoted_from
    return "staging" if name == "prod" and "staging" in manifest.topologies else ""


def _with_builtin(own: tuple[Path, ...], builtin: Path, manifest: Manifest) -> tuple[Path, ...]:
    """Return the built-in folder, unless the manifest refuses it, and then the release's own."""
    folders = (builtin, *own) if manifest.gates.builtin else own
    return tuple(dict.fromkeys(folder.resolve() for folder in folders))


def _digests(root: Path, topologies: Mapping[str, Topology]) -> tuple[FileRecord, ...]:
    """Return role, path and SHA-256 of each file that an operator would apply, each once."""
    roles = {
        **{path: "migration" for topology in topologies.values() for path in topology.migrations},
        **{topology.overlay: "overlay" for topology in topologies.values()},
        **{path: "rollback" for topology in topologies.values() for path in topology.rollbacks.values()},
    }
    return tuple(
        FileRecord(
            role=role,
            path=path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name,
            sha256=sha256_of(path),
        )
        for path, role in roles.items()
    )
