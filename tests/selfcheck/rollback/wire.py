"""A connection to the server that breaks after a given number of bytes, in either direction."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
CHUNK = 65536


class Wire:
    """One client's connection, passed on through a socket of our own in `host`."""

    def __init__(self, host: str, listener: socket.socket, server: str) -> None:
        self.host = host
        self._listener = listener
        self._server = server
        self._left: dict[str, int | None] = {"question": None, "answer": None}
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def break_after(self, direction: str, size: int) -> None:
        """Let `size` more bytes pass of the `question` or the `answer`, then drop both ends."""
        self._left[direction] = size

    def close(self) -> None:
        """Drop what is still open and wait for the threads."""
        self._drop()
        self._listener.close()
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            self._ends.append(client)
            server = socket.socket(socket.AF_UNIX)
            self._ends.append(server)
            server.connect(self._server)
            back = threading.Thread(target=self._pump, args=(server, client, "answer"))
            self._threads.append(back)
            back.start()
            self._pump(client, server, "question")

    def _pump(self, source: socket.socket, goal: socket.socket, direction: str) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                left = self._left[direction]
                goal.sendall(data[:left])
                if left is not None and left <= len(data):
                    break
                if left is not None:
                    self._left[direction] = left - len(data)
        self._drop()

    def _drop(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire_to(server: str) -> Iterator[Wire]:
    """Listen for one client of the server whose socket lies in the folder `server`."""
    folder = tempfile.mkdtemp(prefix="wire-")  # short: a socket's path has 107 bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(folder, SOCKET)))
        listener.listen(1)
        wire = Wire(folder, listener, str(Path(server, SOCKET)))
        try:
            yield wire
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            wire.close()
            shutil.rmtree(folder)
