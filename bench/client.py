"""A load client: so many keep-alive connections, each asking again as soon as it is answered. Runs beside the servers,
in a process of its own, and costs next to nothing: one loop over raw sockets."""

import selectors
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter


@dataclass
class Load:
    """What a stretch of asking came to."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)  # seconds each
    statuses: Counter[int] = field(default_factory=Counter)
    bytes: int = 0  # of bodies

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """The bytes of one HTTP/1.1 request."""
    given = {"Host": "localhost", **(headers or {})}
    if method != "GET":
        given["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def load(port: int, make: Callable[[int], Iterator[bytes]], *, connections: int, most: int, seconds: float) -> Load:
    """Ask until `most` answers or `seconds` have gone by. `make(n)` gives the requests of connection n."""
    found, asked = Load(), 0
    selector = selectors.DefaultSelector()
    begun = perf_counter()
    for number in range(min(connections, most)):
        connection = _Connection(port, make(number))
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.ask()
        asked += 1
    while selector.get_map():
        ready = selector.select(timeout=30)
        if not ready:
            raise TimeoutError("no answer within 30 seconds")
        for key, _ in ready:
            connection = key.data
            answer = connection.read()
            if answer is None:
                continue
            status, size = answer
            found.latencies.append(perf_counter() - connection.asked_at)
            found.statuses[status] += 1
            found.bytes += size
            if asked < most and perf_counter() - begun < seconds:
                connection.ask()
                asked += 1
            else:
                selector.unregister(connection.socket)
                connection.socket.close()
    found.seconds = perf_counter() - begun
    return found


class _Connection:
    """One keep-alive connection and what has arrived on it of the present answer."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests, self.arrived, self.needed, self.status, self.size = requests, bytearray(), 0, 0, 0
        self.asked_at = 0.0

    def ask(self) -> None:
        wanted = next(self.requests)
        self.asked_at = perf_counter()
        self.socket.sendall(wanted)

    def read(self) -> tuple[int, int] | None:
        """Status and size of the body once the answer is complete, else None."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise ConnectionError("the server hung up")
        self.arrived += chunk
        if not self.needed:
            end = self.arrived.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = bytes(self.arrived[:end]).lower()
            self.status = int(head[9:12])
            _, found, rest = head.partition(b"\r\ncontent-length: ")
            if not found and self.status not in (204, 304):
                raise ValueError("an answer without content-length")
            self.size = int(rest.partition(b"\r\n")[0]) if found and self.status != 304 else 0
            self.needed = end + 4 + self.size
        if len(self.arrived) < self.needed:
            return None
        self.arrived, self.needed = bytearray(), 0
        return self.status, self.size
