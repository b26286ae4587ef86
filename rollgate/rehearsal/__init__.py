"""Applying a release somewhere harmless: from each starting state, and back again."""
