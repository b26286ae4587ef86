"""Which Supabase project a log is of, and who may ask for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

API = "https://api.supabase.com"
_REF = re.compile(r"[a-z0-9]{20}")
_HOST = re.compile(r"(?:db\.)?([a-z0-9]{20})\.supabase\.(?:co|net|com)")


@dataclass(frozen=True)
class Project:
    """A project, its token, and where its API is."""

    ref: str
    token: str
    api: str = API

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"Project({self.ref!r})"


def ref_of(host: str, user: str) -> str:
    """Return the project that a DSN's host or user names; empty for one that isn't Supabase's."""
    if found := _HOST.fullmatch(host):
        return found[1]
    role, _, ref = user.partition(".")
    return ref if role and host.endswith(".pooler.supabase.com") and _REF.fullmatch(ref) else ""
