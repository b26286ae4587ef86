"""The SQL that puts routing rows back after a drill: made, tried and kept before it is needed."""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path

from psycopg import sql

from rollgate.rehearsal.routing import Routing

UNFINISHED = "drill-{}.unfinished.sql"
_TEMPLATE = Path(__file__).with_name("restore.sql").read_text(encoding="utf-8")
_PLACE = re.compile(r"(?<!:):(target|time|settings|columns|values|sequences|before|left_behind|tag)\b")
_SEQUENCE = """\
  begin
    perform setval({name}, {last}, {called}) from {relation} s
    where s.last_value = {now} and s.is_called = {now_called};
  exception when insufficient_privilege then
    raise notice 'no right to set a sequence back: the next ids skip some';
  end;
"""


def restore_sql(before: Routing, after: Routing, target: str, *, sequences: bool = True) -> str:
    """Return the statement that makes `before` of `after`, and refuses to make it of anything else.

    Without `sequences` it leaves them alone: setting one isn't undone when a transaction is.
    """
    moved = before.moved(after) if sequences else {}
    parts = {
        "target": target,
        "time": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC",
        "settings": ", ".join(f"{name} = b.{name}" for name in before.settable),
        "columns": ", ".join(before.columns),
        "values": ", ".join(f"b.{name}" for name in before.columns),
        "sequences": "".join(
            _SEQUENCE.format(
                name=_literal(name),
                relation=name,
                last=int(last),
                called=_boolean(called),
                now=int(now),
                now_called=_boolean(now_called),
            )
            for name, ((last, called), (now, now_called)) in moved.items()
        ),
    }
    parts |= {"before": _literal(before.json), "left_behind": _literal(after.json), "tag": "$restore$"}
    while any(parts["tag"] in text for name, text in parts.items() if name != "tag"):
        parts["tag"] = parts["tag"][:-1] + "_$"
    return _PLACE.sub(lambda found: parts[found[1]], _TEMPLATE)


def keep(text: str, path: Path) -> None:
    """Write the file so that it outlives this process and this machine's power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def file_of(folder: Path, target: str) -> Path:
    """Return where the SQL of a drill is kept until the rows are back."""
    return folder / UNFINISHED.format(target)


def finished(path: Path) -> Path:
    """Rename the file of a drill whose rows are back."""
    return path.rename(path.with_name(path.name.replace(".unfinished.", ".done.")))


def unfinished(reports: Path, target: str) -> list[Path]:
    """Return the files of drills of `target` after which nobody has put the rows back."""
    return sorted(reports.glob(f"*/{UNFINISHED.format(target)}"))


def what_is_unfinished(path: Path) -> tuple[str, str, str]:
    """Return object, detail and remedy of a drill that somebody has to finish by hand."""
    return (
        path.name,
        f"found the file of a drill that was not finished, in {path.parent.name}: the target may still be "
        "rolled back; needed none",
        f"paste {path} into the SQL Editor (harmless if it was done already), then delete the file",
    )


def _literal(text: str) -> str:
    return sql.Literal(text).as_string(None).strip()


def _boolean(text: str) -> str:
    return "true" if text in ("t", "true") else "false"
