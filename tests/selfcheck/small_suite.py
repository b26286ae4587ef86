"""A plugin for runs over small releases: the suite's tests are those in the working folder, and no others."""

from __future__ import annotations

from pathlib import Path

from rollgate import suite

NAME = __name__

suite.TESTS = (Path.cwd(),)
