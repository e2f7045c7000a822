"""A program that is told of events: a real HTTP server on this machine, which answers as it is asked to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Posted:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """The body."""
        read: dict[str, Any] = json.loads(self.body)
        return read


Behave = Callable[[BaseHTTPRequestHandler, Posted], None]


def answer(status: int, **headers: str) -> Behave:
    """Answer with a status."""

    def behave(handler: BaseHTTPRequestHandler, _: Posted) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


@dataclass
class Receiver:
    """What it got, and how it behaves."""

    url: str
    posted: list[Posted] = field(default_factory=list)
    behave: Behave = field(default_factory=lambda: answer(204))

    @property
    def ids(self) -> list[str]:
        """The webhook-ids, in the order they came."""
        return [each.headers["webhook-id"] for each in self.posted]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run one until the context ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            request = Posted(
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
            )
            made.posted.append(request)
            made.behave(self, request)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Receiver(url=f"http://127.0.0.1:{server.server_address[1]}/events")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
