"""Export recent eval records from Supabase: runbook section 5, step 1. `--help` tells the rest."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rollgate.command import run
from rollgate.evals.export_command import main

if __name__ == "__main__":
    run(main)
