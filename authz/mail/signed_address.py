"""Reply addresses and Message-IDs that only we can have made: a ticket's id under an HMAC. RFC 2104.

Owns both forms. Several secrets are read, the first one signs, so that a secret can be replaced without losing the
tickets that are under way. Knows no tickets and no addresses.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence

MIN_SECRET = 16  # octets
_TAG = 16  # octets: 128 bits
_ID = 8  # octets
_REPLY = b"intake reply address 1"
_MESSAGE = b"intake message id 1"
# base32 in lower case survives a local part that somebody folds. RFC 4648 §6
_TOKEN = re.compile(r"[a-z2-7]{39}")
_MESSAGE_ID = re.compile(r"<?([A-Za-z0-9-]{1,64})\.([A-Za-z2-7]{39})@([A-Za-z0-9.-]{1,253})>?")


def sign_reply_token(secret: bytes, ticket_id: int) -> str:
    """Return the token for `helpdesk+<token>@…`: 39 lower-case letters and digits.

    Raises ValueError for a secret below 16 octets or an id outside 0 … 2⁶³-1.
    """
    return _sign(secret, _REPLY, ticket_id)


def read_reply_token(secrets: Sequence[bytes], token: str) -> int | None:
    """Return the ticket's id, or None when the token was not made with one of `secrets`. Never raises on a token."""
    return _read(secrets, _REPLY, token)


def make_message_id(secret: bytes, ticket_id: int, domain: str, unique: str) -> str:
    """Return a Message-ID with angle brackets that names the ticket. RFC 5322 §3.6.4.

    unique: what tells this message from the ticket's others, letters, digits and hyphens; the same gives the same id.
    Raises ValueError when `unique`, the domain, the secret or the id is unusable.
    """
    message_id = f"<{unique}.{_sign(secret, _context(unique, domain), ticket_id)}@{domain}>"
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a Message-ID takes letters, digits and hyphens, and a domain")
    return message_id


def read_message_id(secrets: Sequence[bytes], message_id: str) -> int | None:
    """Return the ticket's id, or None when the Message-ID was not made by `make_message_id` with one of `secrets`."""
    match = _MESSAGE_ID.fullmatch(message_id.strip())
    if match is None:
        return None
    unique, token, domain = match.groups()
    return _read(secrets, _context(unique, domain), token)


def read_unique(message_id: str) -> str:
    """Return what tells a Message-ID of `make_message_id` from the ticket's others; "" when it has no such form."""
    match = _MESSAGE_ID.fullmatch(message_id.strip())
    return "" if match is None else match[1]


def _context(unique: str, domain: str) -> bytes:
    return b"\0".join((_MESSAGE, unique.lower().encode(), domain.lower().encode()))


def _sign(secret: bytes, context: bytes, ticket_id: int) -> str:
    if len(secret) < MIN_SECRET:
        raise ValueError(f"a secret has at least {MIN_SECRET} octets")
    if not 0 <= ticket_id < 1 << 63:
        raise ValueError("a ticket's id is a positive number of 63 bits")
    number = ticket_id.to_bytes(_ID, "big")
    tag = hmac.digest(secret, context + b"\0" + number, "sha256")[:_TAG]
    return base64.b32encode(number + tag).decode("ascii").rstrip("=").lower()


def _read(secrets: Sequence[bytes], context: bytes, token: str) -> int | None:
    folded = token.lower()
    if not _TOKEN.fullmatch(folded):
        return None
    try:
        octets = base64.b32decode(folded.upper() + "=")
    except binascii.Error:
        return None
    ticket_id = int.from_bytes(octets[:_ID], "big")
    if ticket_id >= 1 << 63:
        return None
    # Comparing with the token we would make ourselves leaves one spelling for each, and compares in constant time.
    matches = [hmac.compare_digest(_sign(secret, context, ticket_id), folded) for secret in secrets]
    return ticket_id if any(matches) else None
