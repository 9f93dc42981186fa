"""Servers of others, played on a port of their own, also when they lie, hang and err."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers as its subclass says, without a word of its own in the log."""

    def log_message(self, *_: object) -> None:
        """Nothing: the tests say what matters."""


@contextmanager
def standing_in(handler: type[Handler]) -> Iterator[int]:
    """Serve as long as the block lasts; the port. What still hangs then is left to itself."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
