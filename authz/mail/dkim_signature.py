"""The signature field of DKIM and of ARC: its tags, what it covers, and the digest it must match. RFC 6376 §3.5, §3.7.

Owns reading and hashing. Asks no DNS, knows no policy: that is `authz.mail.dkim_check` and `authz.mail.arc`.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from authz.evidence import Outcome
from authz.mail.canonical import BODY_FORMS, HEADER_FORMS
from authz.mail.fields import Field
from authz.mail.tags import decode_base64, parse_tags, read_host, read_names, read_number

MAX_SIGNED_NAMES = 400

KINDS = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}
_REQUIRED = frozenset((b"a", b"b", b"bh", b"d", b"h", b"s"))
_B_VALUE = re.compile(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature field whose syntax is right. kind: of key. names: h= in order. Times: Unix seconds, -1 unreadable.

    identity_domain: the domain of i=, d= when there is none.
    """

    field: Field
    domain: str
    selector: str
    kind: str
    header_form: bytes
    body_form: bytes
    names: Sequence[bytes]
    signature: bytes
    body_hash: bytes
    identity_domain: str
    signed_at: int | None
    expires_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadSignature:
    """A signature field that cannot pass, whatever the key. domain: d= if readable. reason: a sentence."""

    outcome: Outcome
    domain: str | None
    reason: str


@dataclass(slots=True)
class BodyHashes:
    """The SHA-256 of a body in each canonical form, computed when first asked for."""

    body: bytes
    known: dict[bytes, bytes] = field(default_factory=dict)

    def of(self, form: bytes) -> bytes:
        """The digest of the body in `form`, b"simple" or b"relaxed"."""
        if form not in self.known:
            self.known[form] = hashlib.sha256(BODY_FORMS[form](self.body)).digest()
        return self.known[form]


def read_signature(found: Field, *, sealed: bool = False) -> Signature | BadSignature:
    """Read a DKIM-Signature field, or when `sealed` an ARC-Message-Signature. RFC 6376 §3.5, RFC 8617 §4.1.2."""
    tags = parse_tags(found.value)
    if tags is None:
        return BadSignature(outcome=Outcome.PERMERROR, domain=None, reason="a signature is malformed")
    domain, selector = read_host(tags.get(b"d")), read_host(tags.get(b"s"))
    if domain is None or selector is None:
        return BadSignature(
            outcome=Outcome.PERMERROR, domain=None, reason="a signature names no proper domain and selector"
        )
    problem = _problem_with_tags(tags, sealed=sealed)
    if problem is not None:
        # RFC 6376 §8.2: text appended to the signed length would pass; that is our policy, not the signer's error.
        outcome = Outcome.POLICY if b"l" in tags else Outcome.PERMERROR
        return BadSignature(outcome=outcome, domain=domain, reason=f"the signature by {domain} {problem}")
    identity_domain = domain if sealed else read_host(tags.get(b"i", b"@" + tags[b"d"]).rpartition(b"@")[2])
    if identity_domain is None or not f".{identity_domain}".endswith(f".{domain}"):
        return BadSignature(
            outcome=Outcome.PERMERROR, domain=domain, reason=f"the signature by {domain} claims an identity outside it"
        )
    header_form, body_form = _forms(tags, sealed=sealed)
    return Signature(
        field=found,
        domain=domain,
        selector=selector,
        kind=KINDS[tags[b"a"].lower()],
        header_form=header_form,
        body_form=body_form,
        names=read_names(tags[b"h"]),
        signature=decode_base64(tags[b"b"]) or b"",
        body_hash=decode_base64(tags[b"bh"]) or b"",
        identity_domain=identity_domain,
        signed_at=read_number(tags, b"t"),
        expires_at=None if sealed else read_number(tags, b"x"),
    )


def _problem_with_tags(tags: Mapping[bytes, bytes], *, sealed: bool) -> str | None:
    """What is wrong with a signature's tags, as the end of a sentence, or None."""
    if not sealed and tags.get(b"v") != b"1":
        return "is of an unknown version"
    if not tags.keys() >= _REQUIRED:
        return "lacks a required tag"
    if tags[b"a"].lower() not in KINDS:
        return "uses a refused algorithm"  # RFC 8301 §3.1: rsa-sha1 must not be taken for valid
    if b"l" in tags:
        return "covers only a part of the text (l=)"
    header_form, body_form = _forms(tags, sealed=sealed)
    if header_form not in HEADER_FORMS or body_form not in BODY_FORMS:
        return "has an unknown canonicalization"
    if not decode_base64(tags[b"b"]) or len(decode_base64(tags[b"bh"]) or b"") != hashlib.sha256().digest_size:
        return "is no base64"
    names = read_names(tags[b"h"])
    if (b"from" not in names and not sealed) or len(names) > MAX_SIGNED_NAMES:
        return "does not cover From"
    if b"dns/txt" not in read_names(tags.get(b"q", b"dns/txt")):
        return "has no key in the DNS"
    return None


def _forms(tags: Mapping[bytes, bytes], *, sealed: bool) -> tuple[bytes, bytes]:
    """The canonicalizations of header and body. RFC 6376 §3.5 c=, RFC 8617 §4.1.2."""
    default = b"relaxed/relaxed" if sealed else b"simple/simple"
    header_form, _, body_form = tags.get(b"c", default).lower().partition(b"/")
    return header_form, body_form or b"simple"


def hash_headers(
    by_name: Mapping[bytes, Sequence[Field]],
    names: Sequence[bytes],
    signature_field: Field,
    form: Callable[[bytes], bytes],
) -> bytes:
    """Return the SHA-256 over the signed fields, then the signature field without its b=. RFC 6376 §3.7, §5.4.2."""
    left: dict[bytes, int] = {}
    parts = []
    for name in names:
        fields = by_name.get(name, ())
        index = left.get(name, len(fields)) - 1
        while index >= 0 and fields[index] is signature_field:
            index -= 1
        left[name] = max(index, 0)
        if index >= 0:
            parts.append(form(fields[index].raw))
    parts.append(form(strip_signature(signature_field))[:-2])
    return hashlib.sha256(b"".join(parts)).digest()


def strip_signature(found: Field) -> bytes:
    """Return a signature field with an empty b= tag. RFC 6376 §3.7."""
    head, _, value = found.raw.partition(b":")
    return head + b":" + _B_VALUE.sub(rb"\1", value, count=1)
