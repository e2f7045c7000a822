"""How tickets look in the API, and what may be sent about them. What a customer may not see is left out here."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from authz.identity import Channel
from intake.api.lists import LARGEST_ID
from intake.api.texts import Line, OptionalWords, ShortLine, Words
from intake.conversation.participants import Part
from intake.queries import TicketLine, TicketPage
from intake.submission import AutomaticKind
from intake.terms import Category, Evaluation, Status
from intake.tickets.lifecycle import describe_needs
from intake.tickets.model import Actor, ActorKind, EventKind
from intake.tickets.state import Need, Target


class Sent(BaseModel):
    """Something a client sends: unknown members are refused, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """Something the API shows, read off the core's values."""

    model_config = ConfigDict(from_attributes=True)


class Named(BaseModel):
    """A customer or contact."""

    id: int
    name: str


class ShownActor(Shown):
    """Who did it, through which channel."""

    kind: ActorKind
    name: str
    channel: Channel
    id: int | None


class ShownOffer(Shown):
    """An offer for a change request."""

    text: str
    made_at: datetime
    accepted_at: datetime | None
    accepted_by: str | None
    order_number: str | None
    declined_at: datetime | None


class ShownTicket(BaseModel):
    """A ticket as it stands now. attention, assignee: for technicians; null to customers."""

    number: int
    subject: str
    category: Category
    status: Status
    customer: Named
    contact: Named | None
    channel: Channel
    received_at: datetime
    since: datetime = Field(description="when it entered this status")
    updated_at: datetime
    closed_at: datetime | None
    temporary_fix_at: datetime | None
    solution: str | None
    evaluation: list[Evaluation]
    offer: ShownOffer | None
    attention: bool | None
    wording: str | None = Field(description="the set of wordings a rule chose for its letters; null to customers")
    assignee: Named | None
    response_deadline: datetime | None = Field(description="null while the clock stands, and without a promise")
    fix_deadline: datetime | None
    next_deadline: datetime | None = Field(description="the sooner of the two: what sort=deadline sorts by")
    version: int = Field(description="the number in the ETag")

    @classmethod
    def of(cls, line: TicketLine, *, to_customer: bool) -> Self:
        """Show a ticket to the service desk or to its customer."""
        ticket = line.ticket
        contact_id, contact_name = ticket.contact_id, line.contact_name
        return cls(
            number=ticket.number,
            subject=ticket.subject,
            category=ticket.category,
            status=ticket.status,
            customer=Named(id=ticket.customer_id, name=line.customer_name),
            contact=None if contact_id is None else Named(id=contact_id, name=contact_name or ""),
            channel=ticket.channel,
            received_at=ticket.received_at,
            since=ticket.since,
            updated_at=ticket.updated_at,
            closed_at=ticket.closed_at,
            temporary_fix_at=ticket.temporary_fix_at,
            solution=ticket.solution,
            evaluation=list(ticket.evaluation),
            offer=None if ticket.offer is None else ShownOffer.model_validate(ticket.offer),
            attention=None if to_customer else ticket.attention,
            wording=None if to_customer else ticket.wording,
            assignee=None
            if to_customer or ticket.assignee_id is None
            else Named(id=ticket.assignee_id, name=line.assignee_name or ""),
            response_deadline=ticket.response_deadline,
            fix_deadline=ticket.fix_deadline,
            next_deadline=ticket.next_deadline,
            version=ticket.version,
        )


class ShownComment(Shown):
    """Something said. elided: the quoted rest of a mail."""

    id: int
    at: datetime
    actor: ShownActor
    text: str
    elided: str
    html: str | None
    internal: bool
    automatic: AutomaticKind


class ShownAttachment(Shown):
    """A file; fetch it from `/tickets/{number}/attachments/{id}`.

    detected_type: what its octets are, where that is not what the sender said. withheld: why it is not given out.
    """

    id: int
    comment_id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None
    detected_type: str | None
    withheld: str | None


class ShownParticipant(Shown):
    """Somebody who takes part beside the contact. part: wrote into it, was copied, or was added."""

    address: str
    contact_id: int | None
    part: Part
    joined_at: datetime


class ShownEvent(Shown):
    """A line of the history."""

    id: int
    at: datetime
    actor: ShownActor
    kind: EventKind
    before: str | None
    after: str | None
    detail: dict[str, Any]


class NextStep(BaseModel):
    """A status this caller can move the ticket to. needs: to be sent with it. blocked: why it does not work now."""

    status: Status
    meaning: str
    needs: list[Need]
    blocked: str | None

    @classmethod
    def of(cls, target: Target) -> Self:
        """Show a target of the life cycle."""
        blocked = describe_needs(target.blocked_by) if target.blocked_by else None
        return cls(status=target.status, meaning=target.meaning, needs=list(target.needs), blocked=blocked)


class ShownTicketPage(ShownTicket):
    """A ticket with everything in it, oldest first."""

    comments: list[ShownComment]
    attachments: list[ShownAttachment]
    events: list[ShownEvent]
    participants: list[ShownParticipant]
    next_steps: list[NextStep]

    @classmethod
    def of_page(cls, page: TicketPage, steps: tuple[Target, ...], *, to_customer: bool) -> Self:
        """Show a page to the service desk or to its customer."""
        shown = page.for_customer() if to_customer else page
        return cls(
            **ShownTicket.of(page.line, to_customer=to_customer).model_dump(),
            comments=[ShownComment.model_validate(each) for each in shown.comments],
            attachments=[ShownAttachment.model_validate(each) for each in shown.attachments],
            events=[ShownEvent.model_validate(each) for each in shown.events],
            participants=[ShownParticipant.model_validate(each) for each in shown.participants],
            next_steps=[NextStep.of(step) for step in steps],
        )


class SentFile(Sent):
    """A file inside a JSON request; larger ones go as multipart to `/tickets/{number}/attachments`."""

    filename: Line
    content_type: ShortLine = "application/octet-stream"
    content: Base64Bytes = Field(description="Base64")


class NewTicket(Sent):
    """A request. contact_id: whose it is, for the service desk's own tokens; a contact's token speaks for itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"subject": "Telefony nezvoní", "text": "Od rána nikomu nezvoní telefon.", "category": "A"}]
        }
    )

    subject: Line
    text: Words
    category: Category | None = Field(None, description="the contract's default when it is not stated")
    attachments: list[SentFile] = Field(default_factory=list, max_length=20)
    contact_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None


class NewComment(Sent):
    """Something to say. internal: for technicians only, and only from the service desk."""

    text: Words
    internal: bool = False


class NewStatus(Sent):
    """A status to move to. accepted_by: who on the customer's side accepted, when a technician closes for them.

    words: what to say to the customer with it, such as the question; it goes out in the notice.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"status": "closed", "solution": "Vyměněna karta.", "evaluation": ["fault-elsewhere"]}]
        }
    )

    status: Status
    solution: OptionalWords = ""
    evaluation: list[Evaluation] = Field(default_factory=list, max_length=len(Evaluation))
    accepted_by: ShortLine = ""
    words: OptionalWords = ""


class NewCategory(Sent):
    """A category to move to."""

    category: Category


class NewOffer(Sent):
    """The offer's text, or its number."""

    text: Words


class Acceptance(Sent):
    """Who accepted the offer, and under which order number."""

    accepted_by: Line
    order_number: Line


class Refusal(Sent):
    """Who declined the offer."""

    declined_by: Line


def shown_actor(actor: Actor) -> ShownActor:
    """Show who did it."""
    return ShownActor.model_validate(actor)
