"""A request somebody makes over HTTP, logged in or with a token, in the form the receiver takes.

Shared by the API and the pages, so that both mean the same. RULE channel-web.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.policy import WEB_RULES
from intake.files.types import real_type
from intake.people import Contact
from intake.ports import Signer
from intake.receive import Inbound
from intake.submission import Attachment, RawInbound, Submission
from intake.terms import Category
from intake.tickets.model import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file as it came."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """What somebody asks. answers: the ticket this is a reply to, None for a new request."""

    subject: str
    text: str
    category: Category | None = None
    files: tuple[UploadedFile, ...] = ()
    answers: Ticket | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How it came.

    proof: SESSION or TOKEN. detail: which one, for the ledger, without its secret. account: the site.
    source_key: the same for the same request sent again, see `source_key`. at: aware UTC.
    """

    proof: Proof
    detail: str
    account: str
    source_key: str
    at: datetime
    peer: str | None = None
    trace_id: str = ""


def source_key(sender: str, idempotency_key: str | None) -> str:
    """The ledger's guard for a web request: by sender and the key it chose; without a key each one is another.

    sender: a stable name of who sends, such as "token 7".
    """
    digest = hashlib.sha256((idempotency_key or secrets.token_hex(16)).encode()).hexdigest()
    return f"web:{sender}:{digest}"


def form_key(sender: str, once: str, request: WebRequest, contact: Contact) -> str:
    """The ledger's guard for a form of the site: what was changed before it was sent again is another request.

    once: what the form was given when it was shown; empty makes each one another. A program that repeats its key with
    another body is told so; a person who goes back, corrects the text and sends it means what it says now.
    """
    if not once:
        return source_key(sender, None)
    return source_key(sender, f"{once} {_digest(web_octets(request, contact))}")


def web_octets(request: WebRequest, contact: Contact) -> bytes:
    """The request as the ledger keeps it: JSON, its files by their digests."""
    kept = {
        "contact": contact.id,
        "answers": request.answers.number if request.answers is not None else None,
        "subject": request.subject,
        "category": request.category,
        "text": request.text,
        "files": [
            {"filename": file.filename, "content_type": file.content_type, "sha256": _digest(file.content)}
            for file in request.files
        ],
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True).encode()


def web_inbound(request: WebRequest, contact: Contact, how: Circumstances, signer: Signer) -> Inbound:
    """Put it together.

    A reply names its ticket by a Message-ID we signed, as a mail would: it is found, and checked to be the
    customer's own, by the same steps.
    """
    octets = web_octets(request, contact)
    return Inbound(
        raw=RawInbound(
            channel=Channel.WEB,
            account=how.account,
            source_key=how.source_key,
            received_at=how.at,
            octets=octets,
            peer=how.peer,
            trace_id=how.trace_id,
        ),
        claim=Claim(channel=Channel.WEB, kind=IdentityKind.CONTACT, value=str(contact.id), shown=contact.name),
        evidence=Evidence((Check(proof=how.proof, outcome=Outcome.PASS, binds=True, detail=how.detail),)),
        submission=Submission(
            channel=Channel.WEB,
            subject=request.subject,
            text=request.text,
            reply=request.text,
            category=request.category,
            author_name=contact.name,
            references=(signer.message_id(request.answers.id, 0),) if request.answers is not None else (),
            attachments=tuple(
                Attachment(
                    filename=file.filename,
                    content_type=file.content_type,
                    size=len(file.content),
                    sha256=_digest(file.content),
                    content=file.content,
                    detected_type=real_type(file.content_type, file.content),
                )
                for file in request.files
            ),
        ),
        rules=WEB_RULES,
    )


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
