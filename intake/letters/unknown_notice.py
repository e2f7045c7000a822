"""The one helpful mail to an author who is on no list: at most one a day, and only to who proved the address.

Owns when it is written. Anything sent to an author who is not proved would reach whoever was forged (backscatter).
"""

import hashlib
from datetime import datetime, timedelta

from authz.decision import Reason, Verdict
from authz.evidence import Evidence, Outcome, Proof
from authz.identity import Channel
from authz.policy import Rules
from intake.answers import GivenAnswer
from intake.ledger import LedgerEntry
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Transaction
from intake.submission import AutomaticKind, Submission

_ONCE_A = timedelta(days=1)
# What proves the domain itself; somebody else's word about a mail is not enough to write to a stranger.
_PROOFS = frozenset({Proof.DKIM, Proof.SPF, Proof.RELAY})


def may_be_told(entry: LedgerEntry, evidence: Evidence, submission: Submission) -> bool:
    """Whether the author of a mail that was not accepted may be told so.

    Who handed the mail over by SMTP and was refused is told by that very server; of what lay in a mailbox, or waits in
    quarantine, nobody else tells the author.
    """
    if entry.channel is not Channel.MAIL or entry.reason is not Reason.AUTHOR_UNKNOWN:
        return False
    if submission.automatic.kind is not AutomaticKind.NONE or not submission.automatic.may_answer:
        return False  # RFC 3834 §2
    if entry.verdict is Verdict.REJECT and entry.peer is not None:
        return False
    return any(each.proof in _PROOFS and each.binds and each.outcome is Outcome.PASS for each in evidence.checks)


def tell_unknown(
    tx: Transaction, rules: Rules, entry: LedgerEntry, evidence: Evidence, submission: Submission | None
) -> bool:
    """Write the notice if the rules want one, unless one was written in the last day; returns whether it was.

    Two mails at the same moment meet at the key: one of the transactions runs again and finds the other's notice.
    """
    if not rules.tell_unknown or submission is None or not may_be_told(entry, evidence, submission):
        return False
    at, recipient = entry.received_at, entry.identity or ""
    today, yesterday = _key(recipient, at), _key(recipient, at - _ONCE_A)
    for key in (today, yesterday):
        given = tx.answers.given(key)
        if given is not None and at - given.created_at < _ONCE_A:
            return False
    tx.answers.keep(GivenAnswer(key=today, request_digest="", status=200, body="", created_at=at))
    payload = {"subject": submission.subject or "", "address": recipient, "in_reply_to": submission.message_id}
    item = OutboxItem(
        id=tx.new_id(),
        kind=OutboxKind.UNKNOWN_AUTHOR,
        ticket_id=None,
        recipient=recipient,
        message_id="",
        created_at=at,
        next_attempt_at=at,
        payload=payload,
    )
    tx.add_outbox_item(item)
    return True


def _key(recipient: str, at: datetime) -> str:
    """Of an address and a day."""
    return f"unknown-notice:{at:%Y%m%d}:{hashlib.sha256(recipient.encode()).hexdigest()}"
