"""Release verification for PostgreSQL: every release gate is a test against a target database."""

__version__ = "0.1.0"
