"""A token endpoint: client credentials and refresh tokens, over HTTP on loopback. RFC 6749."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass
class TokenEndpoint:
    """What it knows and what it was asked.

    issue: makes an access token. lasts: expires_in, None leaves it out. rotate: every use gives a new refresh token.
    answer: set, it is answered with this status and body instead of judging.
    """

    issue: Callable[[], str]
    client: tuple[str, str] = ("intake", "client secret")
    refresh_token: str = "first"  # noqa: S105 - of a test
    lasts: int | None = 3600
    rotate: bool = False
    answer: tuple[int, str] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def judge(self, form: dict[str, str]) -> tuple[int, str]:
        """The answer to a request."""
        self.asked.append(form)
        if self.answer is not None:
            return self.answer
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            return 401, json.dumps({"error": "invalid_client", "error_description": "unknown client"})
        body: dict[str, Any] = {"access_token": self.issue(), "token_type": "Bearer"}
        if self.lasts is not None:
            body["expires_in"] = self.lasts
        match form.get("grant_type"):
            case "client_credentials":
                return 200, json.dumps(body)
            case "refresh_token" if form.get("refresh_token") == self.refresh_token:
                if self.rotate:
                    self.refresh_token += "+"
                    body["refresh_token"] = self.refresh_token
                return 200, json.dumps(body)
            case "refresh_token":
                return 400, json.dumps({"error": "invalid_grant"})
        return 400, json.dumps({"error": "unsupported_grant_type"})


@contextlib.contextmanager
def token_endpoint(issue: Callable[[], str], **more: Any) -> Iterator[TokenEndpoint]:
    """Serve it on a free port."""
    endpoint = TokenEndpoint(issue, **more)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            form = {name: values[0] for name, values in parse_qs(octets.decode()).items()}
            status, body = endpoint.judge(form)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", body)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_port}/token"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
