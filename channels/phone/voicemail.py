"""Voicemail that a PBX sends by mail: who called, and into which box. docs/phone/asterisk.md

Owns reading Asterisk's headers and subject. They come from the PBX, not from the customer: whoever calls this must
first have authorized the mail's author as a PBX of ours, and must ignore these headers in mail from anybody else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CALLER = "x-asterisk-callerid"
_CALLER_NAME = "x-asterisk-calleridname"
_SUBJECT = re.compile(
    r"\[PBX\]: New message (?P<message>[0-9]{1,9}) in mailbox (?P<box>[0-9]{1,20})", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailNotice:
    """What such a mail says.

    presented: the caller ID as the PBX has it, for `authz.phone.number`; None when it names none.
    caller_name: as displayed, a claim like any. box, message: which voicemail box, and its number there, if told.
    """

    presented: str | None
    caller_name: str | None
    box: str | None
    message: int | None


def read_voicemail_notice(headers: Mapping[str, tuple[str, ...]], subject: str) -> VoicemailNotice | None:
    """Read the notice of an authorized PBX's mail.

    headers: names in lower case, decoded values. Returns None when the mail is no voicemail notice: neither the header
    nor the subject says so. A caller ID that is sent twice is none.
    """
    told = _SUBJECT.search(subject)
    if told is None and _CALLER not in headers:
        return None
    return VoicemailNotice(
        presented=_one(headers, _CALLER),
        caller_name=_one(headers, _CALLER_NAME),
        box=told["box"] if told else None,
        message=int(told["message"]) if told else None,
    )


def _one(headers: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    values = {value.strip() for value in headers.get(name, ())}
    return values.pop() or None if len(values) == 1 else None
