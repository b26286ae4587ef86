"""Evals of real traffic: records exported, judged, ingested."""
