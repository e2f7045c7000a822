"""What became of the mails of a ticket, each to its recipient. For the service desk only."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from intake.api.access import TicketReader
from intake.api.lists import EntryId
from intake.api.problems import Problem, documented
from intake.api.services import Services
from intake.api.ticket_schemas import Shown
from intake.api.ticket_views import find_page
from intake.letters.correspondence import DeliveryState
from intake.outgoing import OutboxKind

router = APIRouter(prefix="/api/v1/tickets/{number}", tags=["tickets"])


class ShownDelivery(Shown):
    """A mail to one recipient and how it fares. comment_id: the comment it carries, for a reply."""

    id: int
    kind: OutboxKind
    recipient: str
    message_id: str = Field(description="empty before it was first tried")
    state: DeliveryState
    at: datetime = Field(description="when it came into this state")
    created_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    reason: str = Field(description="what a host said, or why it was not sent")
    status: str | None = Field(description="RFC 3463, such as 5.1.1, when a report told it")
    comment_id: int | None


@router.get("/deliveries", responses=documented("not-found"))
def list_deliveries(services: Services, caller: TicketReader, number: EntryId) -> list[ShownDelivery]:
    """The mails we wrote about a ticket, oldest first: queued, sent, delayed, bounced, failed or stopped."""
    if caller.contact is not None:
        raise Problem("not-found", f"There is no ticket {number} whose mails you may see.")
    find_page(services, caller, number)
    return [ShownDelivery.model_validate(each) for each in services.queries.deliveries(number)]
