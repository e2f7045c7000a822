"""Whether the writer signed the text: S/MIME and PGP are recognized, not verified. RFC 8551, RFC 3156.

Owns the recognition, for the record an admin sees. A recognized signature proves nothing here.
"""

import re
from collections.abc import Iterator

from authz.evidence import Check, Outcome, Proof
from authz.mail.fields import RawMessage

_SMIME = re.compile(rb"application/(?:x-)?pkcs7-(?:mime|signature)")
_PGP = re.compile(rb"application/pgp-(?:signature|encrypted)")
_INLINE_PGP = b"-----BEGIN PGP SIGNED MESSAGE-----"
_LOOKED_AT = 4096  # octets of the body


def recognize_signatures(message: RawMessage) -> Iterator[Check]:
    """Yield a check for each kind of signature or encryption the message carries; none of them binds."""
    content_type = b" ".join(message.values(b"content-type"))[:_LOOKED_AT].lower()
    if _SMIME.search(content_type):
        yield _found(Proof.SMIME, "S/MIME")
    if _PGP.search(content_type) or _INLINE_PGP in message.body[:_LOOKED_AT]:
        yield _found(Proof.PGP, "PGP")


def _found(proof: Proof, name: str) -> Check:
    detail = f"the message carries {name}, which is not verified here"
    return Check(proof=proof, outcome=Outcome.NEUTRAL, binds=False, detail=detail)
