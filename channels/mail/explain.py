"""The mail channel's dry runs: the same steps as `channels.mail.gateway`, every check made, nothing filed.

Owns no rule: authentication, proofs and decision are the ones that mail in earnest goes through.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind, Listing
from authz.mail.address import address_key
from authz.mail.authenticate import authenticate
from authz.mail.dmarc import walk_tree
from authz.mail.dns import DnsTemporaryError, Resolver
from authz.mail.handover import Handover
from authz.people.shared_domains import is_shared_domain
from authz.policy import decide
from channels.mail.forward import looks_forwarded, read_forward
from channels.mail.gateway import MailOptions, author_of, claim_of, loop_refusal, read_submission
from channels.mail.parse import parse_mail
from intake.category_rules import find_category
from intake.explain import AddressExplanation, Explanation, MailFacts
from intake.filing import find_place
from intake.house import House
from intake.judging import judge
from intake.ports import Signer, Transaction, Writer
from intake.receive import Inbound
from intake.submission import RawInbound, Submission
from intake.tickets.categorize import say_choice
from intake.tickets.correlate import FollowUp


@dataclass(frozen=True, slots=True)
class MailExplainer:
    """See `intake.explain.Explainer`. writer: only read through. account: the address that is meant without one."""

    writer: Writer
    resolver: Resolver
    signer: Signer
    options: MailOptions
    account: str
    house: House = field(default_factory=House)

    def explain_mail(self, octets: bytes, facts: MailFacts) -> Explanation:
        account = _without_tag(facts.account or self.account)
        policy = self.options.policies.of(account)
        mail = parse_mail(octets, own_addresses=self.options.own_addresses)
        claim, author = claim_of(mail), author_of(mail)
        handover = Handover(client_ip=facts.client_ip, helo=facts.helo, reverse_path=facts.reverse_path)
        evidence = Evidence()
        if author is not None:
            evidence = authenticate(
                octets, author, handover, policy.authentication, self.resolver, facts.at, thorough=True
            )
        recipients = (facts.account,) if facts.account else ()
        raw = RawInbound(
            channel=Channel.MAIL,
            account=account,
            source_key="",
            received_at=facts.at,
            octets=octets,
            recipients=recipients,
            reverse_path=facts.reverse_path,
        )
        inbound = Inbound(
            raw=raw,
            claim=claim,
            evidence=evidence,
            submission=read_submission(mail, self.options.own_addresses, recipients, facts.reverse_path),
            rules=policy.rules,
            refused=loop_refusal(mail, self.options.max_hops),
            forward=read_forward(mail, octets, self.options.own_addresses) if looks_forwarded(mail) else None,
        )

        def look(tx: Transaction) -> tuple[tuple[Listing, ...], Evidence, Decision, str | None]:
            judged, decision, forwarded = judge(tx, inbound, self.signer, self.house)
            submission = inbound.submission if forwarded is None else forwarded.forward.submission
            place = None
            if decision.verdict is Verdict.ACCEPT and decision.customer_id is not None:
                place = self._place(tx, raw, submission, decision)
            return tx.listings(claim), judged.evidence, decision, place

        listings, proved, decision, place = self.writer.submit(look).result()
        return Explanation(
            account=account, claim=claim, checks=proved.checks, listings=listings, decision=decision, place=place
        )

    def _place(self, tx: Transaction, raw: RawInbound, submission: Submission | None, decision: Decision) -> str:
        if submission is None or decision.customer_id is None:
            return f"it cannot be read, so it is held ({Reason.UNPARSABLE})"
        place = find_place(tx, submission, decision.customer_id, self.signer)
        if isinstance(place, FollowUp):
            return f"it belongs to ticket {place.ticket.number}, by its {place.how}"
        choice = find_category(
            tx,
            submission,
            customer_id=decision.customer_id,
            contact_id=decision.contact_id,
            recipients=(*raw.recipients, raw.account),
            standing=self.house.standing,
            at=raw.received_at,
        )
        note = f" ({place.note})" if place.note else ""
        return f"it opens a new ticket{note}, {say_choice(choice)}"

    def explain_address(self, address: str, at: datetime) -> AddressExplanation:
        key = address_key(address)
        if key is None:
            raise ValueError(f"not a mail address: {address}")
        claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=key, shown=address)
        listings = self.writer.submit(lambda tx: tx.listings(claim)).result()
        supposed = Evidence((Check(proof=Proof.DKIM, outcome=Outcome.PASS, binds=True, detail="supposed to pass"),))
        policy = self.options.policies.of(self.account)
        return AddressExplanation(
            address=address,
            claim=claim,
            listings=listings,
            decision=decide(claim, supposed, listings, policy.rules, at),
            proofs=tuple(self._proofs(key.rpartition("@")[2], listings, required=policy.rules.proof_required)),
        )

    def _proofs(self, domain: str, listings: Sequence[Listing], *, required: bool) -> Iterator[str]:
        if not required:
            yield "none is required: mail.policy is address-only, which is unsafe"
        yield f"DKIM: a signature of {domain} proves the author; whether {domain} signs can only be seen in a message"
        yield self._spf(domain)
        yield self._dmarc(domain)
        if is_shared_domain(domain):
            yield f"shared by strangers: a proof must name exactly {domain}, and only single addresses can be listed"
        if any(listing.contact_id is not None for listing in listings):
            yield "reply address: an answer of this contact to our mail about their own ticket is proved by it"
            yield "log-in: mail handed in by this contact's own log-in over TLS is proved by it"

    def _spf(self, domain: str) -> str:
        try:
            records = [
                text for text in self.resolver.query(domain, "TXT").records if text.lower().startswith(b"v=spf1")
            ]
        except DnsTemporaryError:
            return f"SPF: the DNS gives no answer about {domain} now"
        if not records:
            return f"SPF: {domain} publishes none, so no sending host proves the author"
        if len(records) > 1:
            return f"SPF: {domain} publishes several records, which count as none"
        shown = records[0].decode("utf-8", "replace")
        return f"SPF: mail straight from a host that this record allows proves the author: {shown}"

    def _dmarc(self, domain: str) -> str:
        try:
            record = walk_tree(domain, self.resolver).record
        except DnsTemporaryError:
            return f"DMARC: the DNS gives no answer about {domain} now"
        if record is None:
            return f"DMARC: {domain} publishes none; a proof by its registered domain or a name below counts"
        strict = [name for name, value in (("DKIM", record.strict_dkim), ("SPF", record.strict_spf)) if value]
        exact = f"; {' and '.join(strict)} must name exactly {domain}" if strict else ""
        return f"DMARC: {record.domain} asks for p={record.policy}{exact}"


def _without_tag(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
