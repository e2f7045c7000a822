"""A mail's way to the core: read, authenticate, claim, hand over. The mail channel's one path, whatever brought it.

Owns the order of these steps and where each runs: small mail on the event loop, large mail in another process,
look-ups that are not cached yet in a thread.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Evidence
from authz.identity import Channel, Claim, IdentityKind
from authz.mail.address import address_key
from authz.mail.authenticate import AuthenticationPolicy, authenticate
from authz.mail.author import Author
from authz.mail.dns import Resolver
from authz.mail.handover import Handover
from authz.mail.resolver import CacheMiss
from channels.mail.forward import looks_forwarded, read_forward
from channels.mail.inbound import InboundMail
from channels.mail.normalize import make_submission
from channels.mail.parse import extract_part, parse_mail
from channels.mail.policies import MailPolicies
from channels.mail.readable import read_file
from intake.ports import Receipt
from intake.receive import Inbound, Receiver
from intake.submission import Forward, RawInbound, Submission

log = structlog.get_logger(__name__)

# Above this, parsing would keep the event loop from everybody else for too long.
_LARGE = 128 * 1024


Reroute = Callable[[Inbound, Mapping[str, tuple[str, ...]]], Inbound]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOptions:
    """What the operator chose for mail. own_addresses: the receiving addresses."""

    own_addresses: frozenset[str]
    policies: MailPolicies
    max_hops: int


class MailGateway:
    """Takes mail in. See `channels.mail.delivery.MailTaker`.

    resolver: may wait for the DNS. cached: never waits, and raises CacheMiss instead.
    workers: runs the parsing of large mail; a pool of spawned processes.
    waiting: threads of its own for what waits for the DNS, so that a slow one delays nothing but mail.
    reroute: looks at each mail and its header fields before it is filed, and may make another request of it.
    """

    def __init__(
        self,
        receiver: Receiver,
        resolver: Resolver,
        cached: Resolver,
        options: MailOptions,
        *,
        workers: Executor | None = None,
        waiting: Executor | None = None,
        reroute: Reroute | None = None,
    ) -> None:
        self._receiver = receiver
        self._resolver = resolver
        self._cached = cached
        self._options = options
        self._workers = workers
        self._waiting = waiting
        self._reroute = reroute

    async def take(
        self,
        octets: bytes,
        *,
        account: str,
        source_key: str,
        handover: Handover,
        recipients: tuple[str, ...],
        received_at: datetime,
    ) -> Receipt:
        """Read, authenticate and file one mail; returns after the commit. Raises when nothing was taken."""
        mail = await self._read(octets)
        claim = claim_of(mail)
        policy = self._options.policies.of(account)
        evidence = await self._authenticate(octets, mail, handover, policy.authentication, received_at)
        raw = RawInbound(
            channel=Channel.MAIL,
            account=account,
            source_key=source_key,
            received_at=received_at,
            octets=octets,
            peer=handover.client_ip,
            reverse_path=handover.reverse_path,
            recipients=recipients,
            trace_id=secrets.token_hex(8),
        )
        inbound = Inbound(
            raw=raw,
            claim=claim,
            evidence=evidence,
            submission=read_submission(mail, self._options.own_addresses, recipients, handover.reverse_path),
            rules=policy.rules,
            refused=loop_refusal(mail, self._options.max_hops),
            login=handover.submission_login if handover.tls else None,
            forward=await self._read_forward(mail, claim, octets),
        )
        if self._reroute is not None:
            inbound = self._reroute(inbound, mail.headers)
        receipt = await self._receiver.receive(inbound)
        log.info(
            "mail taken",
            trace=raw.trace_id,
            ledger=receipt.ledger_id,
            verdict=receipt.verdict,
            reason=receipt.reason,
            ticket=receipt.ticket_number,
            octets=len(octets),
        )
        return receipt

    async def refuse_oversized(
        self, header: bytes, *, size: int, account: str, source_key: str, received_at: datetime
    ) -> Receipt:
        """Put a mail on record that is too large to be read; see `channels.mail.delivery.MailboxTaker`."""
        mail = parse_mail(header, own_addresses=self._options.own_addresses)
        raw = RawInbound(
            channel=Channel.MAIL,
            account=account,
            source_key=source_key,
            received_at=received_at,
            octets=header,
            trace_id=secrets.token_hex(8),
        )
        refused = Decision(verdict=Verdict.REJECT, reason=Reason.TOO_LARGE, detail=f"{size} octets, not read")
        submission = read_submission(mail, self._options.own_addresses, (), None)
        return await self._receiver.receive(
            Inbound(
                raw=raw,
                claim=claim_of(mail),
                evidence=Evidence(),
                submission=submission,
                rules=self._options.policies.of(account).rules,
                refused=refused,
            )
        )

    async def _read(self, octets: bytes) -> InboundMail:
        if len(octets) <= _LARGE or self._workers is None:
            return parse_mail(octets, own_addresses=self._options.own_addresses)
        loop = asyncio.get_running_loop()
        # The pool's process imports what it is given: the parser, and not all that stands here.
        parse = partial(parse_mail, octets, own_addresses=self._options.own_addresses)
        return await loop.run_in_executor(self._workers, parse)

    async def _read_forward(self, mail: InboundMail, claim: Claim, octets: bytes) -> Forward | None:
        """What a technician passes on. Anybody else's forward is an ordinary mail."""
        if claim.value is None or not looks_forwarded(mail) or not await self._receiver.is_user(claim.value):
            return None
        return await asyncio.to_thread(read_forward, mail, octets, self._options.own_addresses)

    async def _authenticate(
        self, octets: bytes, mail: InboundMail, handover: Handover, policy: AuthenticationPolicy, at: datetime
    ) -> Evidence:
        author = author_of(mail)
        if author is None:
            return Evidence()
        if len(octets) <= _LARGE:
            try:
                return authenticate(octets, author, handover, policy, self._cached, at)
            except CacheMiss:
                pass
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._waiting, authenticate, octets, author, handover, policy, self._resolver, at
        )


