"""A caller's message, from the webhook that announces it to the file on the call's ticket. Inside transactions.

Owns which recordings are fetched – of callers who left a message, never of conversations – and what becomes of one
that cannot be had. The fetching is `channels.phone.recordings`, between two of these transactions.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from authz.identity import Channel
from channels.phone.call_tickets import Moment, source_key
from channels.phone.calls import Call
from channels.phone.event import CallEventKind
from channels.phone.recordings import Sound, recording_source
from channels.phone.told import Told
from intake.filing import Request, file_request
from intake.ledger import LedgerEntry
from intake.phone.calls import CallRecord, Recording, RecordingState
from intake.ports import PreparedBlob, Transaction
from intake.submission import Attachment, RawInbound, Submission
from intake.tickets.correlate import FollowUp

# Until the call's ticket is there.
FIRST_LOOK = timedelta(seconds=15)
_WAITS = tuple(timedelta(minutes=each) for each in (1, 2, 5, 15, 60, 240, 720))
# A call that has not become a ticket by then will not.
TICKET_WITHIN = timedelta(hours=2)

_TEXTS = {"cs": "Nahrávka hlasové zprávy je v příloze.", "en": "The voicemail's recording is attached."}
_NAMES = {"cs": "hlasova-zprava", "en": "voicemail"}


def note_recording(tx: Transaction, record: CallRecord, call: Call, told: Told) -> None:
    """Remember a message's recording that is to be fetched. call: with the event, which is new to us."""
    event, rules, at = told.event, told.rules, told.moment.at
    if event.recording_url is None or rules.recordings is None:
        return
    left_message = event.kind is CallEventKind.VOICEMAIL or call.voicemail or call.answered_at is None
    if not left_message:
        return
    known = recording_source(event.recording_url, event.provider, rules.recordings.hosts)
    tx.calls.add_recording(
        Recording(
            id=tx.new_id(),
            call=record.id,
            endpoint=record.endpoint,
            provider=event.provider,
            url=event.recording_url,
            announced_at=at,
            state=RecordingState.FAILED if known is None else RecordingState.PENDING,
            next_attempt_at=None if known is None else at + FIRST_LOOK,
            last_error=None if known else "recordings are not fetched from there; see recording_hosts",
        )
    )


def wants_fetching(tx: Transaction, recording: Recording, at: datetime) -> bool:
    """Whether the call has the ticket that the recording belongs to; when it never will, nothing more is tried."""
    record = tx.calls.get(recording.call)
    if record is not None and record.ticket_id is not None:
        return True
    if record is None or at - recording.announced_at > TICKET_WITHIN:
        _settle(tx, recording, RecordingState.FAILED, "the call made no ticket")
    else:
        tx.calls.update_recording(replace(recording, attempts=0, next_attempt_at=at + FIRST_LOOK))
    return False


def keep_recording(tx: Transaction, recording_id: int, sound: Sound, blob: PreparedBlob, moment: Moment) -> bool:
    """Put the fetched recording to the call's ticket; False when that was done before."""
    recording = tx.calls.recording(recording_id)
    record = tx.calls.get(recording.call) if recording is not None else None
    if recording is None or recording.state is RecordingState.KEPT or record is None or record.ticket_id is None:
        return False
    ticket = tx.ticket(record.ticket_id)
    if ticket is None or record.customer_id is None:
        return False
    request = _request(tx, record, record.customer_id, recording, sound, blob)
    entry_id = tx.new_id()
    joined = file_request(tx, request, FollowUp(ticket, "recording"), moment.signer, entry_id)
    tx.add_ledger_entry(
        LedgerEntry(
            id=entry_id,
            channel=Channel.PHONE,
            account=record.endpoint,
            received_at=moment.at,
            verdict=record.verdict,
            reason=record.reason,
            detail=f"recording of call {record.call_id}"[:500],
            size=len(sound.octets),
            source_key=request.raw.source_key,
            identity=record.caller_e164,
            subject=ticket.subject,
            blob=request.raw_blob.digest,
            customer_id=record.customer_id,
            contact_id=record.contact_id,
            ticket_id=joined.id,
        )
    )
    _settle(tx, recording, RecordingState.KEPT, None)
    return True


def give_up_or_wait(
    tx: Transaction, recording_id: int, error: str, *, permanent: bool, at: datetime
) -> Recording | None:
    """Write down that it could not be had, and when it is tried again; returns the row as it is now."""
    recording = tx.calls.recording(recording_id)
    if recording is None or recording.state is not RecordingState.PENDING:
        return recording
    if permanent or recording.attempts > len(_WAITS):
        return _settle(tx, recording, RecordingState.FAILED, error)
    waiting = replace(recording, last_error=error[:500], next_attempt_at=at + _WAITS[max(recording.attempts, 1) - 1])
    tx.calls.update_recording(waiting)
    return waiting


def _settle(tx: Transaction, recording: Recording, state: RecordingState, error: str | None) -> Recording:
    settled = replace(recording, state=state, next_attempt_at=None, last_error=error and error[:500])
    tx.calls.update_recording(settled)
    return settled


def _request(  # noqa: PLR0917 - what a request is made of
    tx: Transaction, record: CallRecord, customer_id: int, recording: Recording, sound: Sound, blob: PreparedBlob
) -> Request:
    card = tx.contact_card(record.contact_id, record.started_at) if record.contact_id is not None else None
    language = card.language if card is not None and card.language in _TEXTS else "cs"
    text = _TEXTS[language]
    file = Attachment(
        filename=f"{_NAMES[language]}-{record.started_at:%Y%m%d-%H%M%S}.{sound.ending}",
        content_type=sound.content_type,
        size=len(sound.octets),
        sha256=hashlib.sha256(sound.octets).hexdigest(),
        content=sound.octets,
    )
    octets = text.encode()
    return Request(
        raw=RawInbound(
            channel=Channel.PHONE,
            account=record.endpoint,
            source_key=source_key(f"{record.id}/recording/{recording.id}"),
            received_at=recording.announced_at,
            octets=octets,
        ),
        submission=Submission(channel=Channel.PHONE, subject="", text=text, reply=text, attachments=(file,)),
        customer_id=customer_id,
        contact_id=record.contact_id,
        author=record.caller_e164 or record.caller_shown,
        author_verified=True,
        clock_at=recording.announced_at,
        raw_blob=PreparedBlob.of(octets),
        files=(blob,),
    )
