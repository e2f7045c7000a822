"""An OpenID provider over HTTP on loopback: discovery, keys, log-in without a question, the token endpoint with PKCE.

It can be told to lie, in each of the ways a log-in must withstand.
"""

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

Answer = tuple[int, dict[str, str], str]


@dataclass
class OidcServer:
    """What it knows, what it was asked and how it lies.

    claims: of the person who logs in, beside what belongs to the protocol; these win over that too.
    published: what /jwks answers with. signing: makes the token of its claims, by default honestly.
    metadata: wins over what discovery says.
    """

    client: tuple[str, str] = ("intake", "client secret")
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    signing: Callable[[dict[str, Any]], str] | None = None
    clock: Callable[[], float] = time.time
    asked: list[dict[str, str]] = field(default_factory=list)
    issuer: str = ""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def rotate(self) -> None:
        """Use another key from now on."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    def get(self, path: str, query: dict[str, str]) -> Answer:
        """The answer to a browser, or to a look-up."""
        match path:
            case "/.well-known/openid-configuration":
                told = {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/jwks",
                }
                return _json(200, told | self.metadata)
            case "/jwks":
                return _json(200, {"keys": [self.key.as_dict(private=False)]})
            case "/authorize":
                self.asked.append(query)
                if query.get("client_id") != self.client[0] or query.get("code_challenge_method") != "S256":
                    return _json(400, {"error": "invalid_request"})
                code = secrets.token_urlsafe(16)
                self._codes[code] = query
                back = urlencode({"code": code, "state": query["state"], "iss": self.issuer})
                return 302, {"Location": f"{query['redirect_uri']}?{back}"}, ""
        return 404, {}, ""

    def token(self, form: dict[str, str], authorization: str) -> Answer:
        """The answer of the token endpoint. RFC 6749 §4.1.3, RFC 7636 §4.6."""
        given = (form.get("client_id", ""), form.get("client_secret", ""))
        if authorization.startswith("Basic "):
            login, _, password = base64.b64decode(authorization[6:]).decode().partition(":")
            given = (unquote_plus(login), unquote_plus(password))
        if given != self.client:
            return _json(401, {"error": "invalid_client"})
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
        ):
            return _json(400, {"error": "invalid_grant"})
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "aud": self.client[0],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email_verified": True,
            **self.claims,
        }
        signing = self.signing or self.sign
        return _json(200, {"access_token": "x", "token_type": "Bearer", "id_token": signing(claims)})

    def sign(self, claims: dict[str, Any]) -> str:
        """An honest token."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


def _json(status: int, body: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body)


@contextlib.contextmanager
def oidc_server(**more: Any) -> Iterator[OidcServer]:
    """Serve it on a free port."""
    made = OidcServer(**more)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            parts = urlsplit(self.path)
            self._answer(made.get(parts.path, {key: each[0] for key, each in parse_qs(parts.query).items()}))

        def do_POST(self) -> None:  # noqa: N802 - likewise
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            form = {name: values[0] for name, values in parse_qs(octets.decode()).items()}
            self._answer(made.token(form, self.headers.get("Authorization", "")))

        def _answer(self, answer: Answer) -> None:
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
