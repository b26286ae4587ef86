"""Mark what failed in GitHub's view of the files: one workflow command for each gate that decides.

Source: GitHub's workflow commands (`::error file=...,title=...::message`), where `%`, line ends, and in
properties `:` and `,` are escaped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rollgate.evidence.record import GateRecord, RunRecord
from rollgate.report.text import clip, one_line
from rollgate.report.view import label_of
from rollgate.verdict import Severity

_MOST = 10  # GitHub shows so many errors a step
_MOST_TEXT = 500


def workflow_commands(record: RunRecord, *, root: Path, workspace: Path | None = None) -> Iterator[str]:
    """Give the workflow commands for the gates that aren't passed, on the file that each is about.

    `root` is the manifest's folder, `workspace` the repository (default: the working folder).
    """
    workspace = workspace or Path.cwd()
    results = [gate for gate in record.gates if label_of(gate) not in ("PASS", "WAIVED", "WARN")]
    for gate in results[:_MOST]:
        yield _command("error", _file(gate, record, root, workspace), gate)
    warnings = [gate for gate in record.gates if label_of(gate) == "WARN"]
    for gate in warnings[:_MOST]:
        yield _command("warning", _file(gate, record, root, workspace), gate)


def _command(kind: str, file: str, gate: GateRecord) -> str:
    first = gate.error or next(
        (f"{each.object}: {each.detail}" for each in gate.violations if each.severity is Severity.ERROR),
        next((f"{each.object}: {each.detail}" for each in gate.violations), "see the report"),
    )
    place = f"file={_property(file)}," if file else ""
    title = _property(f"{label_of(gate)}: {gate.id} on {gate.target}")
    return f"::{kind} {place}title={title}::{_data(clip(one_line(first), _MOST_TEXT))}"


def _file(gate: GateRecord, record: RunRecord, root: Path, workspace: Path) -> str:
    """Return the release's file that a violation names, else the gate's own, as the repository knows it."""
    for violation in gate.violations:
        for file in record.files:
            if violation.object == file.path or violation.object.startswith(f"{file.path}:"):
                return _relative(root / file.path, workspace)
    builtin = Path(__file__).parents[2]
    candidates = (root / gate.source, builtin / "sql" / gate.source, workspace / gate.source)
    return next((_relative(path, workspace) for path in candidates if gate.source and path.is_file()), "")


def _relative(path: Path, workspace: Path) -> str:
    found = os.path.relpath(path, workspace)
    return "" if found.startswith("..") else Path(found).as_posix()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
