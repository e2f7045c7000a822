"""What a contract promises about a ticket, as its mails tell it. Computes nothing: the deadlines are the ticket's.

RULE response-time, fix-time
"""

from datetime import datetime

from intake.sla.contract import Contract
from intake.tickets.model import Ticket


def promised(ticket: Ticket, contract: Contract, at: datetime) -> dict[str, str]:
    """The deadlines still ahead, for the payload of a mail, with the zone the contract counts its hours in.

    at: aware UTC. What has passed is not promised any more.
    """
    terms = contract.terms_at(at)
    ahead = {"response_due": ticket.response_deadline, "fix_due": ticket.fix_deadline}
    told: dict[str, str] = {name: due.isoformat() for name, due in ahead.items() if due is not None and due > at}
    return told if terms is None or not told else told | {"zone": terms.calendar.zone}
