"""What the peer is told: replies with enhanced status codes. Data and pure functions only.

RFC 5321 §4.2, RFC 2034, RFC 3463.
"""

import re

from authz.decision import Verdict
from intake.ports import Receipt

TOO_BUSY = "421 4.3.2 Too many connections, try again later"
SHUTTING_DOWN = "421 4.3.2 Service shutting down, try again later"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors"
TOO_MANY_MESSAGES = "421 4.7.0 Too many messages in one connection, open another"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"
TOO_MUCH_IN_FLIGHT = "452 4.3.1 Too much mail is being taken in, try again later"
TOO_LARGE = "552 5.3.4 The message is larger than is accepted here"
BARE_NEWLINE = "550 5.6.0 The message contains CR or LF alone; lines must end with CR LF"
NO_RELAY = "550 5.7.1 Mail for this domain is not accepted here"
NO_SUCH_MAILBOX = "550 5.1.1 No such mailbox here"
NOT_ASCII = "553 5.6.7 A non-ASCII address needs SMTPUTF8"
MALFORMED_ADDRESS = "553 5.1.3 Malformed address"
NOT_TAKEN = "451 4.3.0 The message could not be taken in, try again later"
CANNOT_VERIFY = "252 2.1.5 Addresses are not verified; try to send the message"
NO_EXPANSION = "502 5.5.1 Lists are not expanded"
NO_AUTHENTICATION = "502 5.5.1 Authentication is not offered here"
HELP = "214 2.0.0 See RFC 5321"

# RFC 2034 §4: the codes for replies that aiosmtpd gives without one.
_ENHANCED = {
    "221": "2.0.0",
    "250": "2.0.0",
    "421": "4.3.0",
    "451": "4.3.0",
    "452": "4.3.1",
    "454": "4.7.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "530": "5.7.0",
    "552": "5.3.4",
    "553": "5.1.3",
    "555": "5.5.4",
}
_HAS_ENHANCED = re.compile(r"\d{3} \d\.\d{1,3}\.\d{1,3}(?: |\Z)")
_MAX_TEXT = 500  # RFC 5321 §4.5.3.1.5: 512 octets with the code and CRLF


def with_enhanced_code(reply: str) -> str:
    """Return a one-line reply that has an enhanced status code. RFC 2034 §4: 2xx, 4xx and 5xx only."""
    code = _ENHANCED.get(reply[:3])
    if code is None or _HAS_ENHANCED.match(reply):
        return reply
    return f"{reply[:3]} {code}{reply[3:]}"


def reply_for(receipt: Receipt) -> str:
    """Return the reply to DATA that a receipt means."""
    if receipt.verdict is Verdict.ACCEPT:
        named = f"Ledger {receipt.ledger_id}" if receipt.ticket_number is None else f"Ticket {receipt.ticket_number}"
        text = f"250 2.0.0 {named}, received before" if receipt.duplicate else f"250 2.0.0 {named}"
    elif receipt.verdict is Verdict.HOLD:
        text = f"250 2.0.0 Held for review, ledger {receipt.ledger_id}"
    elif receipt.verdict is Verdict.REJECT:
        text = f"550 5.7.1 {receipt.reason.value}: {receipt.public_text}"
    else:
        text = f"451 4.7.0 {receipt.reason.value}: {receipt.public_text}"
    return _one_line(text)


def _one_line(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]+", "?", text)[:_MAX_TEXT]
