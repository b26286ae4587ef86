"""The target as it is before anything is written: who answers, what is recorded, and what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from rollgate.applying.existing import read_existing
from rollgate.applying.history import History, read_history
from rollgate.applying.script import File, Step
from rollgate.applying.session import holder_of, keeps_sessions
from rollgate.command import Failure
from rollgate.target.conninfo import Conninfo, public_of
from rollgate.target.identity import Identity, read_identity
from rollgate.target.reach import one_line, require_new_enough
from rollgate.target.redaction import Redaction
from rollgate.target.session import read_only_session
from rollgate.target.target import Target


@dataclass(frozen=True)
class Standing:
    """What was seen in one read-only transaction; `holder` is who applies to it right now."""

    identity: Identity
    history: History
    existing: Mapping[Step, str]
    holder: str
    keeps_sessions: bool


def look(target: Target, conninfo: Conninfo, files: Sequence[File], redaction: Redaction) -> Standing:
    """Read it.

    Raises:
        UsageError: the server is too old.
        Failure: nobody answers.
    """
    try:
        with read_only_session(conninfo) as connection:
            redaction.learn({connection.info.password} - {""}, public=public_of(conninfo))
            identity = read_identity(connection)
            require_new_enough(target, identity)
            history = read_history(connection)
            existing = read_existing(connection, files)
            holder = holder_of(connection)[1]
        kept = not identity.pooled or keeps_sessions(conninfo)
    except psycopg.Error as error:
        raise Failure(f"{target.name}: the database can't be reached or read: {one_line(error)}") from None
    return Standing(identity, history, existing, holder, kept)
