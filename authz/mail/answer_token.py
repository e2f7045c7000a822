"""The token of a one-click link: whose answer, to which solution of which ticket, until when, under an HMAC. RFC 2104.

Owns the form. Several secrets are read, the first one signs. Whether the answer still fits is not known here.
"""

import base64
import binascii
import hashlib
import hmac
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from authz.mail.address import address_key
from authz.mail.signed_address import MIN_SECRET

_CONTEXT = b"intake one-click answer 1"
_TAG = 16  # octets: 128 bits
_NAME = 8  # octets; told apart are only the few addresses of one contact
_FIELDS = struct.Struct(">QQIB8s")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{60}")
_WORDS = ("accept", "reject")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerToken:
    """What a link says.

    number: of the ticket. since: when it came into To verify; another stay there needs another link.
    word: "accept" or "reject". expires_at: aware UTC, whole seconds count. sent_to: `name_address` of its reader.
    """

    number: int
    since: datetime
    word: str
    expires_at: datetime
    sent_to: bytes


def name_address(address: str) -> bytes:
    """Eight octets that stand for a mail address in a token; the link itself shows nobody the address."""
    return hashlib.sha256((address_key(address) or address).encode()).digest()[:_NAME]


def sign_answer(secret: bytes, answer: AnswerToken) -> str:
    """Return the token, 60 characters that are safe in a URL. Raises ValueError for a short secret or other words."""
    if len(secret) < MIN_SECRET:
        raise ValueError(f"a secret has at least {MIN_SECRET} octets")
    said = _FIELDS.pack(
        answer.number,
        (answer.since - _EPOCH) // _MICROSECOND,
        int(answer.expires_at.timestamp()),
        _WORDS.index(answer.word),
        answer.sent_to,
    )
    return base64.urlsafe_b64encode(said + _tag(secret, said)).decode("ascii")


def read_answer(secrets: Sequence[bytes], token: str) -> AnswerToken | None:
    """Return what a token says, expired or not; None when it was not made with one of `secrets`. Never raises."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        octets = base64.urlsafe_b64decode(token)
    except binascii.Error:
        return None
    said, tag = octets[: _FIELDS.size], octets[_FIELDS.size :]
    # Every secret is tried, so that the time tells nothing.
    matches = [hmac.compare_digest(_tag(secret, said), tag) for secret in secrets]
    if not any(matches):
        return None
    number, since, expires, word, sent_to = _FIELDS.unpack(said)
    return AnswerToken(
        number=number,
        since=_EPOCH + since * _MICROSECOND,
        word=_WORDS[word],
        expires_at=datetime.fromtimestamp(expires, UTC),
        sent_to=sent_to,
    )


def _tag(secret: bytes, said: bytes) -> bytes:
    return hmac.digest(secret, _CONTEXT + b"\0" + said, "sha256")[:_TAG]
