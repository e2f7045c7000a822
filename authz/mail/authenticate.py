"""All that can be shown for a mail's author: the checks, run in the order of their cost.

Owns which check speaks for the author (`binds`) and when enough is known. Reports, never decides: `authz.policy` acts.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from authz.evidence import Check, Evidence, Outcome, Proof
from authz.mail.alignment import Alignment
from authz.mail.arc import validate_chain
from authz.mail.author import Author
from authz.mail.budget import DnsBudget
from authz.mail.dkim_check import ADVISED_KEY, DkimRules, verify_signatures
from authz.mail.dmarc import evaluate
from authz.mail.dns import Resolver
from authz.mail.end_to_end import recognize_signatures
from authz.mail.fields import RawMessage, split_message
from authz.mail.handover import Handover
from authz.mail.results import RelayTrust, read_relay_results
from authz.mail.spf_check import check_spf
from authz.mail.tags import parse_tags, read_host
from authz.mail.vouching import judge_chain, judge_results


class Mode(StrEnum):
    """What a receiving address asks of its senders."""

    STRICT = "strict"  # we verify ourselves
    TRUSTED_RELAY = "trusted-relay"  # the results of the named relay count too
    ADDRESS_ONLY = "address-only"  # the From field is believed; unsafe, `authz.policy.Rules.proof_required`


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationPolicy:
    """What the operator chose for one receiving address.

    relay: whose Authentication-Results are read; they bind in mode trusted-relay and are recorded otherwise.
    arc_sealers: domains of forwarders believed about what they saw, normalized; none by default.
    min_rsa_bits: DKIM keys below it do not pass. shared_domains: free-mail providers, normalized; only a proof for
    exactly that domain speaks for their users.
    dns_seconds: how long all questions about one message may take together; then they fail temporarily.
    """

    mode: Mode = Mode.STRICT
    relay: RelayTrust = field(default_factory=RelayTrust)
    arc_sealers: frozenset[str] = frozenset()
    min_rsa_bits: int = ADVISED_KEY
    shared_domains: frozenset[str] = frozenset()
    dns_seconds: float = 20.0  # RFC 7208 §4.6.4


_NOT_NEEDED = "not checked: another proof already speaks for the author"
_NOT_NEEDED_CHECKS = {
    proof: Check(proof=proof, outcome=Outcome.NONE, binds=False, detail=_NOT_NEEDED)
    for proof in (Proof.SPF, Proof.DMARC)
}
_SPF_IMPOSSIBLE = Check(
    proof=Proof.SPF, outcome=Outcome.NONE, binds=False, detail="not checked: it is not known which host sent it"
)
_UNREADABLE = Check(
    proof=Proof.DKIM, outcome=Outcome.PERMERROR, binds=False, detail="not checked: the header exceeds the limits"
)


def authenticate(  # noqa: PLR0917 - the facts of one message, in the order in which they become known
    octets: bytes,
    author: Author,
    handover: Handover,
    policy: AuthenticationPolicy,
    resolver: Resolver,
    at: datetime,
    *,
    thorough: bool = False,
) -> Evidence:
    """Collect what proves, or fails to prove, that the author's domain sent this message.

    octets: the raw message. at: when it was received, aware. What proves a contact instead of a domain is judged with
    the lists at hand: see `authz.mail.contact_proof`.
    Checks that were not made because the author was already proved say so; thorough: they are made all the same.
    Raises CacheMiss only when `resolver` does.
    RFC 6376, RFC 7208, RFC 8601, RFC 9989.
    """
    budget = DnsBudget(resolver, policy.dns_seconds)
    alignment = Alignment(author.domain, budget, strict=author.domain in policy.shared_domains)
    collection = _Collection(author, policy, alignment, budget, thorough)
    message = split_message(octets)
    if message is None:
        collection.checks.append(_UNREADABLE)
        return Evidence(tuple(collection.checks))
    collection.add_dkim(message, at)
    collection.add_spf(handover)
    collection.add_relay(message)
    collection.add_arc(message)
    collection.add_dmarc()
    collection.checks.extend(recognize_signatures(message))
    return Evidence(tuple(collection.checks))


@dataclass(slots=True)
class _Collection:
    """The checks made so far for one message, and what passed for DMARC."""

    author: Author
    policy: AuthenticationPolicy
    alignment: Alignment
    resolver: Resolver
    thorough: bool
    checks: list[Check] = field(default_factory=list)
    dkim_passes: list[str] = field(default_factory=list)
    spf_passes: list[str] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        """Whether a check already speaks for the author, so that others need not be made."""
        return not self.thorough and any(check.binds and check.outcome is Outcome.PASS for check in self.checks)

    def add_dkim(self, message: RawMessage, at: datetime) -> None:
        """Verify signatures until one speaks for the author."""
        rules = DkimRules(min_rsa_bits=self.policy.min_rsa_bits)
        before = len(self.checks)
        for result in verify_signatures(message, self.resolver, rules, at, first=self.alignment.is_near):
            check = self._bind(Proof.DKIM, result.outcome, result.domain, result.reason)
            self.checks.append(check)
            if result.outcome is Outcome.PASS and result.domain is not None:
                self.dkim_passes.append(result.domain)
            if self.settled:
                return
        if len(self.checks) == before:
            detail = "the message is not signed"
            self.checks.append(Check(proof=Proof.DKIM, outcome=Outcome.NONE, binds=False, detail=detail))

    def add_spf(self, handover: Handover) -> None:
        """Ask whether the connecting host may send for the envelope's domain."""
        if handover.client_ip is None or handover.reverse_path is None:
            self.checks.append(_SPF_IMPOSSIBLE)
        elif self.settled:
            self.checks.append(_NOT_NEEDED_CHECKS[Proof.SPF])
        else:
            result = check_spf(handover.client_ip, handover.reverse_path, handover.helo, self.resolver)
            if result.outcome is Outcome.PASS and result.domain is not None:
                self.spf_passes.append(result.domain)
            self.checks.append(self._bind(Proof.SPF, result.outcome, result.domain, result.reason))

    def add_relay(self, message: RawMessage) -> None:
        """Read what our relay found, where one is configured."""
        relay = self.policy.relay
        if not relay.authserv_ids and not relay.without_id:
            return
        reporter = ", ".join(sorted(relay.authserv_ids)) or "the relay"
        check = judge_results(Proof.RELAY, read_relay_results(message, relay), reporter, self.alignment)
        if self.policy.mode is not Mode.TRUSTED_RELAY and check.binds:
            detail = f"{check.detail}; recorded only, this address verifies by itself"
            check = Check(proof=Proof.RELAY, outcome=check.outcome, binds=False, detail=detail)
        self.checks.append(check)

    def add_arc(self, message: RawMessage) -> None:
        """Validate the chain when its last sealer is one the operator believes."""
        sealers = self.policy.arc_sealers
        if not sealers or self.settled:
            return
        seals = [parse_tags(value) or {} for value in message.values(b"arc-seal")]
        if not any(read_host(tags.get(b"d")) in sealers for tags in seals):
            return
        chain = validate_chain(message, self.resolver, DkimRules(min_rsa_bits=self.policy.min_rsa_bits))
        self.checks.append(judge_chain(chain, sealers, self.alignment))

    def add_dmarc(self) -> None:
        """Record what the author's domain asks for; alignment is already in the other checks. RFC 9989 §5.3."""
        if self.settled:
            self.checks.append(_NOT_NEEDED_CHECKS[Proof.DMARC])
            return
        result = evaluate(self.author.domain, self.dkim_passes, self.spf_passes, self.resolver)
        self.checks.append(Check(proof=Proof.DMARC, outcome=result.outcome, binds=False, detail=result.reason))

    def _bind(self, proof: Proof, outcome: Outcome, domain: str | None, reason: str) -> Check:
        """Say whether the result for `domain` speaks for the author."""
        alignment = self.alignment
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
