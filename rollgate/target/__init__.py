"""How to reach a database that is judged: its name, its DSN, and the read-only session."""
