"""Where the suite's own files are: beside the package in its repository, below this folder in a wheel."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent
#: Whether these files came with a wheel.
INSTALLED = (_HERE / "sql").is_dir()
_REPOSITORY = _HERE.parents[1]

#: The release that comes with the suite: its gates, evidence queries, starting states and manifest.
SQL = (_HERE if INSTALLED else _REPOSITORY) / "sql"
#: The folders of the gates that are tests.
TESTS = tuple(
    (_HERE if INSTALLED else _REPOSITORY / "tests") / name for name in ("gates", "rollback", "evals")
)
#: Those of them that ask about this rollout's tables, whatever the release.
OF_ITS_TABLES = tuple(folder for folder in TESTS if folder.name in ("rollback", "evals"))


def shown(path: Path) -> str:
    """Return how a test of the suite is named, wherever it is: as in the repository; empty for another's."""
    found = next((folder for folder in TESTS if path.is_relative_to(folder)), None)
    return f"tests/{path.relative_to(found.parent).as_posix()}" if found is not None else ""
