"""Access tokens for IMAP and SMTP: asked for at the provider's token endpoint, kept until shortly before they expire.

Owns the two grants a service needs, client credentials and refresh token. RFC 6749 §4.4, §6. Blocking: called in the
thread that logs in.
"""

import json
import math
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_MOST_OCTETS = 64 * 1024
# A token is renewed this long before it expires, so that it does not expire while a server looks at it.
_EARLY_SECONDS = 60.0
_USUAL_SECONDS = 300.0  # RFC 6749 §5.1: expires_in is only recommended


class TokenError(OSError):
    """There is no token now: a failure of the log-in like any other of the connection. The message has no secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOptions:
    """Where and how tokens are asked for.

    url: the token endpoint, https unless it is on this very host. refresh_token: called for the current one; None
    asks by client credentials. keep_refresh_token: told when the provider gave a new one.
    """

    url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scope: str = ""
    refresh_token: Callable[[], str] | None = None
    keep_refresh_token: Callable[[str], None] | None = None
    trust: ssl.SSLContext | None = None
    timeout_seconds: float = 20.0

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError(f"the token endpoint must be https: {self.url}")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The client's secret goes to the endpoint that was configured and nowhere else."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class TokenProvider:
    """The current access token of one account. Safe to share between threads."""

    def __init__(self, options: TokenOptions, *, clock: Callable[[], float] = time.time) -> None:
        """clock: seconds since the epoch."""
        self._options = options
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._expires_at = -math.inf
        self._problem: str | None = None
        https = urllib.request.HTTPSHandler(context=options.trust or ssl.create_default_context())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), https, _NoRedirects)

    @property
    def problem(self) -> str | None:
        """Why the last attempt to get a token failed, None when it did not."""
        return self._problem

    def token(self) -> str:
        """Return a token that is good for a while. Raises TokenError."""
        with self._lock:
            if self._clock() >= self._expires_at:
                try:
                    self._renew()
                except TokenError as error:
                    self._problem = str(error)
                    raise
                self._problem = None
            return self._token

    def forget(self) -> None:
        """The server did not take the token: the next one is a new one."""
        with self._lock:
            self._expires_at = -math.inf

    def _renew(self) -> None:
        options = self._options
        form = {"client_id": options.client_id, "grant_type": "client_credentials"}
        if options.client_secret is not None:
            form["client_secret"] = options.client_secret
        if options.scope:
            form["scope"] = options.scope
        if options.refresh_token is not None:
            form |= {"grant_type": "refresh_token", "refresh_token": options.refresh_token()}
        answer = self._ask(form)
        token, kind = answer.get("access_token"), str(answer.get("token_type", "bearer"))
        if not isinstance(token, str) or not token.isprintable() or kind.lower() != "bearer":
            raise TokenError(f"{options.url} answered without a bearer token")
        try:
            lasts = float(answer.get("expires_in", _USUAL_SECONDS))
        except (TypeError, ValueError):
            lasts = _USUAL_SECONDS
        self._token = token
        self._expires_at = self._clock() + max(lasts - _EARLY_SECONDS, lasts / 2)
        renewed = answer.get("refresh_token")
        if isinstance(renewed, str) and renewed and options.keep_refresh_token is not None:
            options.keep_refresh_token(renewed)

    def _ask(self, form: dict[str, str]) -> dict[str, Any]:
        url = self._options.url
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            url, urllib.parse.urlencode(form).encode(), {"Accept": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=self._options.timeout_seconds) as answer:
                return _read(url, answer.read(_MOST_OCTETS))
        except urllib.error.HTTPError as error:
            with error:
                raise TokenError(f"{url} refused: {error.code} {_reason(error)}") from None
        except TokenError:
            raise
        except (OSError, ValueError) as error:
            raise TokenError(f"{url} cannot be asked: {error}") from error


def _read(url: str, octets: bytes) -> dict[str, Any]:
    try:
        found = json.loads(octets)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TokenError(f"{url} answered something that is no JSON object")
    return found


def _reason(error: urllib.error.HTTPError) -> str:
    """The error code and its description. RFC 6749 §5.2"""
    try:
        found = _read("", error.read(_MOST_OCTETS))
    except OSError:
        return error.reason or ""
    words = f"{found.get('error', '')} {found.get('error_description', '')}"
    return "".join(letter for letter in words if letter.isprintable())[:300].strip()
