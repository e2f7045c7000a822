"""What an application at Vonage proves itself with when it fetches its own recordings. Pure: the time is an argument.

Owns the token's form. Where it may be sent is `channels.phone.recordings`.
Source: Vonage documentation, "Authentication", "JSON Web Tokens".
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.jwk import RSAKey

# It is made for one request, which takes half a minute at most.
LASTS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The application's id, and the private key whose public half the provider has."""

    id: str
    key: RSAKey = field(repr=False)


def read_application(application_id: str, pem: bytes) -> Application:
    """An application with its key. Raises ValueError for what is no private RSA key in PEM form."""
    key = RSAKey.import_key(pem)
    if not key.is_private:
        raise ValueError("that is the public key")
    return Application(id=application_id, key=key)


def application_token(application: Application, at: datetime) -> str:
    """A token for one request. at: aware UTC now."""
    issued = int(at.timestamp())
    # RFC 7519 §4.1
    claims = {
        "application_id": application.id,
        "iat": issued,
        "exp": issued + int(LASTS.total_seconds()),
        "jti": secrets.token_urlsafe(16),
    }
    # RFC 7518 §3.3
    return jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, application.key, algorithms=["RS256"])
