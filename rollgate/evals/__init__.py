"""Evaluation runs: records, metrics and intervals, export, ingest."""
