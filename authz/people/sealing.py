"""Secrets we must be able to read again, such as keys of one-time codes: sealed, useless without the service's key.

Pure. Must not know where anything is kept.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_OCTETS = 12


class Sealer:
    """Seals with the current secret and opens with any. secrets: the current one first. AES-256-GCM."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("sealing needs a key")
        self._keys = tuple(AESGCM(hmac.digest(key, b"intake sealed secrets v1", hashlib.sha256)) for key in keys)

    def seal(self, text: str, context: str) -> str:
        """What to keep of a secret. context: whose it is and for what; it opens as nothing else."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return base64.b64encode(nonce + self._keys[0].encrypt(nonce, text.encode(), context.encode())).decode()

    def open(self, sealed: str, context: str) -> str | None:
        """The secret, or None when it was sealed for something else, with another key, or was changed."""
        try:
            octets = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            return None
        nonce, rest = octets[:_NONCE_OCTETS], octets[_NONCE_OCTETS:]
        for key in self._keys:
            try:
                return key.decrypt(nonce, rest, context.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        return None
