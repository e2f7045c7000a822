"""A webhook's way: authenticate the PBX, read its events, decide on the caller, answer; and write everything down.

The decision is an indexed look-up and is answered at once; its record is on its way to the next shared commit. Every
other event is answered after its commit, because a PBX that hears nothing may send it again.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from authz.decision import Decision, Reason, Verdict
from authz.identity import Channel, Claim, IdentityKind, Listing
from authz.phone.number import read_number
from authz.phone.pin import PinKeys
from authz.phone.trust import claim_contact
from authz.words import REASON_WORDS
from channels.phone.attestation import Attestations
from channels.phone.call_tickets import Moment
from channels.phone.commands import CommandSender
from channels.phone.dialects.base import CommandedDialect, Dialect, answer_json
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Direction, storable
from channels.phone.hook import EndpointSecrets, HookRequest, HookResponse
from channels.phone.judgement import EndpointRules, Judgement, identify, judge
from channels.phone.recorder import Recorded, record_event
from intake.phone.calls import CallRecord
from intake.ports import Signer, Writer

log = structlog.get_logger(__name__)

# A caller who keys the wrong thing again and again does so at our cost.
ASKED_AT_MOST = timedelta(minutes=3)


class Caller(Protocol):
    """What the lists and the desk know of a caller right now. open_tickets: of the customer, newest first."""

    @property
    def listings(self) -> tuple[Listing, ...]: ...
    @property
    def open_tickets(self) -> tuple[int, ...]: ...


class CallerLookup(Protocol):
    """Finds a caller by index. Raises when the database cannot say."""

    async def find(self, claim: Claim) -> Caller: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One configured PBX. attestations: checks the PASSporTs it passes on, None when no roots are configured.

    commands: how decisions reach it that do not go with the webhook's answer; None: they do.
    """

    dialect: Dialect
    secrets: EndpointSecrets
    rules: EndpointRules
    attestations: Attestations | None = None
    commands: CommandSender | None = None


