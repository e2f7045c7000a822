"""Speaks with identity providers: discovery, keys, the token endpoint. See `intake.login.oidc.OidcClient`.

Goes to the addresses an admin has entered and those they name, by TLS (but for this very host), follows no redirect
and reads no long answer. OpenID Connect Discovery §4, RFC 6749 §4.1.3.
"""

import base64
import ipaddress
import json
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authz.people.id_token import Identity, IdTokenError, read_id_token
from intake.login.oidc import OidcError, Question
from intake.login.signing import OidcProvider
from intake.webhooks.endpoint import is_public

_MOST_OCTETS = 500_000
_TIMEOUT_SECONDS = 10.0
_KEPT_SECONDS = 3600.0
_FRESH_SECONDS = 60.0
_FAILED_SECONDS = 20.0
_SCOPE = "openid email profile"
_JSON = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metadata:
    """What a provider says of itself, and its keys. read_at: seconds of the clock."""

    authorization: str
    token: str
    basic: bool
    keys: Mapping[str, Any]
    read_at: float


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class OidcHttp:
    """Safe to share between threads. trust: roots to trust instead of the system's. clock: seconds, monotonic."""

    def __init__(self, trust: ssl.SSLContext | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        https = urllib.request.HTTPSHandler(context=trust or ssl.create_default_context())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), https, _NoRedirects)
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Metadata] = {}
        # Anybody can begin a log-in: a provider that does not answer is left alone for a moment.
        self._failed: dict[str, tuple[float, str]] = {}

    def begin(self, provider: OidcProvider, question: Question) -> str:
        """The address a browser is sent to."""
        endpoint = self._metadata(provider.issuer).authorization
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": question.redirect_uri,
            "scope": _SCOPE,
            "state": question.state,
            "nonce": question.nonce,
            "code_challenge": question.challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urllib.parse.urlencode(asked)}"

    def finish(
        self, provider: OidcProvider, secret: str | None, question: Question, code: str, at: datetime
    ) -> Identity:
        """Whom the provider vouches for."""
        known = self._metadata(provider.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": question.redirect_uri,
            "code_verifier": question.verifier,
        }
        headers = dict(_JSON)
        if secret is not None and known.basic:
            # RFC 6749 §2.3.1: both are encoded as in a form first.
            pair = f"{urllib.parse.quote_plus(provider.client_id)}:{urllib.parse.quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": provider.client_id} | ({} if secret is None else {"client_secret": secret})
        token = self._ask(known.token, form, headers).get("id_token")
        if not isinstance(token, str):
            raise OidcError(f"{known.token} gave no id_token")
        try:
            try:
                return _read(token, provider, known, question, at)
            except IdTokenError:
                if self._clock() - known.read_at < _FRESH_SECONDS:
                    raise
                # The provider may have changed its keys; not every bad token makes us ask.
                with self._lock:
                    self._known.pop(provider.issuer, None)
                return _read(token, provider, self._metadata(provider.issuer), question, at)
        except IdTokenError as error:
            raise OidcError(f"the id_token of {provider.issuer}: {error}") from error

    def _metadata(self, issuer: str) -> _Metadata:
        with self._lock:
            known = self._known.get(issuer)
            failed_at, problem = self._failed.get(issuer, (0.0, ""))
        if known is not None and self._clock() - known.read_at < _KEPT_SECONDS:
            return known
        if problem and self._clock() - failed_at < _FAILED_SECONDS:
            raise OidcError(problem)
        try:
            read = self._describe(issuer)
        except OidcError as error:
            with self._lock:
                self._failed[issuer] = (self._clock(), str(error))
            raise
        with self._lock:
            self._known[issuer] = read
            self._failed.pop(issuer, None)
        return read

    def _describe(self, issuer: str) -> _Metadata:
        """Ask a provider what it is. Raises OidcError."""
        told = self._ask(issuer.rstrip("/") + "/.well-known/openid-configuration")
        # OpenID Connect Discovery §4.3
        if told.get("issuer") != issuer:
            raise OidcError(f"{issuer} says that it is {str(told.get('issuer'))[:200]!r}")
        authorization, token, jwks = (
            _address(told, name, issuer) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
        if urllib.parse.urlsplit(issuer).scheme == "https":
            _refuse_inside(token)
            _refuse_inside(jwks)
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return _Metadata(
            authorization=authorization,
            token=token,
            basic="client_secret_basic" in methods if isinstance(methods, list) else True,
            keys=self._ask(jwks),
            read_at=self._clock(),
        )

    def _ask(
        self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] = _JSON
    ) -> dict[str, Any]:
        data = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(url, data, dict(headers))  # noqa: S310 - the scheme was checked
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                found = json.loads(answer.read(_MOST_OCTETS))
        except urllib.error.HTTPError as error:
            with error:
                raise OidcError(f"{url} answered {error.code}") from None
        except (OSError, ValueError, RecursionError) as error:
            raise OidcError(f"{url} cannot be asked: {error}") from error
        if not isinstance(found, dict):
            raise OidcError(f"{url} answered something that is no JSON object")
        return found


def _read(token: str, provider: OidcProvider, known: _Metadata, question: Question, at: datetime) -> Identity:
    return read_id_token(
        token, known.keys, issuer=provider.issuer, client_id=provider.client_id, nonce=question.nonce, at=at
    )


def _refuse_inside(url: str) -> None:
    """Ask nothing inside our own network because a provider says so. Raises OidcError."""
    parts = urllib.parse.urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
        addresses = {ipaddress.ip_address(each[4][0]) for each in found}
    except (OSError, ValueError) as error:
        raise OidcError(f"{url} cannot be asked: {error}") from error
    if not addresses or not all(is_public(each) for each in addresses):
        raise OidcError(f"{url} leads to an address inside a network")


def _address(told: Mapping[str, Any], name: str, issuer: str) -> str:
    address = told.get(name)
    parts = urllib.parse.urlsplit(address) if isinstance(address, str) and address.isprintable() else None
    # Only a provider on this very host, in a demo or a test, may send us back to it.
    local = urllib.parse.urlsplit(issuer).scheme == "http"
    here = local and parts is not None and parts.hostname in {"127.0.0.1", "localhost"} and parts.scheme == "http"
    if parts is None or not (parts.scheme == "https" or here):
        raise OidcError(f"the provider's {name} is no https address")
    return str(address)
