"""All that can be shown for a mail's author: the checks, run in the order of their cost. MAIL channel's evidence.

Owns which check speaks for the author (`binds`) and when enough is known. Reports, never decides: `authz.policy` acts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authz.evidence import Check, Evidence, Outcome, Proof
from authz.mail.address import address_key
from authz.mail.alignment import Alignment
from authz.mail.author import Author
from authz.mail.dkim_check import ADVISED_KEY, DkimRules, verify_signatures
from authz.mail.dns import Resolver
from authz.mail.fields import RawMessage, split_message
from authz.mail.handover import Handover
from authz.mail.spf_check import check_spf


class Mode(StrEnum):
    """What a receiving address asks of its senders."""

    STRICT = "strict"  # we verify ourselves
    TRUSTED_RELAY = "trusted-relay"  # the results of the named relay count too
    ADDRESS_ONLY = "address-only"  # the From field is believed; unsafe


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationPolicy:
    """What the operator chose for one receiving address.

    min_rsa_bits: DKIM keys below it do not pass. shared_domains: of free-mail providers, normalized; a signature by a
    subdomain does not speak for them.
    """

    mode: Mode = Mode.STRICT
    min_rsa_bits: int = ADVISED_KEY
    shared_domains: frozenset[str] = frozenset()


_NOT_NEEDED = "not checked: another proof already speaks for the author"
_SKIPPED = {
    proof: Check(proof=proof, outcome=Outcome.NONE, binds=False, detail=_NOT_NEEDED)
    for proof in (Proof.DKIM, Proof.SPF, Proof.DMARC)
}


def authenticate(  # noqa: PLR0917 - the facts of one message, in the order in which they become known
    octets: bytes,
    author: Author,
    handover: Handover,
    policy: AuthenticationPolicy,
    resolver: Resolver,
    at: datetime,
) -> Evidence:
    """Collect what proves, or fails to prove, that the author's domain sent this message.

    octets: the raw message. at: when it was received, aware.
    Checks that were not made because the author was already proved say so. Raises CacheMiss only when `resolver` does.
    RFC 6376, RFC 7208, RFC 9989.
    """
    message = split_message(octets)
    if message is None:
        return Evidence((Check(proof=Proof.DKIM, outcome=Outcome.PERMERROR, binds=False, detail="too long a header"),))
    alignment = Alignment(author.domain, resolver, strict=author.domain in policy.shared_domains)
    checks: list[Check] = []
    if handover.submission_login is not None:
        checks.append(_check_submission(handover, author))
    if not _proved(checks):
        checks.extend(_check_dkim(message, alignment, policy, resolver, at))
    if handover.client_ip is not None:
        checks.append(_SKIPPED[Proof.SPF] if _proved(checks) else _check_spf(handover, alignment, resolver))
    return Evidence(tuple(checks))


def _proved(checks: list[Check]) -> bool:
    return any(check.binds and check.outcome is Outcome.PASS for check in checks)


def _check_submission(handover: Handover, author: Author) -> Check:
    """SMTP AUTH proves whoever logged in; it speaks for the author when that is the same address. RFC 6409 §6.1."""
    login = handover.submission_login or ""
    binds = handover.tls and address_key(login) == author.key
    detail = f"logged in as {login}" if binds else f"logged in as {login}, which is not {author.address}"
    if not handover.tls:
        detail = f"logged in as {login} without TLS"
    return Check(proof=Proof.SUBMISSION, outcome=Outcome.PASS, binds=binds, detail=detail)


def _check_dkim(
    message: RawMessage, alignment: Alignment, policy: AuthenticationPolicy, resolver: Resolver, at: datetime
) -> Iterator[Check]:
    rules = DkimRules(min_rsa_bits=policy.min_rsa_bits)
    seen = False
    for result in verify_signatures(message, resolver, rules, at, first=alignment.is_near):
        seen = True
        check = _bind(Proof.DKIM, result.outcome, result.domain, result.reason, alignment)
        yield check
        if check.binds and check.outcome is Outcome.PASS:
            return
    if not seen:
        yield Check(proof=Proof.DKIM, outcome=Outcome.NONE, binds=False, detail="the message is not signed")


def _check_spf(handover: Handover, alignment: Alignment, resolver: Resolver) -> Check:
    result = check_spf(handover.client_ip or "", handover.reverse_path or "", handover.helo, resolver)
    return _bind(Proof.SPF, result.outcome, result.domain, result.reason, alignment)


def _bind(proof: Proof, outcome: Outcome, domain: str | None, reason: str, alignment: Alignment) -> Check:
    """Say whether the result for `domain` speaks for the author."""
    if domain is None:
        return Check(proof=proof, outcome=outcome, binds=False, detail=reason)
    if outcome not in {Outcome.PASS, Outcome.TEMPERROR}:
        # Whether it would have been aligned costs questions to the DNS and changes nothing.
        return Check(proof=proof, outcome=outcome, binds=alignment.is_exact(domain), detail=reason)
    aligned = alignment.covers(proof, domain)
    if aligned is None:
        detail = f"{reason}; the DNS does not say now whether that speaks for {alignment.author_domain}"
        return Check(proof=proof, outcome=Outcome.TEMPERROR, binds=True, detail=detail)
    if not aligned:
        reason = f"{reason}, which is not the author's domain {alignment.author_domain}"
    return Check(proof=proof, outcome=outcome, binds=aligned, detail=reason)