class PhoneGateway:
    """Serves all endpoints.

    ticket_url: makes the page to open at the agent's from a ticket number. count: told of every decision.
    pins: checks PINs; without it nobody gets in by one. screen_url: makes the page about a caller from the number.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        lookup: CallerLookup,
        writer: Writer,
        signer: Signer,
        *,
        clock: Callable[[], datetime],
        ticket_url: Callable[[int], str],
        count: Callable[[Channel, Verdict, Reason], None] = lambda channel, verdict, reason: None,
        pins: PinKeys | None = None,
        screen_url: Callable[[str], str] = lambda number: "",
    ) -> None:
        self._endpoints = endpoints
        self._lookup = lookup
        self._writer = writer
        self._signer = signer
        self._clock = clock
        self._ticket_url = ticket_url
        self._count = count
        self._pins = pins
        self._screen_url = screen_url
        self._recording: set[asyncio.Future[Recorded]] = set()

    async def handle(self, request: HookRequest) -> HookResponse:
        """Answer one webhook. Raises when nothing could be decided or stored; the PBX's own rule applies then."""
        endpoint = self._endpoints.get(request.endpoint)
        if endpoint is None:
            return answer_json({"error": "no such endpoint"}, status=404)
        at = self._clock()
        dialect = endpoint.dialect
        refusal = dialect.authenticate(request, endpoint.secrets, at)
        events = refusal or dialect.read(request, at)
        if not isinstance(events, tuple):
            log.warning("webhook refused", endpoint=request.endpoint, fault=events.fault, detail=events.detail)
            return dialect.refuse(events, request)
        decision: CallDecision | None = None
        asked: CallEvent | None = events[0] if events else None
        for told in events:
            event = storable(told)
            if event.at > at:
                # Nothing happens after we hear of it: a PBX whose clock is ahead would start clocks in the future.
                event = replace(event, at=at)
            if event.kind is CallEventKind.NEW and event.direction is Direction.INBOUND:
                judged, caller = await self._judge(event, endpoint, at)
                decision, asked = self._describe(judged, caller, endpoint), event
                self._record_later(event, judged, endpoint.rules, at)
            else:
                recorded = await self._record(event, endpoint.rules, at)
                if recorded.keyed:
                    decision, asked = await self._answer_keyed(recorded.record, endpoint, at), event
        if endpoint.commands is not None and isinstance(dialect, CommandedDialect) and decision and asked:
            endpoint.commands.send_later(dialect.commands(decision, asked, request))
        return dialect.render(decision, asked, request)

    async def settled(self) -> None:
        """Wait until every decision answered so far is on record, and has been sent where that is needed."""
        while self._recording:
            await asyncio.wait(self._recording)
        for endpoint in self._endpoints.values():
            if endpoint.commands is not None:
                await endpoint.commands.settled()

    async def _judge(self, event: CallEvent, endpoint: Endpoint, at: datetime) -> tuple[Judgement, Caller]:
        claim, evidence = identify(event, endpoint.rules)
        if event.passport is not None and endpoint.attestations is not None and claim.value is not None:
            called_number = read_number(event.called_number, endpoint.rules.numbers).e164
            checked = await endpoint.attestations.check(
                event.passport, caller_id=claim.value, called_number=called_number, at=at
            )
            claim, evidence = identify(event, endpoint.rules, checked)
        caller = await self._lookup.find(claim)
        judged = judge(event, claim, evidence, caller.listings, endpoint.rules, at)
        self._count(Channel.PHONE, judged.decision.verdict, judged.decision.reason)
        return judged, caller

    async def _answer_keyed(self, record: CallRecord, endpoint: Endpoint, at: datetime) -> CallDecision:
        """What the PBX is told about a call in which a PIN was keyed."""
        self._count(Channel.PHONE, record.verdict, record.reason)
        decision = Decision(
            verdict=record.verdict,
            reason=record.reason,
            detail="",
            customer_id=record.customer_id,
            contact_id=record.contact_id,
        )
        action = endpoint.rules.action_on(record.verdict, record.reason)
        if action is Action.ASK_PIN and at - record.started_at > ASKED_AT_MOST:
            action = Action.REJECT
        if action is not Action.ALLOW:
            return self._refuse(decision, action, endpoint, record.caller_e164)
        caller = await self._lookup.find(_claim_of(record))
        return self._allow(decision, caller, endpoint.rules, record.caller_e164)

    def _describe(self, judged: Judgement, caller: Caller, endpoint: Endpoint) -> CallDecision:
        decision, claim = judged.decision, judged.claim
        action = endpoint.rules.action_on(decision.verdict, decision.reason)
        if action is not Action.ALLOW:
            return self._refuse(decision, action, endpoint, claim.value)
        return self._allow(decision, caller, endpoint.rules, claim.value)

    def _refuse(self, decision: Decision, action: Action, endpoint: Endpoint, caller_id: str | None) -> CallDecision:
        """The answer to whoever is not let in, or not yet. A PBX that cannot ask for a PIN keeps the caller out."""
        rules = endpoint.rules
        if action is Action.ASK_PIN and not endpoint.dialect.asks_pin:
            action = Action.REJECT
        return CallDecision(
            action=action,
            reason=decision.reason,
            public_text=_say(decision, rules.language),
            language=rules.language,
            reject_as=rules.reject_as,
            caller_id=caller_id,
            forward_to=rules.fallback_to if action is Action.DIVERT else None,
            pin_with_contact=action is Action.ASK_PIN and decision.contact_id is None,
        )

    def _allow(self, decision: Decision, caller: Caller, rules: EndpointRules, caller_id: str | None) -> CallDecision:
        ours = [each for each in caller.listings if each.customer_id == decision.customer_id]
        people = tuple(dict.fromkeys(each.contact_name for each in ours if each.contact_name))
        tickets = caller.open_tickets
        return CallDecision(
            action=Action.ALLOW,
            reason=decision.reason,
            public_text=_say(decision, rules.language),
            language=rules.language,
            caller_id=caller_id,
            customer=ours[0].customer_name if ours else None,
            contact=people[0] if decision.contact_id is not None and people else None,
            contacts=people if decision.contact_id is None else (),
            open_tickets=tickets,
            open_ticket_count=len(tickets),
            ticket_url=self._ticket_url(tickets[0]) if tickets else None,
            screen_url=(self._screen_url(caller_id) or None) if caller_id else None,
            forward_to=rules.forward_to,
        )

    async def _record(self, event: CallEvent, rules: EndpointRules, at: datetime) -> Recorded:
        moment = Moment(self._signer, at, self._pins)
        work = self._writer.submit(lambda tx: record_event(tx, event, None, rules, moment))
        return await asyncio.wrap_future(work)

    def _record_later(self, event: CallEvent, judged: Judgement, rules: EndpointRules, at: datetime) -> None:
        moment = Moment(self._signer, at, self._pins)
        work = self._writer.submit_later(lambda tx: record_event(tx, event, judged, rules, moment))
        future = asyncio.wrap_future(work)
        self._recording.add(future)
        future.add_done_callback(partial(self._recorded, event, judged))

    def _recorded(self, event: CallEvent, judged: Judgement, future: "asyncio.Future[Recorded]") -> None:
        """Tell of the decision once the PBX has its answer: writing a line takes as long as deciding."""
        self._recording.discard(future)
        error = None if future.cancelled() else future.exception()
        log.info(
            "call decided",
            endpoint=event.endpoint,
            call=event.call_id,
            verdict=judged.decision.verdict,
            reason=judged.decision.reason,
        )
        if error is not None:
            log.error("a decided call is not on record", error=str(error))


def _say(decision: Decision, language: str) -> str:
    return REASON_WORDS[language][decision.reason]


def _claim_of(record: CallRecord) -> Claim:
    """Who a call that was let in is from: the person, or where nobody knows which, the number."""
    if record.contact_id is not None:
        return claim_contact(record.contact_id, record.caller_shown)
    return Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value=record.caller_e164, shown=record.caller_shown)
