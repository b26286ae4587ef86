"""Ctrl-C where it may come: at once while a statement runs or something is waited for, else in between."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Hears SIGINT and SIGTERM as long as it is entered; both mean: stop where that is clean."""

    def __init__(self) -> None:
        self.wanted = False
        self._armed = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = {each: signal.signal(each, self._hear) for each in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for each, before in self._before.items():
            signal.signal(each, before)

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Let it come within the block, as KeyboardInterrupt; one that came before comes now."""
        was = self._armed
        self._armed = True
        try:
            if self.wanted:
                raise KeyboardInterrupt
            yield
        finally:
            self._armed = was

    def wait(self, seconds: float) -> None:
        """Wait; Ctrl-C ends it."""
        with self.armed():
            time.sleep(seconds)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.wanted = True
        if self._armed:
            raise KeyboardInterrupt
