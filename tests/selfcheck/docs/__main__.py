"""Writes anew what is made of the code: two pages, the reports' figures, two schemas (make docs)."""

from __future__ import annotations

import json

from rollgate.commands.schema import record_schema
from rollgate.evals import report
from tests.selfcheck.docs import gates_page
from tests.selfcheck.sabotage import detection


def main() -> None:
    """Write all of it."""
    record = json.dumps(record_schema(), indent=2) + "\n"
    gates_page.main()
    detection.main()
    (gates_page.ROOT / "docs" / "record.schema.json").write_text(record, encoding="utf-8")
    (gates_page.ROOT / "docs" / "eval-report.schema.json").write_bytes(report.schema())


if __name__ == "__main__":
    main()
