"""Ctrl-C, SIGTERM and os._exit: a run that is cut short says so, and never ends like one that is GO.

A CI job that is cancelled and a container that is stopped are sent SIGTERM and, some seconds later, SIGKILL.
pytest by itself dies of the first: no record, and a statement that goes on running on a live target. Here it
ends in order and exits with 2.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import pytest

USUAL = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


class Stopping:
    """Hears both signals. The first raises KeyboardInterrupt: psycopg cancels its statement, fixtures end.

    Once the run is ending, the first is only noted, for the ending is what it asks for; the next breaks
    it off, but not while the evidence is being kept.
    """

    def __init__(self) -> None:
        self.heard = ""  # what cut the run short: SIGINT or SIGTERM
        self._raises = True
        self._keeping = False
        self._before: dict[int, Any] = {}
        self._exit = os._exit
        self._process = os.getpid()

    def listen(self) -> None:
        """Hear from now on. Who ignores a signal, as nohup does, or hears it already, goes on doing so."""
        if threading.current_thread() is threading.main_thread():
            for number, usual in USUAL.items():
                if signal.getsignal(number) is usual:
                    self._before[number] = signal.signal(number, self._hear)

    def guard_exit(self) -> None:
        """See to it that nobody ends this process with 0 on the way: that would be read as GO."""
        os._exit = self._end

    def close(self) -> None:
        """Leave the signals to whom they belonged before."""
        os._exit = self._exit
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """The run is ending."""
        self._raises = False
        yield

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Note signals only, however many: what the block writes is to be whole, all of it."""
        self._keeping = True
        try:
            yield
        finally:
            self._keeping = False

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.heard = self.heard or signal.Signals(number).name
        raises, self._raises = self._raises, True
        if raises and not self._keeping:
            raise KeyboardInterrupt

    def _end(self, status: int) -> NoReturn:
        self._exit(status or int(os.getpid() == self._process))  # a child that was forked may


def cut_short(exitstatus: int, heard: str) -> str:
    """Say why a run that ended with this code was not judged to its end; empty if it was."""
    if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return ""
    try:
        why = pytest.ExitCode(exitstatus).name.lower()
    except ValueError:  # somebody's own, by pytest.exit
        why = f"exit code {exitstatus}"
    return f"the run was cut short ({why}{f' by {heard}' if heard else ''})"
