"""Writing calls down: events, the record derived from them, and the ticket a call asks for. Inside a transaction.

Owns the steps of an event. The ticket is `channels.phone.call_tickets`; who may call is `authz.policy`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from authz.decision import Verdict
from authz.identity import Channel
from authz.phone.number import CZECH, claim_number, read_number
from authz.phone.pin import PinKeys
from channels.phone.call_tickets import Moment, due_ticket, file_if_due, source_key
from channels.phone.calls import Call, CallState, continues, event_key, is_stale, reap
from channels.phone.calls import apply as add_event
from channels.phone.event import Action, CallEvent, Cause, Direction
from channels.phone.filing import FilingRules
from channels.phone.judgement import ASKING, EndpointRules, Judgement, identify, judge
from channels.phone.kept import keep_event, read_call
from channels.phone.pin_entry import UNREAD, PinEntry, asks, enter_pin, veil, was_asked
from channels.phone.recording_filing import note_recording
from channels.phone.told import Told
from intake.ledger import LedgerEntry, evidence_rows
from intake.phone.calls import CallRecord
from intake.ports import Transaction

# What stands in `opened_at` of calls whose id never comes again: two nodes that hear of a new call at once, by two of
# its events, must collide whatever times these tell.
UNREPEATED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A call's record after an event. keyed: the event was an answer to our question for a PIN."""

    record: CallRecord
    keyed: bool = False


def record_event(
    tx: Transaction, event: CallEvent, judged: Judgement | None, rules: EndpointRules, moment: Moment
) -> Recorded:
    """Add an event to its call, decide on the caller when that was not done yet, file the ticket when it is due.

    judged: what the PBX was answered, for the event that asked. An event known already changes nothing.
    """
    found = tx.calls.latest(event.endpoint, event.call_id)
    known = read_call(list(tx.calls.events(found.id))) if found is not None else None
    if known is not None and not continues(known, event):
        found, known = None, None
    told = Told(event=event, rules=rules, moment=moment, call=known)
    if found is None:
        judged = judged or _judge_late(tx, event, rules, moment)
    if event.digits is not None and moment.pins is not None and _may_be_pin(found, known, judged):
        return _record_keyed(tx, told, found, judged, moment.pins)
    return Recorded(record=_record(tx, told, found, judged))


def _may_be_pin(found: CallRecord | None, known: Call | None, judged: Judgement | None) -> bool:
    if found is not None:
        return was_asked(found, known)
    return judged is not None and judged.decision.reason in ASKING


def _record(tx: Transaction, told: Told, found: CallRecord | None, judged: Judgement | None) -> CallRecord:
    event = told.event
    call = add_event(told.call, event)
    kept = keep_event(event, event_key(event, told.call))
    if found is None:
        record = _open_call(tx, told, call, judged or _judge_late(tx, event, told.rules, told.moment))
        tx.calls.add_event(record.id, kept)
    elif tx.calls.add_event(found.id, kept):
        record = _follow(found, call, told.rules)
    else:
        return found
    if event.recording_url is not None:
        note_recording(tx, record, call, told)
    filed = file_if_due(tx, record, call, told.rules.filing, told.moment)
    if found is not None or filed is not record:
        tx.calls.update(filed)
    return filed


def _record_keyed(
    tx: Transaction, told: Told, found: CallRecord | None, judged: Judgement | None, keys: PinKeys
) -> Recorded:
    """Record what was keyed in a call that asked for a PIN; the digits themselves are kept nowhere."""
    veiled = veil(told.event, keys)
    if found is None:
        judged = judged or _judge_late(tx, veiled, told.rules, told.moment)
        found = _open_call(tx, replace(told, event=veiled), add_event(None, veiled), judged)
    elif told.call is not None and any(each.key == veiled.key for each in told.call.events):
        return Recorded(record=found, keyed=True)
    elif found.verdict is Verdict.ACCEPT:
        return Recorded(record=_record(tx, told, found, None))
    entry = enter_pin(tx, told, found, keys) if asks(found) else PinEntry(event=replace(veiled, pin=UNREAD))
    key = event_key(entry.event, told.call)
    tx.calls.add_event(found.id, keep_event(entry.event, key))
    record = found
    if entry.judged is not None:
        decision = entry.judged.decision
        record = replace(
            found,
            verdict=decision.verdict,
            reason=decision.reason,
            customer_id=decision.customer_id,
            contact_id=decision.contact_id,
        )
        tx.add_ledger_entry(_ledger_entry(tx.new_id(), entry.event, entry.judged, told.moment, f"{key}/pin"))
    call = add_event(told.call, entry.event)
    record = file_if_due(tx, _follow(record, call, told.rules), call, told.rules.filing, told.moment)
    tx.calls.update(record)
    return Recorded(record=record, keyed=True)


