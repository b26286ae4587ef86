"""Add tonight's eval report to the history and print the trend as Markdown. `--help` tells the rest."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rollgate.command import run
from rollgate.evals.trend_command import main

if __name__ == "__main__":
    run(main)
