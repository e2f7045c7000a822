"""Octets → `InboundMail`. Pure: no I/O, no clock, no exception for any input.

Owns the order of the steps and the catch-all. What each step knows is its own module's.
"""

from typing import Final

from authz.mail.author import extract_author
from channels.mail.attachments import read_attachments, unpacked_files
from channels.mail.automatic import classify
from channels.mail.bodies import Bodies, sort_leaves
from channels.mail.bounce import read_bounce
from channels.mail.content import read_content
from channels.mail.header_values import read_header_values
from channels.mail.hypertext import text_from_html
from channels.mail.inbound import InboundMail, Mailbox
from channels.mail.invitation import describe_invitation
from channels.mail.limits import LIMITS
from channels.mail.mime import Structure, read_structure
from channels.mail.reply import split_reply
from channels.mail.sanitize import sanitize_html
from channels.mail.transfer import decode_range, decode_transfer

UNPARSABLE: Final = "unparsable"


def parse_mail(octets: bytes, *, own_addresses: frozenset[str] = frozenset()) -> InboundMail:
    """Read a message.

    own_addresses: the receiving addresses, to tell whether the mail was written to us.
    Never raises; what could not be read at all has the defect "unparsable" and no author.
    """
    if len(octets) > LIMITS.message:
        return _unreadable("message-too-large")
    try:
        return _parse(octets, own_addresses)
    except Exception as error:  # noqa: BLE001 - one bad message never stops a mailbox
        return _unreadable(type(error).__name__)


def extract_part(octets: bytes, part: int) -> bytes:
    """Return the decoded octets of one leaf of a message, by the number in `Attachment.part`.

    Raises IndexError when the message has no such leaf.
    """
    structure = read_structure(octets)
    if not 0 <= part < len(structure.leaves):
        raise IndexError(f"the message has no part {part}")
    leaf = structure.leaves[part]
    return decode_range(structure.octets, leaf.start, leaf.end, leaf.encoding)[0]


def _unreadable(why: str) -> InboundMail:
    return InboundMail(author=None, author_problem="author-ambiguous", defects=(UNPARSABLE, why))


def _parse(octets: bytes, own_addresses: frozenset[str]) -> InboundMail:
    structure = read_structure(octets)
    bodies = sort_leaves(structure.root)
    header = read_header_values(structure.root.fields, _body_charset(structure, bodies))
    content = read_content(structure, bodies)
    defects = [*structure.defects, *header.defects, *content.defects]
    attachments, packed_text, packed_html = read_attachments(structure, bodies.attachments, content.html, defects)
    attachments.extend(unpacked_files(content.files))
    text, html = content.text, content.html
    if not text and html is None and (packed_text or packed_html):
        html = packed_html
        text = packed_text.strip("\n") or text_from_html(packed_html or "")
    if not text:
        text = _invitation(structure)
    clean_html: str | None = None
    if html is not None:
        clean, defect = sanitize_html(html)
        clean_html = clean or None
        if defect:
            defects.append(defect)
    parts = split_reply(text, html[: LIMITS.html] if html is not None else None)
    bounce = read_bounce(structure, header.headers, text)
    author = extract_author(octets)
    return InboundMail(
        author=Mailbox(address=author.author.address, name=author.author.name) if author.author else None,
        author_problem=author.problem,
        to=header.to,
        cc=header.cc,
        reply_to=header.reply_to,
        subject=header.subject,
        date=header.date,
        message_id=header.message_id,
        in_reply_to=header.in_reply_to,
        references=header.references,
        text=text,
        reply=parts.reply,
        elided=parts.elided,
        html=clean_html,
        attachments=tuple(attachments),
        automatic=classify(header.headers, own_addresses=own_addresses, bounce=bounce),
        bounce=bounce,
        defects=tuple(dict.fromkeys(defects)),
        headers=header.headers,
    )


def _invitation(structure: Structure) -> str:
    """What a calendar part says, for a mail that has no other text. RFC 6047 §2.4."""
    for leaf in structure.leaves:
        if leaf.content_type == "text/calendar":
            octets, _ = decode_transfer(structure.body(leaf), leaf.encoding)
            return describe_invitation(octets, leaf.parameters.get("charset"))
    return ""


def _body_charset(structure: Structure, bodies: Bodies) -> str | None:
    for part in (structure.root, *bodies.text, *structure.leaves[:10]):
        if charset := part.parameters.get("charset"):
            return charset
    return None
