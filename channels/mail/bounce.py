"""Reads a delivery report about a message of ours out of a parsed mail. RFC 3464, RFC 5965.

Owns what a report in the standard form says, and asks bounce_legacy about the others. Ties nothing to a ticket.
A person who passes a report on, or attaches one, has not bounced.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from channels.mail.bounce_legacy import find_message_id, guess_bounce, is_daemon
from channels.mail.inbound import Bounce
from channels.mail.mime import Part, Structure
from channels.mail.transfer import decode_transfer

Headers = Mapping[str, tuple[str, ...]]

# A report's fields and a returned message's header are short; a returned message may be long.
_PART_LIMIT = 100_000

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})  # RFC 3464 §2, RFC 6533 §3
_RETURNED_TYPES = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}
)
_FEEDBACK_TYPE = "message/feedback-report"
# What a recipient's state is judged by when a report names several: the worst counts.
_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")

_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_ADDRESS = re.compile(r"[^\s<>;,\"()]{1,64}@[^\s<>;,\"()]{1,255}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")


def read_bounce(structure: Structure, headers: Headers, text: str) -> Bounce | None:
    """Return what a delivery report says, or None when the mail is none.

    structure: the message taken apart. headers: decoded values by lower-case name. text: its readable text.
    Of several recipients the worst off is told. A complaint (feedback report) says that the message was delivered
    and unwelcome: action "delivered", not permanent. Never raises for any input.
    """
    reported = structure.root.content_type == "multipart/report" or is_daemon(headers)
    returned = _returned_id(structure, text) if reported or len(structure.leaves) > 1 else None
    if reported:
        for leaf in structure.leaves:
            if leaf.content_type in _STATUS_TYPES:
                groups = [*_field_groups(_read(structure, leaf))]
                if bounce := _read_status(groups, returned):
                    guess = None if bounce.recipient else guess_bounce(headers, text, returned)
                    return replace(bounce, recipient=guess.recipient) if guess else bounce
    if feedback := _read_feedback(structure, returned):
        return feedback
    return guess_bounce(headers, text, returned)


def _read_status(groups: list[dict[str, str]], returned: str | None) -> Bounce | None:
    """The worst recipient group of a delivery-status part. RFC 3464 §2.3."""
    told = [group for group in groups if group.keys() & {"final-recipient", "original-recipient", "action", "status"}]
    if not told:
        return None
    group = min(told, key=lambda each: _rank(each.get("action", "")))
    action = _action(group.get("action", "")) or "failed"
    diagnostic = group.get("diagnostic-code", "").partition(";")[2].strip() or group.get("diagnostic-code") or None
    status = _STATUS.search(group.get("status", "")) or _STATUS.search(diagnostic or "")
    return Bounce(
        recipient=_recipient(group),
        action=action,
        status=status[0] if status else None,
        diagnostic=diagnostic,
        original_message_id=returned,
        permanent=action == "failed" and not (status and status[0].startswith("4")),
    )


def _rank(action: str) -> int:
    known = _action(action)
    return _ACTIONS.index(known) if known else len(_ACTIONS)


def _action(value: str) -> str | None:
    """RFC 3464 §2.3.3; some write "failure", a comment or capitals."""
    word = re.split(r"[\s(;]", value.strip().lower(), maxsplit=1)[0]
    return {"failure": "failed", "error": "failed", "delay": "delayed"}.get(word, word if word in _ACTIONS else None)


def _recipient(group: dict[str, str]) -> str | None:
    """The address we wrote to, else the one it became. RFC 3464 §2.3.1, §2.3.2."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = group.get(name, "").rpartition(";")[2]
        if found := _ADDRESS.search(_XTEXT.sub(lambda pair: chr(int(pair[1], 16)), value)):  # RFC 3461 §4
            return found[0]
    return None


def _read_feedback(structure: Structure, returned: str | None) -> Bounce | None:
    """A complaint: RFC 5965, or the older form that only returns the message with the reader's address in it."""
    if structure.root.content_type == "multipart/report":
        for leaf in structure.leaves:
            if leaf.content_type == _FEEDBACK_TYPE:
                fields = {
                    name: value for group in _field_groups(_read(structure, leaf)) for name, value in group.items()
                }
                found = _ADDRESS.search(fields.get("original-rcpt-to", "") or fields.get("removal-recipient", ""))
                kind = fields.get("feedback-type", "abuse")
                return _complaint(found[0] if found else None, kind, returned)
    for leaf in structure.leaves:
        if leaf.content_type == "message/rfc822":
            header = next(_field_groups(_read(structure, leaf)), {})
            if found := _ADDRESS.search(header.get("x-hmxmroriginalrecipient", "")):
                return _complaint(found[0], "abuse", returned)
    return None


def _complaint(recipient: str | None, kind: str, returned: str | None) -> Bounce:
    return Bounce(
        recipient=recipient,
        action="delivered",
        status=None,
        diagnostic=f"feedback report: {kind}",
        original_message_id=returned,
        permanent=False,
    )


def _returned_id(structure: Structure, text: str) -> str | None:
    """The Message-ID of the message that came back, whole, as a header, or copied into the text."""
    for leaf in structure.leaves:
        if leaf.content_type in _RETURNED_TYPES and (found := find_message_id(_read(structure, leaf))):
            return found
    return find_message_id(text)


def _field_groups(text: str) -> Iterator[dict[str, str]]:
    """The field groups of a report, lower-case names, unfolded values; of a repeated field the first counts."""
    for block in re.split(r"\n[ \t]*\n", text.strip("\n")):
        group: dict[str, str] = {}
        name = ""
        for line in block.split("\n"):
            if line[:1] in {" ", "\t"} and name:
                group[name] = f"{group[name]} {line.strip()}"
                continue
            name, colon, value = line.partition(":")
            name = name.strip().lower() if colon else ""
            if name and name not in group:
                group[name] = value.strip()
            elif name:
                name = ""
        yield group


def _read(structure: Structure, leaf: Part) -> str:
    octets, _ = decode_transfer(structure.octets[leaf.start : min(leaf.end, leaf.start + _PART_LIMIT)], leaf.encoding)
    return octets.decode("utf-8", "replace").replace("\r\n", "\n")
