"""Files that belong together: all of them are replaced, or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rollgate.command import Failure


class Outputs:
    """Temporary files beside their places, until `publish` moves all of them there."""

    def __init__(self) -> None:
        self._drafts: dict[Path, Path] = {}
        self._unwanted: list[Path] = []

    @contextmanager
    def draft(self, place: Path) -> Iterator[IO[bytes]]:
        """Open a temporary file that `publish` will move to `place`; its folder is made."""
        if place.exists() and not place.is_file() and not place.is_dir():
            with place.open("wb") as file:  # /dev/null, a pipe: nothing to be replaced
                yield file
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        if earlier := self._drafts.pop(place, None):
            earlier.unlink(missing_ok=True)
        number, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.", suffix=".part")
        self._drafts[place] = Path(name)
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def forget(self, place: Path) -> None:
        """Let `publish` remove what an earlier run left at `place`."""
        self._unwanted.append(place)

    def publish(self) -> None:
        """Move every file to its place; where one can't be moved, put back what was there.

        Raises:
            OSError: one could not be moved; nothing has changed.
        """
        done: list[tuple[Path, Path | None]] = []
        try:
            for place in dict.fromkeys([*self._drafts, *self._unwanted]):
                done.append((place, _set_aside(place)))
                if draft := self._drafts.get(place):
                    draft.chmod(0o666 & ~_umask())
                    draft.replace(place)
        except OSError:
            for place, earlier in reversed(done):
                with contextlib.suppress(OSError):
                    if earlier is not None:
                        earlier.replace(place)
                    else:
                        place.unlink(missing_ok=True)
            raise
        for _, earlier in done:
            if earlier is not None:
                earlier.unlink()
        self._drafts.clear()

    def discard(self) -> None:
        """Remove the temporary files that were not moved."""
        for draft in self._drafts.values():
            draft.unlink(missing_ok=True)
        self._drafts.clear()


@contextmanager
def together() -> Iterator[Outputs]:
    """Yield files that are published at the end of the block, and discarded if it raises.

    Raises:
        Failure: a file can't be written; what was there before is there still.
    """
    outputs = Outputs()
    try:
        yield outputs
        outputs.publish()
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise Failure(
            f"the files could not be written, nothing has changed: {where}{error.strerror}"
        ) from None
    finally:
        outputs.discard()


def _set_aside(place: Path) -> Path | None:
    """Move what is at `place` out of the way; a folder is no file to be replaced."""
    if not place.exists():
        return None
    if not place.is_file():
        raise IsADirectoryError(21, "it is no file", str(place))
    number, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.", suffix=".old")
    os.close(number)
    place.replace(name)
    return Path(name)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
