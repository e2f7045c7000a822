"""The channel-neutral request: what came in (octets and envelope) and what it says.

Owns the two values every channel produces. Knows nothing of tickets, storage or how a channel speaks.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authz.identity import Channel
from intake.terms import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class RawInbound:
    """Exactly what a channel received, before anyone reads it.

    source_key: unique per delivery; the same delivery always has the same key (the ledger's first guard).
        SMTP: digest of envelope + octets; IMAP: account, folder, UIDVALIDITY, UID; phone: endpoint, call id,
        event; web: idempotency key.
    account: the receiving address, mailbox name, PBX endpoint or site it came in by.
    received_at: aware UTC; the clock of a request starts here.
    peer: who handed it over (an IP address, a host), for the ledger.
    trace_id: follows the request through the logs.
    """

    channel: Channel
    account: str
    source_key: str
    received_at: datetime
    octets: bytes
    peer: str | None = None
    reverse_path: str | None = None
    recipients: tuple[str, ...] = ()
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a request.

    part: its number among the MIME leaves of the raw message (depth first, from 0), when the bytes stay there;
    content: the bytes themselves, when they came on their own (a web upload). Exactly one of the two is set.
    size: decoded octets. sha256: lower-case hex of the decoded octets.
    detected_type: what the octets are, where that is not what content_type says.
    """

    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str | None = None
    part: int | None = None
    content: bytes | None = None
    detected_type: str | None = None


class AutomaticKind(StrEnum):
    """What kind of machine wrote it, if one did. RFC 3834."""

    NONE = "none"
    AUTO_REPLY = "auto-reply"
    AUTO_GENERATED = "auto-generated"
    BOUNCE = "bounce"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """Two separate findings: which machine wrote it, and whether it may be answered. RFC 3834 §2."""

    kind: AutomaticKind
    may_answer: bool
    why: str


HUMAN = Automatic(kind=AutomaticKind.NONE, may_answer=True, why="nothing says a machine wrote it")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What a delivery system says about a message of ours. RFC 3464.

    action: failed, delayed, delivered, relayed or expanded. status: the RFC 3463 code, such as "5.1.1".
    original_message_id: of the message it is about, if told. permanent: it will never arrive.
    """

    recipient: str | None
    action: str
    status: str | None
    diagnostic: str | None
    original_message_id: str | None
    permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a request says, whichever way it came.

    text: the whole readable text; reply: only what is new; elided: the quoted rest.
    message_id, references: normalized `<id>` strings; references holds In-Reply-To and References, newest first.
    content_digest: hex SHA-256 of what the request says, equal for two deliveries of the same message
        (the ledger's second guard, together with message_id).
    category: only when the writer stated one. ticket_hint: a ticket number seen in the subject, a hint only.
    report: what it says about the delivery of a mail of ours, when it is a delivery report.
    copied: the addresses it was sent to beside ours and the author's own.
    """

    channel: Channel
    subject: str
    text: str
    reply: str
    elided: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    category: Category | None = None
    author_name: str | None = None
    message_id: str | None = None
    references: tuple[str, ...] = ()
    reply_token: str | None = None
    ticket_hint: int | None = None
    content_digest: str | None = None
    automatic: Automatic = HUMAN
    defects: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    report: DeliveryReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """A request somebody else passed on.

    author: the address it names as its author, None when it names no single one. how: "inline" or "attached".
    note: what the one who passed it on wrote beside it. submission: what the original says.
    """

    author: str | None
    author_name: str
    how: str
    note: str
    submission: Submission
