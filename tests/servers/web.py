"""A small web server on loopback that answers as it is told and remembers what it was asked."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer. drip: seconds between its octets. cut: how many octets are promised and never sent."""

    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Web:
    """The running server. answer: may be replaced while it runs."""

    url: str
    answer: Callable[[Heard], Page]
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def serve(answer: Callable[[Heard], Page] | Page, *, tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Run a server for a while. answer: what it says, or a function of what it hears. tls: speak https."""
    web = Web(url="", answer=(lambda _: answer) if isinstance(answer, Page) else answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard = Heard(method=self.command, path=self.path, headers=dict(self.headers), body=body)
            web.heard.append(heard)
            page = web.answer(heard)
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body) + page.cut))
            self.end_headers()
            try:
                for octet in page.body if page.drip else ():
                    self.wfile.write(bytes([octet]))
                    self.wfile.flush()
                    time.sleep(page.drip)
                if not page.drip:
                    self.wfile.write(page.body)
            except OSError:
                return

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    web.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
