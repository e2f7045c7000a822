"""The checks of who posted a webhook that more than one dialect uses.

Owns Standard Webhooks signatures, Basic, bearer and URL tokens, the network list, timestamps and the comparison in
constant time. A missing or blank key refuses. Must not read events; a vendor's own scheme stands in its dialect.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal

TOLERANCE = timedelta(minutes=5)

_UNIX_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_STANDARD_PREFIX = "whsec_"


def usable(secrets: Iterable[str]) -> list[str]:
    """The secrets that are not blank. An empty key would be a key everybody has."""
    return [secret for secret in secrets if secret.strip()]


def matches(presented: str, accepted: Iterable[str]) -> bool:
    """Whether a presented secret is one of the accepted ones; blank ones never match. Constant time for each."""
    given = presented.encode("utf-8", "surrogatepass")
    found = False
    for secret in usable(accepted):
        found |= hmac.compare_digest(given, secret.encode())
    return found


def check_network(request: HookRequest, secrets: EndpointSecrets) -> Refusal | None:
    """Whether the peer is in one of the endpoint's networks, when it has any."""
    if not secrets.networks:
        return None
    refusal = Refusal(fault=Fault.PEER_NOT_ALLOWED, detail="this address may not call this endpoint")
    try:
        address = ip_address(request.peer_ip or "")
    except ValueError:
        return refusal
    address = getattr(address, "ipv4_mapped", None) or address
    return None if any(address in network for network in secrets.networks) else refusal


def check_timestamp(written: str | None, at: datetime, tolerance: timedelta = TOLERANCE) -> Refusal | None:
    """Whether a signed Unix time in whole seconds is within the tolerance of now, to either side.

    at: when the request was received, aware.
    """
    if written is None or not _UNIX_SECONDS.fullmatch(written):
        return Refusal(fault=Fault.TIMESTAMP_MALFORMED, detail="the timestamp must be Unix seconds")
    age = at.astimezone(UTC).timestamp() - int(written)
    if abs(age) > tolerance.total_seconds():
        return Refusal(
            fault=Fault.TIMESTAMP_STALE, detail=f"the timestamp is {age:.0f} s from our clock: check both clocks"
        )
    return None


def check_standard_webhook(request: HookRequest, keys: Iterable[str], at: datetime) -> Refusal | None:
    """A Standard Webhooks signature: `v1,` base64 HMAC-SHA256 over `id.timestamp.body`.

    Without a `webhook-id` header it is taken over `timestamp.body`, for PBX scripts that have no id to give.
    Source: Standard Webhooks specification, "Signature scheme".
    """
    accepted = usable(keys)
    if not accepted:
        return key_missing()
    signatures = request.header("webhook-signature")
    if signatures is None:
        return Refusal(fault=Fault.SIGNATURE_MISSING, detail="the webhook-signature header is missing or repeated")
    timestamp = request.header("webhook-timestamp")
    refusal = check_timestamp(timestamp, at)
    if refusal or timestamp is None:
        return refusal
    webhook_id = request.header("webhook-id")
    if webhook_id is None and re.match(rb"[0-9]+\.", request.body):
        # A signed `id.timestamp.body` must not be read again as `timestamp.body` with the id for a timestamp.
        return Refusal(fault=Fault.SIGNATURE_WRONG, detail="the signature does not match")
    head = f"{timestamp}." if webhook_id is None else f"{webhook_id}.{timestamp}."
    signed = head.encode() + request.body
    given = [
        value.encode() for version, _, value in (each.partition(",") for each in signatures.split()) if version == "v1"
    ]
    found = False
    for key in accepted:
        expected = base64.b64encode(hmac.digest(standard_key(key), signed, hashlib.sha256))
        for signature in given:
            found |= hmac.compare_digest(expected, signature)
    return None if found else signature_wrong()


def check_hmac(
    presented: str | None, keys: Iterable[str], signed: bytes, digest: str, *, base64ed: bool
) -> Refusal | None:
    """A plain HMAC over octets, as several vendors have it.

    digest: its hashlib name. base64ed: whether it is written in base64, else in hexadecimal of either case.
    """
    accepted = usable(keys)
    if not accepted:
        return key_missing()
    if not presented or not presented.strip():
        return Refusal(fault=Fault.SIGNATURE_MISSING, detail="the signature header is missing or repeated")
    given = presented.strip().encode() if base64ed else presented.strip().lower().encode()
    found = False
    for key in accepted:
        octets = hmac.digest(key.encode(), signed, digest)
        expected = base64.b64encode(octets) if base64ed else octets.hex().encode()
        found |= hmac.compare_digest(expected, given)
    return None if found else signature_wrong()


