"""Whether a chain of forwarders vouches for what the first of them saw. RFC 8617.

Owns the validation of the chain. Whom to believe is the operator's list, never the chain itself: anybody can seal.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authz.evidence import Outcome
from authz.mail.canonical import HEADER_FORMS, relaxed_header
from authz.mail.dkim_check import MUST_BE_SIGNED, SHORTEST_KEY, SINGLE_FIELDS, DkimRules
from authz.mail.dkim_signature import (
    KINDS,
    BadSignature,
    BodyHashes,
    Signature,
    hash_headers,
    read_signature,
    strip_signature,
)
from authz.mail.dns import Resolver
from authz.mail.fields import Field, RawMessage
from authz.mail.results import MethodResult, parse_sealed_results
from authz.mail.signing_keys import KeyProblem, fetch_key
from authz.mail.tags import decode_base64, parse_tags, read_host, read_number

MAX_INSTANCES = 50  # RFC 8617 §4.2.1

_SEAL = b"arc-seal"
_MESSAGE_SIGNATURE = b"arc-message-signature"
_RESULTS = b"arc-authentication-results"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcResult:
    """What the chain is worth. outcome: none, pass, fail or temperror.

    sealers: the domains of the seals, oldest first; results: what each of them saw, in the same order. Both are empty
    unless the chain passes. covers_author: the newest sealer signed the From and Subject fields that stand there now.
    """

    outcome: Outcome
    reason: str
    sealers: tuple[str, ...] = ()
    results: tuple[tuple[MethodResult, ...], ...] = ()
    covers_author: bool = False


@dataclass(frozen=True, slots=True)
class _Set:
    """One instance: its three fields and the tags of its seal."""

    results: Field
    signature: Field
    seal: Field
    tags: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Signed:
    """What has to be verified: by which key, what, over which digest."""

    domain: str | None
    selector: str | None
    kind: str
    signature: bytes
    digest: bytes


def validate_chain(message: RawMessage, resolver: Resolver, rules: DkimRules) -> ArcResult:
    """Validate the chain of `message`. RFC 8617 §5.2. Raises CacheMiss only when `resolver` does."""
    if not any(name in message.by_name for name in (_SEAL, _MESSAGE_SIGNATURE, _RESULTS)):
        return ArcResult(outcome=Outcome.NONE, reason="the message is not sealed")
    sets = _collect(message)
    if isinstance(sets, str):
        return _fail(sets)
    newest = read_signature(sets[-1].signature, sealed=True)
    if isinstance(newest, BadSignature):
        return _fail(newest.reason)
    problem = _check_newest_signature(newest, message, resolver, rules)
    if problem is not None:
        return problem
    for count in range(len(sets), 0, -1):
        problem = _check_seal(sets[:count], resolver, rules)
        if problem is not None:
            return problem
    parsed = [parse_sealed_results(item.results.value) for item in sets]
    return ArcResult(
        outcome=Outcome.PASS,
        reason=f"a chain of {len(sets)} seals is whole",
        sealers=tuple(read_host(item.tags.get(b"d")) or "" for item in sets),
        results=tuple(found[1].results if found else () for found in parsed),
        covers_author=all(name in newest.names for name in MUST_BE_SIGNED if name in message.by_name)
        and all(len(message.by_name.get(name, ())) <= 1 for name in SINGLE_FIELDS),
    )


def _collect(message: RawMessage) -> list[_Set] | str:
    """Order the fields into complete sets 1…n with the right cv=, or say what is wrong. RFC 8617 §5.2 steps 2, 3."""
    by_instance: dict[bytes, dict[int, Field]] = {}
    tags_of: dict[int, dict[bytes, bytes]] = {}
    for name in (_RESULTS, _MESSAGE_SIGNATURE, _SEAL):
        numbered = by_instance[name] = {}
        found = message.by_name.get(name, [])
        if len(found) > MAX_INSTANCES:
            return f"there are more than {MAX_INSTANCES} {name.decode()} fields"
        for item in found:
            instance, tags = _read_instance(item)
            if instance is None or not 1 <= instance <= MAX_INSTANCES or instance in numbered:
                return f"the instances of {name.decode()} are malformed or doubled"
            numbered[instance] = item
            if name == _SEAL:
                tags_of[instance] = tags
    count = len(by_instance[_SEAL])
    expected = set(range(1, count + 1))
    if not count or any(set(numbered) != expected for numbered in by_instance.values()):
        return "the sets are not complete"
    for instance, tags in tags_of.items():
        if tags.get(b"cv", b"").lower() != (b"none" if instance == 1 else b"pass"):
            return f"seal {instance} says the chain was not valid"
    return [
        _Set(by_instance[_RESULTS][at], by_instance[_MESSAGE_SIGNATURE][at], by_instance[_SEAL][at], tags_of[at])
        for at in range(1, count + 1)
    ]


def _read_instance(item: Field) -> tuple[int | None, dict[bytes, bytes]]:
    if item.name == _RESULTS:
        parsed = parse_sealed_results(item.value)
        return (parsed[0] if parsed else None), {}
    tags = parse_tags(item.value)
    return (None, {}) if tags is None else (read_number(tags, b"i"), tags)


def _check_newest_signature(
    signature: Signature, message: RawMessage, resolver: Resolver, rules: DkimRules
) -> ArcResult | None:
    """The last sealer's signature must still fit the message. RFC 8617 §5.2 step 4."""
    if _SEAL in signature.names:
        return _fail("the newest message signature covers seals")  # RFC 8617 §4.1.2
    if not hmac.compare_digest(BodyHashes(message.body).of(signature.body_form), signature.body_hash):
        return _fail(f"the text was changed after {signature.domain} sealed it")
    digest = hash_headers(message.by_name, signature.names, signature.field, HEADER_FORMS[signature.header_form])
    signed = _Signed(signature.domain, signature.selector, signature.kind, signature.signature, digest)
    return _verify(signed, resolver, rules)


