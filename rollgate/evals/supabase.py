"""A Supabase project as two variables name it: its URL, and a key that may read every row."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urlsplit

from rollgate.errors import UsageError

URL = "SUPABASE_URL"
KEY = "SUPABASE_SERVICE_ROLE_KEY"
_NEEDED_URL = "https://<ref>.supabase.co, the project's URL"
_NEEDED_KEY = "the service_role key (a JWT), or a secret key (sb_secret_...)"
_WHERE = "copy it from the project's settings, API Keys, into the environment or .env"


@dataclass(frozen=True)
class Project:
    """Where a project's REST API is, and what lets one in; the headers are a secret."""

    rest: str  # e.g. "https://abc.supabase.co/rest/v1"
    host: str  # with a port, if the URL has one
    headers: Mapping[str, str] = field(repr=False)
    secrets: frozenset[str] = field(repr=False)


def read_project(variables: Mapping[str, str]) -> Project:
    """Return the project that `SUPABASE_URL` and `SUPABASE_SERVICE_ROLE_KEY` lead to.

    Raises:
        UsageError: one is missing or is something else; the text repeats nothing that may be a secret.
    """
    rest, host = _read_url(variables.get(URL, "").strip())
    key = variables.get(KEY, "").strip()
    return Project(rest, host, _headers_of(key), frozenset({key}))


def _read_url(text: str) -> tuple[str, str]:
    if not text:
        _wrong_url("nothing: it is not set")
    if text.startswith(("postgres://", "postgresql://")):
        _wrong_url("the DSN of a database (not shown: it may hold a password)")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        _wrong_url("something that is not a URL (not shown)")
    if parts.username is not None or parts.password is not None or "@" in text:
        _wrong_url("a URL with a user or an @ (not shown: it may hold a password)")
    if parts.scheme not in ("https", "http") or not re.fullmatch(r"[A-Za-z0-9.:_-]+", host):
        _wrong_url("something that is not a URL (not shown)")
    if parts.scheme == "http" and not _is_local(host):
        _wrong_url(f"http:// to {host}, which would send the key unencrypted")
    path = parts.path.rstrip("/").removesuffix("/rest/v1")
    if host in ("supabase.com", "app.supabase.com") or path or parts.query or parts.fragment:
        _wrong_url(f"a page of {host}")
    place = f"[{host}]" if ":" in host else host
    place = f"{place}:{port}" if port else place
    return f"{parts.scheme}://{place}/rest/v1", place


def _headers_of(key: str) -> dict[str, str]:
    """Return what a key is sent in.

    Source: supabase.com/docs/guides/api/api-keys. A JWT is both the key and the token; a secret key is
    no JWT, goes into `apikey` alone, and the gateway puts a token in its place.
    """
    if not key:
        _wrong_key("nothing: it is not set")
    if key.startswith("sb_publishable_"):
        _wrong_key("a publishable key, which row level security shows nothing to")
    if key.startswith("sbp_"):
        _wrong_key("a personal access token, which is for the management API")
    if re.fullmatch(r"sb_secret_[\w-]+", key, re.ASCII):
        return {"apikey": key}
    if not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", key, re.ASCII):
        _wrong_key("something that is neither (not shown)")
    role = _role_of(key)
    if role != "service_role":
        _wrong_key(f"a key of the role {role}" if role else "a JWT without a role")
    return {"apikey": key, "Authorization": f"Bearer {key}"}


def _role_of(token: str) -> str:
    """Return the role that a JWT claims, or nothing; it is not verified, only read (RFC 7519)."""
    claims = token.split(".")[1]
    try:
        payload = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except ValueError:
        return ""
    role = payload.get("role") if isinstance(payload, dict) else None
    return role if isinstance(role, str) and re.fullmatch(r"[a-z_]{1,40}", role) else ""


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wrong_url(found: str) -> NoReturn:
    raise UsageError(URL, found=found, needed=_NEEDED_URL, fix=_WHERE) from None


def _wrong_key(found: str) -> NoReturn:
    raise UsageError(KEY, found=found, needed=_NEEDED_KEY, fix=_WHERE) from None