def standard_key(key: str) -> bytes:
    """The octets of a key: `whsec_` announces base64, anything else is taken as it is."""
    if key.startswith(_STANDARD_PREFIX):
        try:
            return base64.b64decode(key.removeprefix(_STANDARD_PREFIX), validate=True)
        except binascii.Error:
            pass
    return key.encode()


def check_basic(request: HookRequest, accepted: Iterable[tuple[str, str]]) -> Refusal | None:
    """HTTP Basic authentication. RFC 7617 §2"""
    pairs = [(user, password) for user, password in accepted if user.strip() and password.strip()]
    if not pairs:
        return key_missing()
    credentials = read_basic(request)
    if credentials is None:
        return Refusal(fault=Fault.CREDENTIALS_MISSING, detail="Basic credentials are missing or unreadable")
    given = ":".join(credentials)
    if matches(given, (f"{user}:{password}" for user, password in pairs)):
        return None
    return Refusal(fault=Fault.CREDENTIALS_WRONG, detail="the credentials are not valid")


def read_basic(request: HookRequest) -> tuple[str, str] | None:
    """User and password of a Basic Authorization header, None when there is none to read."""
    scheme, _, encoded = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def check_bearer(request: HookRequest, accepted: Iterable[str]) -> Refusal | None:
    """A bearer token in the Authorization header. RFC 6750 §2.1"""
    tokens = usable(accepted)
    if not tokens:
        return key_missing()
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return Refusal(fault=Fault.CREDENTIALS_MISSING, detail="the bearer token is missing")
    if matches(token.strip(), tokens):
        return None
    return Refusal(fault=Fault.CREDENTIALS_WRONG, detail="the credentials are not valid")


def check_url_token(request: HookRequest, accepted: Iterable[str]) -> Refusal | None:
    """A token as `?token=` or as the last part of the path, for PBXs that can send nothing else."""
    tokens = usable(accepted)
    if not tokens:
        return key_missing()
    in_query = request.query.get("token", ())
    if len(in_query) > 1:
        return Refusal(fault=Fault.CREDENTIALS_WRONG, detail="the token is repeated")
    presented = in_query[0] if in_query else request.path.rstrip("/").rpartition("/")[2]
    if matches(presented, tokens):
        return None
    if presented == request.endpoint:
        return Refusal(fault=Fault.CREDENTIALS_MISSING, detail="no credentials were sent")
    return Refusal(fault=Fault.CREDENTIALS_WRONG, detail="the URL's token is not valid")


def check_any(request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
    """The choice of the dialects that have no signature of their own.

    What the request shows is what is checked, and nothing configured refuses: a signature first, then an
    Authorization header, then the URL's token. A wrong one is not made good by another.
    """
    refusal = check_network(request, secrets)
    if refusal:
        return refusal
    if "webhook-signature" in request.headers:
        return check_standard_webhook(request, secrets.keys, at)
    if "authorization" in request.headers:
        scheme = (request.header("authorization") or "").partition(" ")[0].lower()
        if scheme == "bearer":
            return check_bearer(request, secrets.bearer)
        return check_basic(request, secrets.basic)
    if usable(secrets.tokens):
        return check_url_token(request, secrets.tokens)
    if usable(secrets.keys):
        return check_standard_webhook(request, secrets.keys, at)
    if secrets.basic or secrets.bearer:
        return Refusal(fault=Fault.CREDENTIALS_MISSING, detail="an Authorization header is needed")
    return key_missing()


def key_missing() -> Refusal:
    """The endpoint has nothing to check against, so nobody can be let in."""
    return Refusal(fault=Fault.KEY_MISSING, detail="this endpoint has no key of the kind presented: configure one")


def signature_wrong() -> Refusal:
    """The one answer to every signature that does not match: it tells a forger nothing."""
    return Refusal(fault=Fault.SIGNATURE_WRONG, detail="the signature does not match")
