"""A DSN: where it comes from, what is wrong with it, and how it is held so that nobody sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rollgate.errors import UsageError

DOTENV = ".env"
#: What says that libpq's own variables lead somewhere; PGUSER or PGDATABASE alone don't.
LIBPQ_VARIABLES = ("PGSERVICE", "PGHOST", "PGHOSTADDR")

_SECRET = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
_PORTS = re.compile(r"\d*(,\d*)*")
_ADDRESS = re.compile(r"(https?|mysql)://")
_BRACKETS = re.compile(r".*<[a-z -]+>.*")
_PLACEHOLDER = "a placeholder"
_ENCODE = "percent-encode special characters of the password in a URL: @ as %40, / as %2F, : as %3A, % as %25"


class Conninfo(str):
    """What libpq connects with. Its characters are a secret: whoever prints it sees none of them.

    It is a `str` for libpq's sake (`encode` gives the characters); `str()`, `repr()` and f-strings, and so
    tracebacks with the values of locals, don't.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "<a DSN, not shown>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a DSN is not to be stored")


def settings(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the variables of the environment and, where those are unset or empty, of `.env` in `folder`.

    Raises:
        UsageError: there is a `.env` that can't be read.
    """
    path = folder / DOTENV
    found: Mapping[str, str | None] = {}
    try:
        if path.is_file():
            from dotenv import dotenv_values  # a rehearsal needs none, and starts sooner without

            found = dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "text that is not UTF-8"
        raise UsageError(
            str(path),
            found=str(why),
            needed="lines of NAME=value that you may read",
            fix="mend the file, or run in another folder",
        ) from None
    given = {name: value for name, value in environ.items() if value}
    return {**{name: value for name, value in found.items() if value}, **given}


def read_conninfo(text: str, *, where: str, variable: str, variables: Mapping[str, str]) -> Conninfo:
    """Check the DSN that `variable` holds, a URL or keywords, and complete it from libpq's `variables`.

    Raises:
        UsageError: it isn't one; the text repeats nothing of it.
    """
    parameters: Mapping[str, object] = {}
    fix = _ENCODE
    try:
        parameters = conninfo_to_dict(text)
        wrong = _what_is_wrong(parameters)
    except (psycopg.Error, UnicodeError):
        wrong = "something that is not a DSN"
        if scheme := _ADDRESS.match(text):
            wrong = f"a{'n' if scheme[1].startswith('h') else ''} {scheme[1]}:// address"
            fix = "take the database's own; on Supabase it is behind Connect, at the top of the dashboard"
    if wrong == _PLACEHOLDER:
        fix = "put in what stands for the words in angle brackets"
    if wrong:
        raise UsageError(
            where,
            found=f"{variable} holds {wrong} (not shown: it may hold a password)",
            needed="postgresql://user:password@host:port/database, or host=... user=... dbname=...",
            fix=fix,
        )
    return complete({name: str(value) for name, value in parameters.items()}, variables)


def complete(parameters: Mapping[str, str], variables: Mapping[str, str]) -> Conninfo:
    """Return the conninfo of `parameters`, with what they leave open taken from `variables` as libpq would.

    libpq itself knows the environment, but no `.env`. Two of its rules would lead elsewhere and don't hold
    here: PGHOSTADDR beside a host that is named, and variables instead of what a service says.
    """
    chosen = dict(parameters)
    if not chosen.keys() & {"host", "hostaddr", "service"} and variables.get("PGSERVICE"):
        chosen["service"] = variables["PGSERVICE"]
    if "service" not in chosen:
        apart = {"PGSERVICE"} | ({"PGHOSTADDR"} if "host" in chosen else set())
        for variable, keyword in pq_variables().items():
            if variables.get(variable) and variable not in apart:
                chosen.setdefault(keyword, variables[variable])
        if "host" in parameters:
            chosen.setdefault("hostaddr", "")  # an empty value counts as given
    return Conninfo(make_conninfo("", **chosen))


def pq_variables() -> dict[str, str]:
    """Return libpq's variables, each with the keyword it stands for."""
    return {
        option.envvar.decode(): option.keyword.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar is not None
    }


def secrets_of(conninfo: Conninfo) -> set[str]:
    """Return the values in the conninfo that nobody may see."""
    parameters = conninfo_to_dict(conninfo)
    return {str(parameters[name]) for name in _SECRET if parameters.get(name)}


def secrets_in(text: str) -> set[str]:
    """Return what may be a password in a DSN as somebody wrote it, malformed or not."""
    found = re.findall(r"://[^/]*?:(.+)@", text)
    found += re.findall(rf"(?:{'|'.join(_SECRET)})\s*=\s*('(?:\\.|[^'])*'?|[^\s&]+)", text)
    return {each.strip("'") for each in found} - {""}


def public_of(conninfo: Conninfo) -> set[str]:
    """Return the values in the conninfo that are no secret."""
    parameters = conninfo_to_dict(conninfo)
    return {str(value) for name, value in parameters.items() if name not in _SECRET}


def _what_is_wrong(parameters: Mapping[str, object]) -> str:
    """Say what libpq would take, and then show a part of the password as host, port or database."""
    if any(_BRACKETS.fullmatch(str(parameters.get(name, ""))) for name in ("host", "port", "user", "dbname")):
        return _PLACEHOLDER
    if not _PORTS.fullmatch(str(parameters.get("port", ""))):
        return "a DSN whose port is no number"
    for name in ("host", "dbname"):
        if "@" in str(parameters.get(name, "")).removeprefix("@"):
            return f"a DSN with an @ in its {name}"
    if not parameters:
        return "a DSN that names nothing"
    return ""


def named_conninfo(variable: str, *, option: str, variables: Mapping[str, str]) -> Conninfo:
    """Return the DSN in the variable that an option names; one that was given in its place isn't repeated.

    Raises:
        UsageError: there is none, or it isn't one.
    """
    text = variables.get(variable, "").strip()
    if not text:
        raise UsageError(
            option,
            found=f"{variable} is not set" if variable.isidentifier() else "something else than a name",
            needed="the name of the variable that holds the DSN, never the DSN itself",
            fix="export NAME='postgresql://...', or write it to .env, and give NAME",
        )
    return read_conninfo(text, where=option, variable=variable, variables=variables)
