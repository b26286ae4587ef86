"""The one exception that a user's mistake becomes: what was found, what was needed, the way out."""

from __future__ import annotations


class UsageError(Exception):
    """A mistake the user can mend. It is shown as it is, without a traceback.

    The three parts are lower-case clauses without a full stop; `where` names the file, key or
    option that the mistake is in.
    """

    def __init__(self, where: str, *, found: str, needed: str, fix: str) -> None:
        self.where = where
        self.found = found
        self.needed = needed
        self.fix = fix
        super().__init__(f"{where}\n  found:  {found}\n  needed: {needed}\n  fix:    {fix}")


def empty(where: str, *, found: str = "nothing in it") -> UsageError:
    """Return the mistake of a value that is empty: a variable that isn't set mustn't choose the default."""
    return UsageError(
        where,
        found=found,
        needed="a value: what is left out has a default, what is empty has none",
        fix="set the variable that it comes from, or leave the option out",
    )
