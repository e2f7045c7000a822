"""Voicemail that a PBX sends by mail: who called, and into which box. docs/phone/asterisk.md

Owns reading Asterisk's headers and subject, and turning such a mail into the caller's request. The headers come from
the PBX, not from the customer: they count only in mail that is proved to be from an address the operator configured as
a PBX's; in anybody else's they are ignored. Must not file anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from authz.decision import Verdict
from authz.identity import Channel
from authz.policy import Rules
from channels.phone.event import CallEvent, CallEventKind
from channels.phone.judgement import EndpointRules, identify
from intake.ledger import LedgerEntry
from intake.receive import Inbound
from intake.submission import HUMAN, Submission

_CALLER = "x-asterisk-callerid"
_CALLER_NAME = "x-asterisk-calleridname"
_SUBJECT = re.compile(
    r"\[PBX\]: New message (?P<message>[0-9]{1,9}) in mailbox (?P<box>[0-9]{1,20})", re.ASCII | re.IGNORECASE
)

# A recording from a number nobody knows waits for a person: a refusal by SMTP would only reach the PBX.
VOICEMAIL_RULES = Rules(
    unidentified=Verdict.HOLD, unknown=Verdict.HOLD, unverified=Verdict.HOLD, pin_needed=Verdict.HOLD
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


def take_voicemail(
    inbound: Inbound, headers: Mapping[str, tuple[str, ...]], senders: Mapping[str, EndpointRules]
) -> Inbound:
    """Turn a PBX's voicemail mail into the caller's request; any other mail comes back as it is.

    inbound: the mail as it would be received. headers: as for `read_voicemail_notice`. senders: the endpoints by the
    look-up key of the address their PBX mails from (`authz.mail.address.address_key`).
    """
    rules = senders.get(inbound.claim.value or "")
    if rules is None or not inbound.evidence.verified or inbound.submission is None or inbound.refused is not None:
        return inbound
    notice = read_voicemail_notice(headers, inbound.submission.subject)
    if notice is None:
        return inbound
    event = CallEvent(
        provider="mail",
        endpoint=rules.name,
        call_id=inbound.raw.source_key,
        kind=CallEventKind.VOICEMAIL,
        at=inbound.raw.received_at,
        presented=notice.presented,
    )
    claim, evidence = identify(event, rules)
    return replace(
        inbound,
        raw=replace(inbound.raw, channel=Channel.PHONE, account=rules.name),
        claim=claim,
        evidence=evidence,
        submission=_of_caller(inbound.submission, notice, claim.value or claim.shown),
        rules=VOICEMAIL_RULES,
        login=None,
    )


def released_voicemail(
    entry: LedgerEntry, submission: Submission, headers: Mapping[str, tuple[str, ...]]
) -> Submission:
    """A held message read again for its release: the caller's request, as it would have been when it came.

    entry: its ledger entry, which says whether it was a voicemail. Any other submission comes back as it is.
    """
    if entry.channel is not Channel.PHONE:
        return submission
    notice = read_voicemail_notice(headers, submission.subject)
    return submission if notice is None else _of_caller(submission, notice, entry.identity or "")


def _of_caller(submission: Submission, notice: VoicemailNotice, number: str) -> Submission:
    """Nothing of the PBX's mail names a ticket, and the machine that wrote it is not who is answered."""
    shown = " ".join(filter(None, (notice.caller_name, number or "?")))
    return replace(
        submission,
        channel=Channel.PHONE,
        subject=f"Hlasová zpráva: {shown}"[:255],
        author_name=notice.caller_name,
        references=(),
        reply_token=None,
        ticket_hint=None,
        automatic=HUMAN,
    )


def _one(headers: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    values = {value.strip() for value in headers.get(name, ())}
    return values.pop() or None if len(values) == 1 else None
