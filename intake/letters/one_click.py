"""An answer to "is it solved?" by a link in a mail: whether it still fits, and what it does. RULE status-to-verify

The link is the proof: only we can have made it, and it was sent to the contact's own address. Whether that address is
still the contact's, and what the contact may do, is decided anew at the moment it is used, as for a mail.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from authz.decision import Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.mail.address import address_key
from authz.mail.answer_token import AnswerToken, name_address
from authz.policy import MAIL_RULES, decide
from intake.ports import ContactCard, Transaction
from intake.terms import Status
from intake.tickets.customer import Answer, Effect, on_customer_message
from intake.tickets.model import Actor, ActorKind, Comment, EventKind, Ticket, TicketEvent
from intake.tickets.record import lifecycle_state, record_change

# What a technician reads when the answer could not be carried out and nothing was written with it.
_SAID = {
    "cs": {Answer.ACCEPT: "Přijímám řešení.", Answer.REJECT: "Řešení nepřijímám."},
    "en": {Answer.ACCEPT: "I accept the solution.", Answer.REJECT: "I do not accept the solution."},
}


class Standing(StrEnum):
    """How a link stands."""

    OPEN = "open"
    OVERTAKEN = "overtaken"  # the ticket has moved on, by this very link or without it
    EXPIRED = "expired"
    DONE = "done"  # it was used just now
    NOTED = "noted"  # it was used just now, and a technician has to do the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of an answer. ticket: as it is now."""

    standing: Standing
    ticket: Ticket


def stand(ticket: Ticket, answer: AnswerToken, at: datetime) -> Standing:
    """Say how a link stands at `at` (aware UTC)."""
    if ticket.status is not Status.TO_VERIFY or ticket.since != answer.since:
        return Standing.OVERTAKEN
    return Standing.EXPIRED if at >= answer.expires_at else Standing.OPEN


def look(tx: Transaction, answer: AnswerToken, at: datetime) -> Answered | None:
    """Say how a link stands, changing nothing; None when there is no such ticket, or who has the link may not answer
    for it any more: who was let go is told nothing of it. at: aware UTC.
    """
    ticket = tx.ticket_by_number(answer.number)
    if ticket is None or _authorized(tx, ticket, answer, _card(tx, ticket, at), at) is None:
        return None
    return Answered(standing=stand(ticket, answer, at), ticket=ticket)


def give_answer(tx: Transaction, answer: AnswerToken, words: str, at: datetime) -> Answered | None:
    """Accept or reject as the ticket's contact; None as in `look`.

    words: what the contact adds, may be empty. at: aware UTC. Giving it twice does nothing the second time.
    """
    ticket = tx.ticket_by_number(answer.number)
    if ticket is None:
        return None
    card = _card(tx, ticket, at)
    actor = _authorized(tx, ticket, answer, card, at)
    if actor is None:
        return None
    standing = stand(ticket, answer, at)
    if standing is not Standing.OPEN:
        return Answered(standing=standing, ticket=ticket)
    terms = tx.contract_terms(ticket.customer_id, at)
    word = Answer(answer.word)
    effect = on_customer_message(
        lifecycle_state(ticket, terms), actor=actor, at=at, automatic=False, answer=word, limits=terms.limits
    )
    if words.strip() or effect.change is None:
        language = card.language if card is not None else "cs"
        _say(tx, ticket, actor, words.strip() or _SAID.get(language, _SAID["en"])[word], at)
    if effect.effect is Effect.STEP and effect.change is not None:
        return Answered(standing=Standing.DONE, ticket=record_change(tx, ticket, effect.change, attention=True))
    changed = replace(ticket, updated_at=max(at, ticket.updated_at), attention=True, version=ticket.version + 1)
    tx.update_ticket(changed)
    return Answered(standing=Standing.NOTED, ticket=changed)


def _card(tx: Transaction, ticket: Ticket, at: datetime) -> ContactCard | None:
    return tx.contact_card(ticket.contact_id, at) if ticket.contact_id is not None else None


def _wrote_from(tx: Transaction, ticket: Ticket) -> str | None:
    """Where the contact last wrote from, as `intake.letters.notices` answers there."""
    return tx.correspondence.conversation(ticket.id).wrote_from.get(ticket.contact_id or 0)


def _authorized(
    tx: Transaction, ticket: Ticket, answer: AnswerToken, card: ContactCard | None, at: datetime
) -> Actor | None:
    """The contact, if still authorized by the address the link went to. RULE channel-mail"""
    known = {ticket.reply_to} if card is None else {card.address, _wrote_from(tx, ticket)}
    address = next((each for each in known if each is not None and name_address(each) == answer.sent_to), None)
    if address is None:
        return None
    claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=address_key(address), shown=address)
    check = Check(proof=Proof.REPLY_ADDRESS, outcome=Outcome.PASS, binds=True, detail="one-click link")
    decision = decide(claim, Evidence((check,)), tx.listings(claim), MAIL_RULES, at)
    if decision.verdict is not Verdict.ACCEPT or decision.customer_id != ticket.customer_id:
        return None
    if card is not None and decision.contact_id not in {None, ticket.contact_id}:
        return None
    name = card.name if card is not None else address
    return Actor(kind=ActorKind.CONTACT, name=name, channel=Channel.MAIL, id=ticket.contact_id)


def _say(tx: Transaction, ticket: Ticket, actor: Actor, text: str, at: datetime) -> None:
    said = Comment(id=tx.new_id(), ticket_id=ticket.id, at=at, actor=actor, text=text)
    tx.add_comment(said)
    event = TicketEvent(
        id=tx.new_id(), ticket_id=ticket.id, at=at, actor=actor, kind=EventKind.COMMENT, detail={"comment": said.id}
    )
    tx.add_event(event)
