"""A TCP proxy that stands for distance: it delays both ways, and counts what had to be waited for."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

TERMINATE = b"X\x00\x00\x00\x04"
CHUNK = 1 << 18

Count = Callable[[bytes], None]


@dataclass
class Traffic:
    """What went through. A round trip is a burst of a client's that follows words of the server's."""

    port: int
    connections: int = 0
    round_trips: int = 0
    sent: int = 0  # bytes of the clients
    received: int = 0  # bytes of the server
    _speaking: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def from_client(self, number: int, chunk: bytes) -> None:
        with self._lock:
            self.sent += len(chunk)
            if number not in self._speaking and chunk != TERMINATE:
                self.round_trips += 1
                self._speaking.add(number)

    def to_client(self, number: int, chunk: bytes) -> None:
        with self._lock:
            self.received += len(chunk)
            self._speaking.discard(number)


@contextmanager
def distant(server: tuple[str, int], *, round_trip_s: float = 0.0) -> Iterator[Traffic]:
    """Listen on a free port of 127.0.0.1 for as long as the block lasts, and pass on to `server`.

    Where sending a whole batch takes less than the delay, the count is exact: nothing of an answer can
    be back before.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ends: list[socket.socket] = []
        traffic = Traffic(listener.getsockname()[1])
        threads: list[threading.Thread] = []

        def start(work: Callable[..., None], *arguments: object) -> None:
            thread = threading.Thread(target=work, args=arguments, daemon=True)
            threads.append(thread)
            thread.start()

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                upstream = socket.create_connection(server)
                traffic.connections += 1
                number = traffic.connections
                ends.extend((client, upstream))
                for end in (client, upstream):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ways: tuple[tuple[socket.socket, socket.socket, Count, Count], ...] = (
                    (client, upstream, partial(traffic.from_client, number), _ignore),
                    (upstream, client, _ignore, partial(traffic.to_client, number)),
                )
                for source, drain, on_read, on_write in ways:
                    under_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                    start(_take, source, under_way, round_trip_s / 2, on_read)
                    start(_give, drain, under_way, on_write)

        start(accept)
        try:
            yield traffic
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            threads[0].join(10)
            for end in ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(10)
            for end in ends:
                end.close()


def _take(
    source: socket.socket, under_way: queue.SimpleQueue[tuple[float, bytes]], delay: float, on_read: Count
) -> None:
    chunk = b"?"
    while chunk:
        try:
            chunk = source.recv(CHUNK)
        except OSError:
            chunk = b""
        if chunk:
            on_read(chunk)
        under_way.put((time.monotonic() + delay, chunk))


def _give(drain: socket.socket, under_way: queue.SimpleQueue[tuple[float, bytes]], on_write: Count) -> None:
    """Pass on what comes, each chunk when it is due, however many are under way."""
    with contextlib.suppress(OSError):
        while True:
            due, chunk = under_way.get()
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            if not chunk:
                drain.shutdown(socket.SHUT_WR)
                return
            on_write(chunk)
            drain.sendall(chunk)


def _ignore(chunk: bytes) -> None:
    pass
