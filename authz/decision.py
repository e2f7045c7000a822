"""The decision: a verdict, a stable public reason, and who it is. Data only."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What becomes of the request."""

    ACCEPT = "accept"
    HOLD = "hold"  # quarantine, an admin can release it
    REJECT = "reject"  # refused to the peer, which still holds it
    RETRY = "retry"  # a temporary failure: the peer should come again


class Reason(StrEnum):
    """Why. The slugs are public and stable: customers, PBXs and scripts rely on them."""

    AUTHORIZED = "authorized"
    RELEASED = "released"
    AUTHOR_AMBIGUOUS = "author-ambiguous"
    AUTHOR_UNVERIFIED = "author-unverified"
    AUTHOR_UNKNOWN = "author-unknown"
    CHECK_TEMPORARY = "check-temporary"
    CALLER_UNKNOWN = "caller-unknown"
    CALLER_WITHHELD = "caller-withheld"
    CALLER_INTERNAL = "caller-internal"
    CALLER_UNPARSABLE = "caller-unparsable"
    CALLER_NOT_GENUINE = "caller-not-genuine"
    PIN_NEEDED = "pin-needed"
    PIN_WRONG = "pin-wrong"
    PIN_LOCKED = "pin-locked"
    OUTGOING_CALL = "outgoing-call"
    LOGIN_UNKNOWN = "login-unknown"
    CONTACT_INACTIVE = "contact-inactive"
    CUSTOMER_INACTIVE = "customer-inactive"
    NOT_YET_VALID = "not-yet-valid"
    NO_LONGER_VALID = "no-longer-valid"
    CHANNEL_NOT_ALLOWED = "channel-not-allowed"
    CUSTOMER_AMBIGUOUS = "customer-ambiguous"
    UNPARSABLE = "unparsable"
    AUTOMATIC = "automatic"
    DELIVERY_REPORT = "delivery-report"
    FORWARD_UNKNOWN = "forward-unknown"
    INFECTED = "infected"
    NOT_SCANNED = "not-scanned"
    FILE_REFUSED = "file-refused"
    MAIL_LOOP = "mail-loop"
    TOO_LARGE = "too-large"
    DUPLICATE = "duplicate"
    IMPORTED = "imported"


# What a peer is told. English: SMTP replies and API problems are read by machines and admins first.
PUBLIC_TEXT: dict[Reason, str] = {
    Reason.AUTHORIZED: "Your request was accepted.",
    Reason.RELEASED: "The request was released from quarantine.",
    Reason.AUTHOR_AMBIGUOUS: "The message must have exactly one author: one From field with one address.",
    Reason.AUTHOR_UNVERIFIED: "The author's domain did not prove that it sent this message (SPF or DKIM, aligned).",
    Reason.AUTHOR_UNKNOWN: "This address is not authorized to send requests to this service desk.",
    Reason.CHECK_TEMPORARY: "A check could not be completed right now; please try again later.",
    Reason.CALLER_UNKNOWN: "This number is not authorized to call this service desk.",
    Reason.CALLER_WITHHELD: "Calls with a withheld number cannot be accepted.",
    Reason.CALLER_INTERNAL: "Internal and short numbers identify nobody here.",
    Reason.CALLER_UNPARSABLE: "The caller's number cannot be read.",
    Reason.CALLER_NOT_GENUINE: "The caller's number failed its verification.",
    Reason.PIN_NEEDED: "The caller has to key a PIN.",
    Reason.PIN_WRONG: "The PIN the caller keyed is not right.",
    Reason.PIN_LOCKED: "Too many wrong PINs were keyed; nothing is accepted for a while.",
    Reason.OUTGOING_CALL: "The call goes out; nobody asked to come in.",
    Reason.LOGIN_UNKNOWN: "The log-in is not valid.",
    Reason.CONTACT_INACTIVE: "This contact is not active.",
    Reason.CUSTOMER_INACTIVE: "This customer is not active.",
    Reason.NOT_YET_VALID: "This authorization is not valid yet.",
    Reason.NO_LONGER_VALID: "This authorization has expired.",
    Reason.CHANNEL_NOT_ALLOWED: "This contact may not use this channel.",
    Reason.CUSTOMER_AMBIGUOUS: "The identity belongs to more than one customer.",
    Reason.UNPARSABLE: "The request could not be read and waits for a person.",
    Reason.AUTOMATIC: "Automatic messages do not open requests.",
    Reason.FORWARD_UNKNOWN: "The author of the forwarded message is not on the lists; somebody has to say who it is.",
    Reason.DELIVERY_REPORT: "The report was noted with the message it is about.",
    Reason.INFECTED: "A virus was found in the request.",
    Reason.NOT_SCANNED: "The request could not be checked for viruses right now; please try again later.",
    Reason.FILE_REFUSED: "The request has a file of a kind that is not taken here.",
    Reason.MAIL_LOOP: "The message passed too many hops or came from this service itself.",
    Reason.TOO_LARGE: "The message is larger than this service desk takes.",
    Reason.DUPLICATE: "This request was already received.",
    Reason.IMPORTED: "The message was imported from an archive.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to "may this one in, by this proof, now?".

    detail: the private explanation for admins and the ledger; never sent to a peer.
    customer_id, contact_id: who it is, when the lists know (also on a hold, for the release).
    """

    verdict: Verdict
    reason: Reason
    detail: str
    customer_id: int | None = None
    contact_id: int | None = None

    @property
    def public_text(self) -> str:
        """One sentence for the peer."""
        return PUBLIC_TEXT[self.reason]
