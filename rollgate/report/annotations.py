"""Mark what failed in GitHub's view of the files: one workflow command for each gate that decides.

Source: GitHub's workflow commands (`::error file=...,title=...::message`), where `%`, line ends, and in
properties `:` and `,` are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rollgate.evidence.record import GateRecord, RunRecord
from rollgate.report.text import clip, one_line
from rollgate.report.view import label_of
from rollgate.suite import SQL
from rollgate.verdict import Severity

_MOST = 10  # GitHub shows so many errors a step
_MOST_TEXT = 500


def workflow_commands(
    record: RunRecord, *, root: Path, tests: Path | None = None, workspace: Path | None = None
) -> Iterator[str]:
    """Give the workflow commands for the gates that aren't passed, on the file that each is about.

    `root` is the manifest's folder; `tests` what the paths of tests are relative to; `workspace` the
    repository, which GitHub's paths are relative to (default for both: the working folder).
    """
    workspace = (workspace or Path.cwd()).resolve()
    places = (root, SQL, tests or Path.cwd())
    results = [gate for gate in record.gates if label_of(gate) not in ("PASS", "WAIVED", "WARN")]
    for gate in results[:_MOST]:
        yield _command("error", _place(gate, record, places, workspace), gate)
    warnings = [gate for gate in record.gates if label_of(gate) == "WARN"]
    for gate in warnings[:_MOST]:
        yield _command("warning", _place(gate, record, places, workspace), gate)


def _command(kind: str, place: str, gate: GateRecord) -> str:
    first = gate.error or next(
        (f"{each.object}: {each.detail}" for each in gate.violations if each.severity is Severity.ERROR),
        next((f"{each.object}: {each.detail}" for each in gate.violations), "see the report"),
    )
    title = _property(f"{label_of(gate)}: {gate.id} on {gate.target}")
    return f"::{kind} {place}title={title}::{_data(clip(one_line(first), _MOST_TEXT))}"


def _place(gate: GateRecord, record: RunRecord, places: tuple[Path, ...], workspace: Path) -> str:
    """Return where the annotation goes: the release's file that a violation names, else the gate's own."""
    for violation in gate.violations:
        for file in record.files:
            path, _, line = violation.object.partition(f"{file.path}:")
            if violation.object == file.path or (not path and line):
                found = _relative(places[0] / file.path, workspace)
                number = f"line={line}," if line.isdecimal() else ""
                return f"file={_property(found)},{number}" if found else ""
    candidates = [place / gate.source for place in places] if gate.source else []
    found = next((_relative(path, workspace) for path in candidates if path.is_file()), "")
    return f"file={_property(found)}," if found else ""


def _relative(path: Path, workspace: Path) -> str:
    """Return the path as the repository knows it; empty for a file outside of it."""
    path = path.resolve()
    return path.relative_to(workspace).as_posix() if path.is_relative_to(workspace) else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
