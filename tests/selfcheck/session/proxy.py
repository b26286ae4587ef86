"""A TCP proxy that stands for distance: it delays both ways, counts the waiting, and can fail."""

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
    most: int | None = None  # bytes of the server that get through, if not all
    then: str = "cut"  # or `stall`: take everything, and say nothing more
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

    def passing(self, chunk: bytes) -> bytes:
        """Return what of a chunk that the server has sent gets through."""
        return chunk if self.most is None else chunk[: max(0, self.most - self.received)]


@contextmanager
def distant(
    server: tuple[str, int] | str, *, round_trip_s: float = 0.0, most: int | None = None, then: str = "cut"
) -> Iterator[Traffic]:
    """Listen on a free port of 127.0.0.1 for as long as the block lasts, and pass on to `server`, an address
    or the path of a socket.

    Where sending a whole batch takes less than the delay, the count is exact: nothing of an answer can
    be back before.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ends: list[socket.socket] = []
        traffic = Traffic(listener.getsockname()[1], most=most, then=then)
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
                upstream = _reach(server)
                traffic.connections += 1
                number = traffic.connections
                ends.extend((client, upstream))
                for end in (client, upstream):
                    if end.family != socket.AF_UNIX:
                        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                out: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                back: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                start(_take, client, out, round_trip_s / 2, partial(traffic.from_client, number))
                start(_give, upstream, out, _ignore, None)
                start(_take, upstream, back, round_trip_s / 2, _ignore)
                start(_give, client, back, partial(traffic.to_client, number), traffic)

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


def _reach(server: tuple[str, int] | str) -> socket.socket:
    if isinstance(server, tuple):
        return socket.create_connection(server)
    upstream = socket.socket(socket.AF_UNIX)
    upstream.connect(server)
    return upstream


def _give(
    drain: socket.socket,
    under_way: queue.SimpleQueue[tuple[float, bytes]],
    on_write: Count,
    limits: Traffic | None,
) -> None:
    """Pass on what comes, each chunk when it is due, however many are under way."""
    with contextlib.suppress(OSError):
        while True:
            due, chunk = under_way.get()
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            if not chunk:
                drain.shutdown(socket.SHUT_WR)
                return
            passing = chunk if limits is None else limits.passing(chunk)
            on_write(passing)
            drain.sendall(passing)
            if limits is not None and len(passing) < len(chunk) and limits.then == "cut":
                drain.shutdown(socket.SHUT_RDWR)
                return


def _ignore(chunk: bytes) -> None:
    pass
