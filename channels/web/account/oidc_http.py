"""Speaks with identity providers: discovery, keys, the token endpoint. See `intake.login.oidc.OidcClient`.

Goes to the addresses an admin has entered and those they name, by TLS (but for this very host), and never to one
inside our own network that the operator has not allowed. OpenID Connect Discovery §4, RFC 6749 §4.1.3.
"""

import base64
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authz.people.id_token import Identity, IdTokenError, read_id_token
from intake.login.oidc import OidcError, Question
from intake.login.signing import OidcProvider
from intake.outgoing_http import LOOPBACK, Asked, Network, OutgoingError, ask

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


class OidcHttp:
    """Safe to share between threads.

    trust: roots to trust instead of the system's. allowed: networks inside ours where providers may be.
    clock: seconds, monotonic.
    """

    def __init__(
        self,
        trust: ssl.SSLContext | None = None,
        *,
        allowed: Sequence[Network] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trust = trust
        self._allowed = tuple(allowed)
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
        token = self._ask(known.token, provider.issuer, form, headers).get("id_token")
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

    def check(self, issuer: str) -> None:
        """Ask a provider what it is, as if for the first time."""
        read = self._describe(issuer)
        with self._lock:
            self._known[issuer] = read
            self._failed.pop(issuer, None)

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
        told = self._ask(issuer.rstrip("/") + "/.well-known/openid-configuration", issuer)
        # OpenID Connect Discovery §4.3
        if told.get("issuer") != issuer:
            raise OidcError(f"{issuer} says that it is {str(told.get('issuer'))[:200]!r}")
        authorization, token, jwks = (
            _address(told, name, issuer) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return _Metadata(
            authorization=authorization,
            token=token,
            basic="client_secret_basic" in methods if isinstance(methods, list) else True,
            keys=self._ask(jwks, issuer),
            read_at=self._clock(),
        )

    def _roots(self) -> ssl.SSLContext:
        # Reading the system's roots takes a while, and most sites have no provider.
        if self._trust is None:
            self._trust = ssl.create_default_context()
        return self._trust

    def _ask(
        self, url: str, issuer: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] = _JSON
    ) -> dict[str, Any]:
        """Read an address of a provider's. Raises OidcError."""
        sent = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        asked = Asked(
            url=url,
            method="GET" if form is None else "POST",
            headers={**headers, **sent},
            body=None if form is None else urllib.parse.urlencode(form).encode(),
            seconds=_TIMEOUT_SECONDS,
            largest=_MOST_OCTETS,
            allowed=(*self._allowed, *(LOOPBACK if _is_here(issuer) else ())),
        )
        try:
            answer = ask(asked, self._roots())
            if answer.status != 200:
                raise OidcError(f"{url} answered {answer.status}")
            found = json.loads(answer.body)
        except (OutgoingError, ValueError, RecursionError) as error:
            raise OidcError(f"{url} cannot be asked: {error}") from error
        if not isinstance(found, dict):
            raise OidcError(f"{url} answered something that is no JSON object")
        return found


def _read(token: str, provider: OidcProvider, known: _Metadata, question: Question, at: datetime) -> Identity:
    return read_id_token(
        token, known.keys, issuer=provider.issuer, client_id=provider.client_id, nonce=question.nonce, at=at
    )


def _is_here(issuer: str) -> bool:
    """Whether it is on this very host without TLS, as in a demo or a test: the lists take no other such issuer."""
    return urllib.parse.urlsplit(issuer).scheme == "http"


def _address(told: Mapping[str, Any], name: str, issuer: str) -> str:
    address = told.get(name)
    parts = urllib.parse.urlsplit(address) if isinstance(address, str) and address.isprintable() else None
    # Only a provider on this very host may send us back to it.
    here = (
        _is_here(issuer)
        and parts is not None
        and parts.hostname in {"127.0.0.1", "localhost"}
        and parts.scheme == "http"
    )
    if parts is None or not (parts.scheme == "https" or here):
        raise OidcError(f"the provider's {name} is no https address")
    return str(address)