def _check_seal(sets: Sequence[_Set], resolver: Resolver, rules: DkimRules) -> ArcResult | None:
    """The newest seal of `sets` covers all of them. RFC 8617 §5.1.1, §5.2 step 5."""
    tags = sets[-1].tags
    kind = KINDS.get(tags.get(b"a", b"").lower())
    signature = decode_base64(tags.get(b"b", b""))
    if kind is None or not signature or b"h" in tags:
        return _fail(f"seal {len(sets)} is malformed")
    fields = [item for each in sets for item in (each.results.raw, each.signature.raw, each.seal.raw)]
    fields[-1] = strip_signature(sets[-1].seal)
    octets = b"".join(relaxed_header(raw) for raw in fields)[:-2]
    digest = hashlib.sha256(octets).digest()
    signed = _Signed(read_host(tags.get(b"d")), read_host(tags.get(b"s")), kind, signature, digest)
    return _verify(signed, resolver, rules)


def _verify(signed: _Signed, resolver: Resolver, rules: DkimRules) -> ArcResult | None:
    if signed.domain is None or signed.selector is None:
        return _fail("a seal names no proper domain and selector")
    key = fetch_key(resolver, signed.selector, signed.domain, signed.kind)
    if isinstance(key, KeyProblem):
        outcome = Outcome.TEMPERROR if key.outcome is Outcome.TEMPERROR else Outcome.FAIL
        return ArcResult(outcome=outcome, reason=key.reason)
    if key.kind == "rsa" and key.bits < max(rules.min_rsa_bits, SHORTEST_KEY):
        return _fail(f"the key of {signed.domain} has only {key.bits} bits")
    if not key.verifies(signed.signature, signed.digest):
        return _fail(f"a signature by {signed.domain} does not fit")
    return None


def _fail(reason: str) -> ArcResult:
    return ArcResult(outcome=Outcome.FAIL, reason=reason)
