"""What docs/adopting.md has a reader write: a manifest, a gate and its evidence."""

from __future__ import annotations

import re
from pathlib import Path

from tests.selfcheck.docs.commands import ROOT

TEXT = (ROOT / "docs" / "adopting.md").read_text(encoding="utf-8")
MANIFEST, MORE = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
GATE, EVIDENCE = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
(EVIDENCE_FILE,) = re.findall(r"`(evidence/.+\.sql)`, as the example", TEXT)
(GATE_FILE,) = re.findall(r"^`(gates/.+\.sql)`:$", TEXT, re.MULTILINE)


def write_release(folder: Path) -> Path:
    """Write it into a repository in Supabase's layout; return the manifest."""
    manifest, gate = folder / "release.toml", folder / GATE_FILE
    manifest.write_text(MANIFEST.replace("\n[thresholds]", f"\n{MORE}\n[thresholds]"), encoding="utf-8")
    gate.parent.mkdir(parents=True, exist_ok=True)
    gate.write_text(GATE, encoding="utf-8")
    return manifest
