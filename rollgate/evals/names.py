"""What the metrics of the eval contract are called (section 5). The manifest knows them by these names."""

from __future__ import annotations

from collections.abc import Mapping

#: The outcome of a record that each rate is the share of.
RATES: Mapping[str, str] = {
    "schema_valid_rate": "schema_valid",
    "patch_apply_success": "patch_apply_success",
    "edit_after_generate_rate": "edited_after_generate",
    "publish_conversion_proxy": "published_within_7d",
    "safety_html_tailwind_compliance": "safety_html_tailwind_compliant",
    "fallback_rate": "fallback_used",
}
P95 = "p95_latency_ms"
METRICS = (*RATES, P95)
CEILINGS = ("fallback_rate", P95)  # what must not grow
