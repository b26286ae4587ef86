"""Where a target's log is, and everything that it says of a soak."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from rollgate.soak.coverage import Span
from rollgate.soak.entry import Stretch
from rollgate.soak.facts import Facts
from rollgate.soak.files import read_files
from rollgate.soak.log import Log, Source, gather
from rollgate.soak.matching import Names
from rollgate.soak.project import Project
from rollgate.soak.section import SoakSection
from rollgate.soak.window import Window


@dataclass(frozen=True)
class LogPlaces:
    """Where a target's log is: files and folders, or a Supabase project; `ref` is the DSN's own project."""

    paths: tuple[Path, ...] = ()
    project: Project | None = None
    ref: str = ""
    wait_s: float = 0.5  # before an endpoint is asked again


def read_log(places: LogPlaces, soak: SoakSection, facts: Facts, window: Window) -> Log:
    """Read all that was named, files and endpoint, and gather what it says of the window."""
    names = Names.of(soak.table, facts)
    problems: list[str] = []

    def source_of(stretch: Stretch) -> Source:
        return Source(stretch, names, window.since, facts)

    sources = read_files(
        places.paths,
        source_of,
        zones=dict(facts.zones),
        prefix=facts.setting("log_line_prefix"),
        problems=problems,
    )
    if places.project is not None:
        source = source_of(Stretch(f"project {places.project.ref}", "endpoint"))
        # Imported here: its HTTP client takes longer to load than all else at a run's start.
        from rollgate.soak.supabase import read_project

        problems += read_project(
            places.project, Span(window.since, window.until), source, wait_s=places.wait_s
        )
        if places.ref == places.project.ref:
            source.proofs.append("it is the log of the project that the DSN leads to")
        elif places.ref:
            source.doubts.append(f"it is project {places.project.ref}'s, and the DSN leads to {places.ref}")
        sources.append(source)
    bridge = datetime.timedelta(minutes=soak.log_gap_minutes)
    return gather(sources, window, bridge=bridge, problems=problems)
