"""A folder of reports to put runs into."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.selfcheck.evidence.runs import Reports


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path / "reports")
