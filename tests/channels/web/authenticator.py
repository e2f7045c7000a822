"""A device with passkeys, in software: it makes ES256 key pairs and signs challenges, honestly or not."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One credential. origin: where the browser says the page is from. verified: whether it asked for a PIN."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    verified: bool = True
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""

    def create(self, options: dict[str, Any]) -> str:
        """Answer a request for a new credential."""
        self.handle = options["user"]["id"]
        client_data = self._client_data("webauthn.create", options["challenge"])
        length = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + length + self.credential_id + encode_cbor(self._public())
        data = self._data(_ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(clientDataJSON=client_data, attestationObject=attestation)

    def get(self, options: dict[str, Any]) -> str:
        """Sign a challenge."""
        self.count += 1
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(clientDataJSON=client_data, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verified else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _public(self) -> dict[int, Any]:
        numbers = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def _credential(self, **response: bytes) -> str:
        told: dict[str, Any] = {name: _base64url(value) for name, value in response.items()}
        if "signature" in told:
            told["userHandle"] = self.handle
        name = _base64url(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": told})


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
