"""An operator's client, to be killed: applies files to the database that its first word names.

    python -m tests.selfcheck.faults.client CONNINFO whole|statements FILE...

`whole` sends a file at once, as the SQL Editor does; `statements` one statement at a time, as psql does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

from rollgate.rehearsal.apply import apply_file
from rollgate.rehearsal.lexer import split

NAME = "a client"


def main(conninfo: str, way: str, *files: str) -> None:
    with psycopg.connect(conninfo, autocommit=True, application_name=NAME) as connection:
        for path in map(Path, files):
            if way == "whole":
                apply_file(connection, path)
            else:
                for statement in split(path.read_text(encoding="utf-8")):
                    connection.execute(statement.text.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
