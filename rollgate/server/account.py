"""Which account of the operating system runs the server."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from rollgate.errors import UsageError

CANDIDATES = ("postgres", "nobody")


class SpawnArguments(TypedDict, total=False):
    """The arguments of `subprocess` that make a child another user."""

    user: int
    group: int
    extra_groups: Sequence[int]


@dataclass(frozen=True)
class Account:
    """An unprivileged account, which root starts the server as."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the account to switch to, or None where the caller's own will do.

    PostgreSQL refuses to run as root, and `initdb` wants an account that the system knows by name.
    """
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise UsageError(
        "the ephemeral server",
        found=f"the caller is root, and neither {' nor '.join(CANDIDATES)} is an account here",
        needed="an unprivileged account: PostgreSQL refuses to run as root",
        fix="add one (`useradd --system postgres`), or run as an ordinary user",
    )


def spawn_as(account: Account | None) -> SpawnArguments:
    """Return the arguments of `subprocess` that start a child as `account`."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def may_enter(folder: Path, account: Account | None) -> bool:
    """Tell whether `account` can reach what lies in `folder`, by the mode bits of it and its parents.

    Access lists are not looked at: a folder that only they open counts as closed, which costs a copy
    and nothing else.
    """
    try:
        if account is None:
            return os.access(folder, os.X_OK)
        resolved = folder.resolve(strict=True)
        for step in (resolved, *resolved.parents):
            status = step.stat()
            bit = 0o100 if status.st_uid == account.uid else 0o010 if status.st_gid == account.gid else 0o001
            if not status.st_mode & bit:
                return False
    except OSError:
        return False
    return True
