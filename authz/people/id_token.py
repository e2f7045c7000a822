"""What a customer's identity provider says of somebody: the ID token, checked. Pure.

OpenID Connect Core §3.1.3.7, RFC 7519. Must not fetch anything; keys, time and what was expected come in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

# RFC 8725 §3.1: signatures by a key we fetched, and nothing else; "none" and shared secrets are no proof.
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384")

_CLOCKS_DIFFER = timedelta(minutes=2)
_LONGEST_SUBJECT = 255
_LONGEST_TOKEN = 20_000


class IdTokenError(ValueError):
    """The token proves nothing. The message is for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the provider vouches for. address: a mail address it has verified, or None. name: may be empty."""

    subject: str
    address: str | None
    name: str


def read_id_token(
    token: str, keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, at: datetime
) -> Identity:
    """Return whom it is about. keys: the provider's JWKS. at: aware. Raises IdTokenError."""
    claims = _verified(token, keys)
    if claims.get("iss") != issuer:
        raise IdTokenError("it was issued by somebody else")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        raise IdTokenError("it was issued for somebody else")
    # OpenID Connect Core §3.1.3.7, steps 4 and 5
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise IdTokenError("it was issued to another client")
    if claims.get("nonce") != nonce:
        raise IdTokenError("it answers another log-in")
    now = at.timestamp()
    leeway = _CLOCKS_DIFFER.total_seconds()
    expires, issued = _instant(claims, "exp"), _instant(claims, "iat")
    if expires + leeway <= now:
        raise IdTokenError("it has expired")
    if issued - leeway > now or ("nbf" in claims and _instant(claims, "nbf") - leeway > now):
        raise IdTokenError("it is from the future")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise IdTokenError("it names nobody")
    address, name = claims.get("email"), claims.get("name")
    # Some write the truth value as a string; only a real one is taken.
    verified = claims.get("email_verified") is True and isinstance(address, str)
    return Identity(
        subject=subject, address=str(address) if verified else None, name=name if isinstance(name, str) else ""
    )


def _verified(token: str, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(token) > _LONGEST_TOKEN:
        raise IdTokenError("it is too long")
    try:
        usable = [
            key for key in keys.get("keys", ()) if key.get("use", "sig") == "sig" and key.get("kty") in {"RSA", "EC"}
        ]
        decoded = jwt.decode(token, KeySet.import_key_set({"keys": usable}), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IdTokenError(f"its signature cannot be verified: {type(error).__name__}") from error
    if not isinstance(decoded.claims, dict):
        raise IdTokenError("it holds no claims")
    return decoded.claims


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IdTokenError(f"it has no {name}")
    return float(value)
