"""Whether a server logs its errors so that a log without them means something."""

from __future__ import annotations

import re

from rollgate.soak.facts import Facts, Setting
from rollgate.soak.said import Said

#: What has errors logged (PostgreSQL documentation, 20.8.2): ERROR and all that log more.
_TELLING = {*(f"debug{level}" for level in range(1, 6)), "debug", "info", "notice", "warning", "error"}
_NEEDED = {
    "log_min_messages": (_TELLING, "error or a level below it", "an error is not logged at all"),
    "log_min_error_statement": (
        _TELLING,
        "error or a level below it",
        "the statement that failed is not logged",
    ),
    "log_error_verbosity": (
        {"default", "verbose"},
        "default or verbose",
        "an error in a function isn't placed",
    ),
}


def is_telling(name: str, value: str) -> bool:
    """Tell whether with this value an error in the write path can be found in the log."""
    return name not in _NEEDED or value.lower() in _NEEDED[name][0]


def judge_logging(said: Said, facts: Facts) -> None:
    """Say where errors are not logged: in general, by role, or by database."""
    for setting in facts.settings:
        if setting.name in _NEEDED and not is_telling(setting.name, setting.value):
            _, needed, means = _NEEDED[setting.name]
            said.hold(
                f"{setting.name}{f' of {setting.owner}' if setting.owner else ''}",
                f"found {setting.value}, needed {needed}: {means}",
                f"{_way_out(setting)}, then soak anew: what was not logged can't be read",
            )
        elif setting.name in _NEEDED and not setting.owner and setting.source in _OVERRIDDEN:
            said.hold(
                setting.name,
                f"found that this session has its own ({setting.value}), so that the server's can't be seen",
                "take the setting off the DSN's role, database or options",
            )
    said.show(
        "logging",
        "How the server logs",
        ("setting", "value", "from", "of"),
        [(each.name, each.value, each.source, each.owner or "this session") for each in facts.settings],
        facts.queries.get("logging", ""),
    )


#: Locales whose messages are those of the source: errors are called so in a log.
_ENGLISH = re.compile(r"(|C|POSIX|C\..*|en([_.@-].*)?|English.*)", re.IGNORECASE)


def judge_language(said: Said, facts: Facts) -> None:
    """Say whose messages are translated: a log to stderr then calls an error something else."""
    for setting in facts.settings:
        if setting.name == "lc_messages" and not _ENGLISH.fullmatch(setting.value):
            said.hold(
                f"{setting.name}{f' of {setting.owner}' if setting.owner else ''}",
                f"found {setting.value}, needed C: what is written to stderr tells no SQLSTATE, and its "
                "words for an error are translated",
                "name the jsonlog or csvlog; or set lc_messages to C, then soak anew",
            )


#: Where a session's setting comes from when it is not the server's (pg_settings.source).
_OVERRIDDEN = {"user", "database", "database user", "client", "session", "interactive"}


def _way_out(setting: Setting) -> str:
    if not setting.owner:
        return f"set {setting.name} back on the server"
    role, _, database = setting.owner.partition(" in ")
    if setting.owner.startswith("database "):
        return f"alter {setting.owner} reset {setting.name}"
    return f"alter {role} {'in ' + database + ' ' if database else ''}reset {setting.name}"
