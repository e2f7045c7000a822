"""Who signed a message: verification of its DKIM signatures. RFC 6376, RFC 8301, RFC 8463.

Owns what makes a signature count. Must not decide whether a signer speaks for the author: that is
`authz.mail.authenticate`.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from authz.evidence import Outcome
from authz.mail.canonical import HEADER_FORMS
from authz.mail.dkim_signature import BadSignature, BodyHashes, Signature, hash_headers, read_signature
from authz.mail.dns import Resolver
from authz.mail.fields import Field, RawMessage
from authz.mail.signing_keys import KeyProblem, SigningKey, fetch_key

MAX_SIGNATURES = 5
MAX_SIGNATURE_FIELDS = 20  # read, to find those worth verifying
CLOCK_SKEW = timedelta(hours=1)
SHORTEST_KEY = 1024  # bits, RFC 8301 §3.2
ADVISED_KEY = 2048

# At most one of each may stand in a message (RFC 5322 §3.6, RFC 2045 §3), and readers differ in which of two they
# show. A second one that was not signed therefore voids the signature. RFC 6376 §8.15.
SINGLE_FIELDS = (
    *(b"from", b"subject", b"reply-to", b"sender", b"to", b"cc", b"date", b"message-id", b"in-reply-to"),
    *(b"references", b"mime-version", b"content-type", b"content-transfer-encoding", b"content-disposition"),
)
# What a ticket is made of: without a signature over these, anybody could have written them.
MUST_BE_SIGNED = (b"from", b"subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimRules:
    """What the operator demands. min_rsa_bits: shorter keys do not pass; never less than 1024, RFC 8301 §3.2."""

    min_rsa_bits: int = ADVISED_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimResult:
    """What one signature is worth. domain: d=, None when it could not be read. reason: a sentence for an admin.

    secure: the key came with DNSSEC.
    """

    outcome: Outcome
    domain: str | None
    reason: str
    secure: bool = False


def verify_signatures(
    message: RawMessage,
    resolver: Resolver,
    rules: DkimRules,
    at: datetime,
    *,
    first: Callable[[str], bool] = lambda _domain: False,
) -> Iterator[DkimResult]:
    """Verify up to five signatures, one at a time, so that the caller may stop at the one it needs.

    at: when the message was received, aware; decides about t= and x=. first: tells the domains worth trying first.
    Yields one DkimResult each; nothing for an unsigned message. RFC 6376 §6.1.
    """
    found = message.by_name.get(b"dkim-signature", [])
    read = [read_signature(signature_field) for signature_field in found[:MAX_SIGNATURE_FIELDS]]
    if len(read) > 1:
        read.sort(key=lambda item: item.domain is None or not first(item.domain))
    bodies = BodyHashes(message.body)
    for item in read[:MAX_SIGNATURES]:
        if isinstance(item, BadSignature):
            yield DkimResult(outcome=item.outcome, domain=item.domain, reason=item.reason)
        else:
            yield _judge(item, message, bodies, resolver, rules=rules, at=at)


def _judge(
    signature: Signature,
    message: RawMessage,
    bodies: BodyHashes,
    resolver: Resolver,
    *,
    rules: DkimRules,
    at: datetime,
) -> DkimResult:
    domain = signature.domain
    late = _problem_with_times(signature, at)
    if late is not None:
        return DkimResult(outcome=Outcome.FAIL, domain=domain, reason=late)
    # RFC 6376 §6.1.3 hashes after fetching the key; this order spares the DNS a question that cannot matter.
    if not hmac.compare_digest(bodies.of(signature.body_form), signature.body_hash):
        return DkimResult(outcome=Outcome.FAIL, domain=domain, reason=f"the text was changed after {domain} signed it")
    key = fetch_key(resolver, signature.selector, domain, signature.kind)
    if isinstance(key, KeyProblem):
        return DkimResult(outcome=key.outcome, domain=domain, reason=key.reason)
    digest = hash_headers(message.by_name, signature.names, signature.field, HEADER_FORMS[signature.header_form])
    if not key.verifies(signature.signature, digest):
        reason = f"the header was changed after {domain} signed it, or the key is another"
        return DkimResult(outcome=Outcome.FAIL, domain=domain, reason=reason)
    refusal = _refuse_by_policy(signature, key, message.by_name, rules)
    if refusal is not None:
        return DkimResult(outcome=Outcome.POLICY, domain=domain, reason=refusal, secure=key.secure)
    weak = ", a weak key" if key.kind == "rsa" and key.bits < ADVISED_KEY else ""
    secure = ", DNSSEC" if key.secure else ""
    reason = f"signed by {domain}, key {signature.selector}, {key.kind} {key.bits} bits{weak}{secure}"
    return DkimResult(outcome=Outcome.PASS, domain=domain, reason=reason, secure=key.secure)


def _problem_with_times(signature: Signature, at: datetime) -> str | None:
    """RFC 6376 §3.5, t= and x=."""
    now = at.timestamp()
    signed, expires = signature.signed_at, signature.expires_at
    if signed == -1 or expires == -1 or (signed is not None and expires is not None and expires < signed):
        return f"the signature by {signature.domain} has impossible times"
    if signed is not None and signed > now + CLOCK_SKEW.total_seconds():
        return f"the signature by {signature.domain} is from the future"
    if expires is not None and expires < now:
        return f"the signature by {signature.domain} has expired"
    return None


def _refuse_by_policy(
    signature: Signature, key: SigningKey, by_name: Mapping[bytes, Sequence[Field]], rules: DkimRules
) -> str | None:
    """Why a correct signature does not count, or None."""
    domain = signature.domain
    if key.testing:
        # RFC 6376 §3.6.1 t=y: to be treated as if it were not signed.
        return f"{domain} is only testing its signatures (t=y)"
    if key.strict and signature.identity_domain != domain:
        # RFC 6376 §3.6.1 t=s
        return f"the key of {domain} is not for its subdomains (t=s)"
    needed = max(rules.min_rsa_bits, SHORTEST_KEY)
    if key.kind == "rsa" and key.bits < needed:
        return f"the key of {domain} has only {key.bits} bits, {needed} are needed"
    for name in SINGLE_FIELDS:
        count = len(by_name.get(name, ()))
        if count > 1 and count > signature.names.count(name):
            return f"there are {count} {name.decode()} fields, {domain} has not signed all of them"
    for name in MUST_BE_SIGNED:
        if name in by_name and name not in signature.names:
            return f"the signature by {domain} does not cover {name.decode()}"
    return None
