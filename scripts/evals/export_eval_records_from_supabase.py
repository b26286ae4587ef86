"""Export recent eval records from Supabase: runbook section 5, step 1. `--help` tells the rest."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if __name__ == "__main__":
    try:
        from rollgate.command import run_module
    except KeyboardInterrupt:
        raise SystemExit(130) from None

    run_module("rollgate.evals.export_command")
