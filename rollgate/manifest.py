"""The release manifest as it is written: its keys, and what may stand in them. Paths are still text."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TypeVar

import msgspec

from rollgate.errors import UsageError
from rollgate.misfit import misfit
from rollgate.soak.section import SoakSection, check_figures, check_soak

FORMAT = 1

_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the manifest: a key that nobody reads is a mistake, not a comment."""


class ReleaseSection(_Section, frozen=True, kw_only=True):
    """What is released."""

    name: str
    title: str
    postgres: tuple[int, ...] = (17, 15)


class GatesSection(_Section, frozen=True, kw_only=True):
    """Where questions are kept, beside the built-in ones."""

    folders: tuple[str, ...] = ()
    evidence: str | None = None
    builtin: bool = True


class TopologySection(_Section, frozen=True, kw_only=True):
    """How environments share a database, and the files for it."""

    routes: tuple[str, ...]
    migrations: tuple[str, ...]
    overlay: str
    rollback: str
    take_custom_out: str | None = None
    lower_custom_weight: str | None = None
    promoted_from: str | None = None
    dsn: str


class RehearsalSection(_Section, frozen=True, kw_only=True):
    """How the rollout is rehearsed. What is left out is the built-in one."""

    roles: str | None = None
    traffic: str | None = None
    with_each_topology: tuple[str, ...] = ()
    baselines: dict[str, tuple[str, ...]] = {}


class ThresholdSection(_Section, frozen=True, kw_only=True):
    """A floor or a ceiling of a metric."""

    min: float | None = None
    max: float | None = None


class WindowsSection(_Section, frozen=True, kw_only=True):
    """Spans of time and counts that a verdict needs."""

    soak_hours: int = 24
    guardrail_minutes: int = 30
    eval_min_samples: int = 30


class PromotionSection(_Section, frozen=True, kw_only=True):
    """What a release needs to go on to the next environment."""

    max_age_hours: int = 72


class WaiverSection(_Section, frozen=True, kw_only=True):
    """What goes out although a gate fails."""

    gate: str
    object: str
    reason: str
    approver: str
    expires: datetime.date


class Manifest(_Section, frozen=True, kw_only=True):
    """The whole file."""

    format: int
    release: ReleaseSection
    topologies: dict[str, TopologySection]
    gates: GatesSection = GatesSection()
    rehearsal: RehearsalSection = RehearsalSection()
    thresholds: dict[str, ThresholdSection] = {}
    windows: WindowsSection = WindowsSection()
    soak: SoakSection = SoakSection()
    promotion: PromotionSection = PromotionSection()
    waivers: tuple[WaiverSection, ...] = ()


T = TypeVar("T")


def read_manifest(path: Path) -> Manifest:
    """Read and check the manifest at `path`.

    Raises:
        UsageError: the file can't be read, isn't TOML, or a key is unknown, missing or out of range.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(
            str(path),
            found=error.strerror or str(error),
            needed="a release manifest that can be read",
            fix="name one with --release=PATH/release.toml",
        ) from None
    try:
        written = msgspec.toml.decode(text)
        manifest = msgspec.convert(written, Manifest)
    except msgspec.ValidationError as error:
        raise misfit(path, written, Manifest, error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            str(path), found=str(error), needed="TOML", fix="mend the line that is named"
        ) from None
    _check(path, manifest)
    return manifest


def _check(path: Path, manifest: Manifest) -> None:
    """Check what types can't say."""

    def require(ok: bool, key: str, found: object, needed: str, fix: str = "correct the value") -> None:
        if not ok:
            raise UsageError(f"{path}: {key}", found=str(found), needed=needed, fix=fix)

    require(manifest.format == FORMAT, "format", manifest.format, f"{FORMAT}, the format this version reads")
    require(
        re.match(_SLUG, manifest.release.name) is not None,
        "release.name",
        repr(manifest.release.name),
        "lower-case words joined by hyphens",
    )
    require(
        bool(manifest.release.postgres) and all(15 <= major < 100 for major in manifest.release.postgres),
        "release.postgres",
        list(manifest.release.postgres),
        "PostgreSQL majors from 15 on",
    )
    require(bool(manifest.topologies), "topologies", "none", "at least one", "add [topologies.<name>]")
    for name, topology in manifest.topologies.items():
        key = f"topologies.{name}"
        require(
            re.match(_SLUG, name) is not None and name != "ephemeral",
            key,
            repr(name),
            "lower-case words joined by hyphens, not `ephemeral`",
        )
        require(bool(topology.routes), f"{key}.routes", "[]", "the environments that serve traffic")
        require(bool(topology.migrations), f"{key}.migrations", "[]", "at least one file")
        require(
            re.match(_VARIABLE, topology.dsn) is not None,
            f"{key}.dsn",
            "something else",
            "the name of the environment variable that holds the DSN",
            "put the variable's name here, never the DSN itself",
        )
        require(
            not topology.promoted_from
            or (topology.promoted_from in manifest.topologies and topology.promoted_from != name),
            f"{key}.promoted_from",
            topology.promoted_from,
            f"another topology of this manifest: {', '.join(manifest.topologies.keys() - {name}) or 'none'}",
        )
    require(
        manifest.promotion.max_age_hours > 0,
        "promotion.max_age_hours",
        manifest.promotion.max_age_hours,
        "more than 0",
    )
    for name, threshold in manifest.thresholds.items():
        key = f"thresholds.{name}"
        bounds = [bound for bound in (threshold.min, threshold.max) if bound is not None]
        require(len(bounds) == 1, key, f"{len(bounds)} bounds", "either min or max")
        if name.endswith("_ms"):
            require(bounds[0] >= 0, key, bounds[0], "milliseconds, 0 or more")
        else:
            require(0 <= bounds[0] <= 1, key, bounds[0], "a share from 0 to 1")
    for name in WindowsSection.__struct_fields__:
        require(
            getattr(manifest.windows, name) > 0,
            f"windows.{name}",
            getattr(manifest.windows, name),
            "more than 0",
        )
    check_soak(manifest.soak, require, manifest.topologies)
    check_figures(manifest.soak, manifest.thresholds, require)
    for number, waiver in enumerate(manifest.waivers):
        for name in ("gate", "object", "reason", "approver"):
            require(bool(getattr(waiver, name).strip()), f"waivers[{number}].{name}", "nothing", "a text")
    require(
        "clean" in manifest.rehearsal.baselines or not manifest.rehearsal.baselines,
        "rehearsal.baselines",
        sorted(manifest.rehearsal.baselines),
        "one named `clean`, where each topology starts",
        "add clean = [...]",
    )
    for name in manifest.rehearsal.with_each_topology:
        require(
            name in manifest.rehearsal.baselines,
            "rehearsal.with_each_topology",
            name,
            "the name of a starting state in rehearsal.baselines",
        )
