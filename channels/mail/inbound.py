"""What a mail says, after parsing: the schema behind `intake inspect mail --json`. Data only."""

from dataclasses import dataclass, field
from datetime import datetime

from intake.submission import HUMAN, Attachment, Automatic


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One address of a header field. RFC 5322 §3.4. address is "" for the null address `<>`."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A delivery report about a message of ours. RFC 3464.

    recipient: the address that failed (Final- or Original-Recipient), if told.
    action: failed, delayed, delivered, relayed or expanded. status: the RFC 3463 code, such as "5.1.1".
    original_message_id: the Message-ID of the message it is about, if told.
    """

    recipient: str | None
    action: str
    status: str | None
    diagnostic: str | None
    original_message_id: str | None
    permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMail:
    """A parsed message. Parsing never raises: what was wrong with it is in `defects`.

    author: the one author, or None with `author_problem` set ("author-ambiguous" or "author-missing").
    date: aware, with the writer's own offset; None when absent or unreadable.
    text: whole readable text; reply: new text only; elided: quoted rest and signature.
    html: sanitized, or None.
    """

    author: Mailbox | None
    author_problem: str | None
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    subject: str = ""
    date: datetime | None = None
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    reply: str = ""
    elided: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic = HUMAN
    bounce: Bounce | None = None
    defects: tuple[str, ...] = ()
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