class MailRereader:
    """Stored mail, read again. See `intake.ports.Rereader`."""

    def __init__(self, own_addresses: frozenset[str]) -> None:
        self._own_addresses = own_addresses

    def read(self, octets: bytes, *, reverse_path: str | None = None) -> Submission:
        mail = parse_mail(octets, own_addresses=self._own_addresses)
        return make_submission(mail, own_addresses=self._own_addresses, reverse_path=reverse_path)

    def forward(self, octets: bytes) -> Forward | None:
        mail = parse_mail(octets, own_addresses=self._own_addresses)
        return read_forward(mail, octets, self._own_addresses)

    def text_of(self, octets: bytes, content_type: str) -> str | None:
        return read_file(octets, content_type)

    def part(self, octets: bytes, part: int) -> bytes:
        try:
            return extract_part(octets, part)
        except IndexError as error:
            raise KeyError(part) from error


def author_of(mail: InboundMail) -> Author | None:
    """The author as authentication wants it, or None when there is not exactly one."""
    if mail.author is None:
        return None
    return Author(address=mail.author.address, name=mail.author.name, key=address_key(mail.author.address) or "")


def claim_of(mail: InboundMail) -> Claim:
    """Who the mail says wrote it. An author who is not exactly one person names nobody. RFC 5322 §3.6.2."""
    author = mail.author
    key = address_key(author.address) if author is not None else None
    if author is None or key is None:
        shown = mail.headers.get("from", ("",))[0][:320]
        return Claim(
            channel=Channel.MAIL,
            kind=IdentityKind.ADDRESS,
            value=None,
            shown=shown,
            problem=Reason.AUTHOR_AMBIGUOUS,
        )
    return Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=key, shown=author.address)


def loop_refusal(mail: InboundMail, max_hops: int) -> Decision | None:
    """RFC 5321 §6.3: a message that was passed on too often goes in circles."""
    hops = len(mail.headers.get("received", ()))
    if hops <= max_hops:
        return None
    detail = f"{hops} Received fields, {max_hops} allowed"
    return Decision(verdict=Verdict.REJECT, reason=Reason.MAIL_LOOP, detail=detail)


def read_submission(
    mail: InboundMail, own_addresses: frozenset[str], recipients: tuple[str, ...], reverse_path: str | None
) -> Submission | None:
    """What the mail says; None when it could not be read at all and must wait for a person."""
    if "unparsable" in mail.defects:
        return None
    return make_submission(mail, own_addresses=own_addresses, recipients=recipients, reverse_path=reverse_path)
