"""What proves one contact, not a domain: a reply to the address we signed for them, and a log-in of their own.

Owns when such a proof speaks for the author. Both name a contact, so the lists must say that the author's very address
belongs to that contact: whoever came by somebody's reply address or password gains nothing under another name.
"""

from collections.abc import Sequence

from authz.evidence import Check, Outcome, Proof
from authz.identity import Listing, Match


def judge_reply(ticket_number: int, contact_id: int | None, listings: Sequence[Listing]) -> Check:
    """A mail came to the signed address of a ticket.

    contact_id: whose ticket it is, None for a company's. listings: what the lists say about the author.
    """
    detail = f"sent to our own signed address of ticket {ticket_number}"
    binds = contact_id is not None and _is_address_of(contact_id, listings)
    if not binds:
        detail += ", which is not the author's"
    return Check(proof=Proof.REPLY_ADDRESS, outcome=Outcome.PASS, binds=binds, detail=detail)


def judge_login(login: str, contact_id: int | None, listings: Sequence[Listing]) -> Check:
    """Somebody handed the mail over after a log-in over TLS. RFC 6409 §6.1.

    contact_id: who logs in so, None when nobody does any more.
    """
    detail = f"logged in as {login}"
    binds = contact_id is not None and _is_address_of(contact_id, listings)
    if not binds:
        detail += ", who does not have the author's address"
    return Check(proof=Proof.SUBMISSION, outcome=Outcome.PASS, binds=binds, detail=detail)


def _is_address_of(contact_id: int, listings: Sequence[Listing]) -> bool:
    return any(listing.match is Match.EXACT and listing.contact_id == contact_id for listing in listings)
