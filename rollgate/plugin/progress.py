"""Says what a run is at when it takes long: a gate on a database far away is silent otherwise.

Once after two seconds, then every half a minute, to a terminal and to a CI log alike.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from rollgate.plugin.plan import PLAN, REDACTION
from rollgate.report.text import clip, fit, one_line

FIRST = 2.0  # seconds until something is said
AGAIN = 30.0  # seconds until it is said again


class Watch:
    """Tells `say` what goes on, if it goes on for long; a thread of its own, that ends with `stop`."""

    def __init__(
        self, say: Callable[[str, float], None], *, first: float = FIRST, again: float = AGAIN
    ) -> None:
        self._say = say
        self._first = first
        self._again = again
        self._changed = threading.Condition()
        self._doing: str | None = None
        self._since = 0.0
        self._stopped = False
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Watch what is done inside; a part of it may be watched by a name of its own."""
        outer = self._begin(what)
        try:
            yield
        finally:
            self._begin(outer)

    def stop(self) -> None:
        """Say nothing any more, from now on."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _begin(self, what: str | None) -> str | None:
        with self._changed:
            outer, self._doing, self._since = self._doing, what, time.monotonic()
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="rollgate-progress", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return outer

    def _run(self) -> None:
        with self._changed:
            watched, due = -1.0, 0.0
            while not self._stopped:
                if self._since != watched:
                    watched, due = self._since, self._since + self._first
                left = due - time.monotonic()
                if self._doing is None or left > 0:
                    self._changed.wait(None if self._doing is None else left)
                    continue
                self._say(self._doing, time.monotonic() - watched)  # locked: never after `stop`
                due += self._again


class Progress:
    """Watches each gate of a run that isn't spread over workers."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.watch = Watch(self._say)
        self._screen: io.TextIOWrapper | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self) -> Generator[None, None, None]:
        """Watch how the targets are reached."""
        self._screen = _own_screen(self._writer())
        with self.watch.doing("reaching the targets"):
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Watch a gate, with what it needs: its server, its clone."""
        plan = item.stash.get(PLAN, None)
        if plan is None:
            return (yield)
        with self.watch.doing(f"{plan.target}: {plan.id}: {plan.title}"):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Be silent from here on: the summary follows."""
        self.watch.stop()

    def pytest_unconfigure(self) -> None:
        """Be silent also where no session has begun, or none has ended."""
        self.watch.stop()
        if self._screen is not None:
            with contextlib.suppress(OSError):
                self._screen.close()

    def _writer(self) -> Any:
        return getattr(self.config.pluginmanager.get_plugin("terminalreporter"), "_tw", None)

    def _say(self, what: str, seconds: float) -> None:
        if self._screen is None:
            return
        writer = self._writer()
        begun = getattr(writer, "_current_line", "")  # dots without an end
        told = one_line(clip(self.config.stash[REDACTION].text(what), 600))
        line = fit(f"  {seconds:.0f} s so far: {told}", getattr(writer, "fullwidth", 80) - 1).rstrip()
        with contextlib.suppress(OSError, ValueError):
            self._screen.write(("\n" if begun else "") + line + "\n")
            self._screen.flush()
            if begun:
                writer._current_line = ""


def _own_screen(writer: Any) -> io.TextIOWrapper | None:
    """Return a way to the terminal that pytest's capture, which turns descriptor 1 away, doesn't touch."""
    try:
        writer.flush()
        descriptor = os.dup(writer._file.fileno())
    except (AttributeError, OSError, ValueError):  # no terminal reporter, or one that writes elsewhere
        return None
    return open(descriptor, "w", encoding=getattr(writer._file, "encoding", None), errors="replace")
