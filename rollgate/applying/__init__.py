"""Applying a release to a database of the operator's choice: whether, in which order, and what was done."""
