#!/usr/bin/env python3
"""Turn exported eval records into a report and the SQL that ingests them (runbook, section 5.2)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if __name__ == "__main__":
    try:
        from rollgate.command import run_module
    except KeyboardInterrupt:
        raise SystemExit(130) from None

    run_module("rollgate.evals.generate")