def keep_call(tx: Transaction, record_id: int, rules: Mapping[str, EndpointRules], moment: Moment) -> None:
    """Look at a call whose time has come: file the ticket that waited for late events, or end what fell silent."""
    record = tx.calls.get(record_id)
    if record is None or record.look_at is None or record.look_at > moment.at:
        return
    call = read_call(list(tx.calls.events(record.id)))
    if call is None:
        tx.calls.update(replace(record, look_at=None))
        return
    chosen = rules.get(record.endpoint) or _rules_of_removed(record.endpoint)
    if is_stale(call, moment.at, chosen.limits):
        end = reap(call, moment.at)
        tx.calls.add_event(record.id, keep_event(end, event_key(end, call)))
        call = add_event(call, end)
    record = _follow(record, call, chosen)
    tx.calls.update(file_if_due(tx, record, call, chosen.filing, moment))


def _rules_of_removed(name: str) -> EndpointRules:
    """An endpoint that is no longer in the settings: its calls still end, and make no more tickets."""
    return EndpointRules(name=name, numbers=CZECH, filing=FilingRules(when=frozenset()))


def _judge_late(tx: Transaction, event: CallEvent, rules: EndpointRules, moment: Moment) -> Judgement:
    """The event that asks was lost or comes later: decide now, so that the call is on record as what it is."""
    claim, evidence = identify(event, rules)
    return judge(event, claim, evidence, tx.listings(claim), rules, moment.at)


def _open_call(tx: Transaction, told: Told, call: Call, judged: Judgement) -> CallRecord:
    event, rules = told.event, told.rules
    claim, decision = judged.claim, judged.decision
    if event.direction is Direction.OUTBOUND:
        # The claim is about the number called; the caller is one of ours.
        claim = claim_number(read_number(event.presented, rules.numbers))
    record = CallRecord(
        id=tx.new_id(),
        endpoint=event.endpoint,
        call_id=event.call_id,
        opened_at=call.opened_at if event.call_id_reused else UNREPEATED,
        direction=call.direction,
        state=call.state,
        caller_shown=claim.shown[:255],
        caller_e164=claim.value,
        started_at=call.began_at,
        verdict=decision.verdict,
        reason=decision.reason,
        customer_id=decision.customer_id,
        contact_id=decision.contact_id,
    )
    record = _follow(record, call, rules)
    tx.calls.add(record)
    tx.add_ledger_entry(_ledger_entry(tx.new_id(), event, judged, told.moment, event_key(event, None)))
    return record


def _ledger_entry(entry_id: int, event: CallEvent, judged: Judgement, moment: Moment, key: str) -> LedgerEntry:
    claim, decision = judged.claim, judged.decision
    return LedgerEntry(
        id=entry_id,
        channel=Channel.PHONE,
        account=event.endpoint,
        received_at=moment.at,
        verdict=decision.verdict,
        reason=decision.reason,
        detail=f"call {event.call_id}: {decision.detail}"[:500],
        size=0,
        source_key=source_key(key),
        identity=claim.value or claim.shown,
        evidence=evidence_rows(judged.evidence),
        customer_id=decision.customer_id,
        contact_id=decision.contact_id,
    )


def _follow(record: CallRecord, call: Call, rules: EndpointRules) -> CallRecord:
    """The record as the events and the decision say now; and when to look at it again."""
    followed = replace(
        record,
        direction=call.direction,
        state=call.state,
        started_at=call.began_at,
        called_number=(call.called_number or "")[:64] or None,
        agent=(call.agent or "")[:255] or None,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        cause=call.cause,
        look_at=_look_at(record, call, rules),
    )
    if not _turned_away(record, call):
        return followed
    diverted = rules.action_on(record.verdict, record.reason) is Action.DIVERT
    cause = call.cause or (Cause.FORWARDED if diverted else Cause.REJECTED)
    return replace(followed, state=CallState.ENDED, ended_at=call.last_event_at, cause=cause, look_at=None)


def _turned_away(record: CallRecord, call: Call) -> bool:
    """Whether our refusal ended the call. A PBX that tells of an answer all the same is believed."""
    refused = record.verdict is not Verdict.ACCEPT and not asks(record) and call.direction is Direction.INBOUND
    return refused and call.state is CallState.RINGING


def _look_at(record: CallRecord, call: Call, rules: EndpointRules) -> datetime | None:
    if call.state is not CallState.ENDED:
        silence = rules.limits.talking if call.state is CallState.ANSWERED else rules.limits.ringing
        return call.last_event_at + silence + timedelta(seconds=1)
    due = due_ticket(record, call, rules.filing)
    return due.not_before if due is not None else None
