"""Recognizes the bounces that follow no standard: by who writes, what the subject says, and well-known phrases.

Owns the signs and the guesses. One sign is never enough: a postmaster may write to us, and a person may complain
that something could not be delivered.
"""

import json
import re
from collections.abc import Mapping

from channels.mail.inbound import Bounce

Headers = Mapping[str, tuple[str, ...]]

_LINES = 120
_LINE = 400

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'=|@]{1,64}@[^\s<>()\[\],;:\"'=|@]{1,255}[^\s<>()\[\],;:\"'=|@.]")
_DAEMON = re.compile(r"[\"'<\s]*(?:mailer-?daemon|mail-?daemon|mdaemon)\b", re.IGNORECASE)
_EXCHANGE = re.compile(r"microsoftexchange[0-9a-f]{32}@", re.IGNORECASE)
_OFFICIAL = re.compile(
    r"\b(?:po+stmaster|mail deliver\w* (?:sub)?system|mail delivery service|system administrator|"
    r"(?:mms?c )?ndr administrator|mail\.delivery\.system|mail administrator)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|not deliver|not been delivered|message you sent (?:was )?blocked|"
    r"n't be delivered|not be delivered|could not send message|error sending your|"
    r"delivery (?:status )?(?:notification|report|failure|error|problem|status)|fail(?:ed|ure) deliver|"
    r"deliver\w* (?:has )?(?:failed|delayed|failure)|mail delivery (?:failed|failure|system)|mail failed|"
    r"returned mail|return(?:ed|ing) (?:to sender|message)|failure notice|mail system error|"
    r"warning: (?:message|could not send)|"
    r"nedoručiteľn|nedoruč|(?:nelze|nebylo možné|nebolo možné) doruč|nepodařilo (?:se )?doruč|nepodarilo (?:sa )?doruč|"
    r"unzustellbar|nicht zugestellt|niedostarcz|nie dostarczono|non remis|échec de (?:la )?remise|"
    r"no se (?:puede|pudo) entregar|no entregado|devuelto|mancato recapito|配信",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"\s*(?:re|fwd?|aw|wg|odp|vs|tr|rv) ?:", re.IGNORECASE)
_BODY = re.compile(
    r"(?:did|could) not (?:be )?(?:reach|deliver)|(?:was|were|been|be) not (?:be )?deliver|not (?:been )?delivered to|"
    r"has not been delivered|"
    r"(?:cannot|can't|couldn't|could not|unable to|wasn't able to|not able to) (?:be )?(?:deliver|send|sent)|"
    r"(?:permanent|fatal|transient|delivery) (?:fatal )?error|undeliver(?:able|ed)|deliver\w* (?:\w+ ){0,8}failed|"
    r"deliver\w* (?:\w+ ){0,8}(?:was )?aborted|(?:failed|failure)\W{0,3} (?:recipient|address|to deliver|reason)|"
    r"(?:unknown|no such|invalid|not a valid|non-?existent) (?:\w+ ){0,2}(?:user|recipient|mailbox|address|local)|"
    r"(?:user|host|recipient|address|mailbox) (?:is )?(?:not found|unknown|unavailable|disabled|does not exist|"
    r"not known|full|rejected)|mailbox (?:is |size )?exceeded|(?:over|exceed\w*) (?:\w+ )?quota|quota exceeded|"
    r"message (?:log|text) follows|rcpt to:|no valid recipients|trouble delivering|\b5\d\d[ -]#?5\.\d\.\d|"
    r"returned message|hop count exceeded|retry timeout exceeded|has been delayed|will (?:be|keep) (?:re)?try|"
    r"(?:nebylo možné|nelze|nebolo možné) doruč|nebyla? doručen|nebola? doručen|konnte nicht zugestellt",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\bdelay(?:ed)?\b|warning: (?:message|could not send)|not yet been delivered|"
    r"will (?:be retried|keep trying|retry)|still being|this is (?:only )?a warning|"
    r"you do not need to (?:resend|do anything)|temporary (?:problem|failure)",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(r"giving up|permanent|given up|has been rejected|retry time(?:out)? exceeded", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"[-*=|#_ ]*(?:\w+ )?(?:original|returned|undelivered|bounced) (?:message|e-?mail|mail)\b.*"
    r"(?:[-*=|#:.]|follow\w*)$|"
    r".*copy of (?:the|your) (?:original )?(?:message|mail)|-+ ?(?:message|body|header)s?\b.*(?:follow|text)|"
    r"(?:return-path|received|message-id|x-original-\w+): ",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_REPLY_CODE = re.compile(
    r"(?<![\d.#-])(?P<code>[45]\d\d)(?= |-|:|\b #?[45]\.\d)(?! ?(?:bytes|octets|kb|hours|minutes|seconds))"
)
_MESSAGE_ID = re.compile(r"^[>|\s]{0,8}message-id:\s{0,3}(?:\n\s+)?(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)


def is_daemon(headers: Headers) -> bool:
    """Does the mail come from a delivery system: its author, or the null reverse-path?"""
    author = _first(headers, "from").strip()
    address = _ADDRESS.search(author)
    return bool(
        _DAEMON.match(author)
        or (address and _DAEMON.match(address[0]))
        or _OFFICIAL.search(author[:_LINE])
        or (address and _EXCHANGE.match(address[0]))
        or "x-ms-exchange-message-is-ndr" in headers
        or author == "<>"
        or _first(headers, "return-path").strip() == "<>"
    )


def find_message_id(text: str) -> str | None:
    """The first Message-ID field that stands in a text, as `<id>`."""
    found = _MESSAGE_ID.search(text) if "message-id" in text.lower() else None
    return found[1] if found else None


def guess_bounce(headers: Headers, text: str, returned: str | None) -> Bounce | None:
    """Return what a report without a standard part says, or None when the signs do not suffice.

    returned: the Message-ID of the returned message, where it was found.
    """
    if "sns.amazonaws.com" in _first(headers, "from") and text.lstrip().startswith("{"):
        return _read_notification(text)
    failed = _addresses(_first(headers, "x-failed-recipients"))
    if not failed and not is_daemon(headers):
        return None
    report = _own_words(text)
    if not failed and not _suffices(headers, report, returned):
        return None
    subject = _first(headers, "subject")
    said = f"{subject}\n{report}"
    delayed = bool(_DELAYED.search(said)) and not _GIVEN_UP.search(said)
    status, diagnostic = _reason(report)
    return Bounce(
        recipient=next(iter(failed), None) or _guess_recipient(headers, report),
        action="delayed" if delayed else "failed",
        status=status,
        diagnostic=diagnostic,
        original_message_id=returned,
        permanent=not delayed and not (status or "5").startswith("4"),
    )


def _suffices(headers: Headers, report: str, returned: str | None) -> bool:
    """Do the signs make a report of what a delivery system wrote?"""
    subject = _first(headers, "subject")
    named = bool(_DAEMON.search(_first(headers, "from")[:_LINE]))
    null_path = _first(headers, "return-path").strip() == "<>"
    answers = _first(headers, "auto-submitted").strip().lower().startswith("auto-replied")
    signs = (
        bool(_SUBJECT.search(subject)) and not _ANSWERED.match(subject),
        bool(_BODY.search(report)),
        returned is not None,
    )
    if named:
        return null_path or any(signs)
    if answers:  # RFC 3834 §3.3: an automatic answer has a null reverse-path too; it must say twice that it is a report
        return signs[0] and signs[1]
    return sum(signs) >= (1 if null_path else 2)


def _own_words(text: str) -> str:
    """What the report itself says, without the message it returns."""
    lines = [line[:_LINE] for line in text.split("\n", _LINES)[:_LINES]]
    end = next((k for k, line in enumerate(lines) if k > 1 and _ORIGINAL.match(line.strip())), len(lines))
    return "\n".join(lines[:end])


def _reason(report: str) -> tuple[str | None, str | None]:
    """The RFC 3463 status and the line that gives the reason. An SMTP reply code makes do for a status."""
    for line in report.split("\n"):
        status, code = _STATUS.search(line), _REPLY_CODE.search(line)
        if status or code:
            return (status[0] if status else f"{code['code'][0]}.0.0" if code else None), line.strip()
    said = next((line.strip() for line in report.split("\n") if _BODY.search(line)), None)
    return None, said


def _guess_recipient(headers: Headers, report: str) -> str | None:
    """The first address in the report that is neither ours nor a daemon's."""
    known = {address for name in ("to", "from", "sender") for address in _addresses(_first(headers, name))}
    others = [address for address in _addresses(report) if address not in known]
    people = [address for address in others if not address.startswith(("postmaster@", "mailer-daemon@"))]
    return next(iter(people or others), None)


def _addresses(text: str) -> list[str]:
    return [found.lower() for found in _ADDRESS.findall(text)]


def _read_notification(text: str) -> Bounce | None:
    """A notification of Amazon's mail service, whose body is JSON."""
    try:
        told, _ = json.JSONDecoder().raw_decode(text.lstrip().replace("!\n ", ""))  # "!": a relay broke the line
        told = json.loads(told["Message"]) if "Message" in told else told
        kind = told["notificationType"]
        if kind not in {"Bounce", "Complaint", "Delivery"}:
            return None
        report = told[kind.lower()]
        people = report.get("bouncedRecipients") or report.get("complainedRecipients") or report.get("recipients")
        person = people[0] if isinstance(people[0], dict) else {"emailAddress": people[0]}
        ids = (each["value"] for each in told["mail"].get("headers", ()) if each["name"].lower() == "message-id")
        status = _STATUS.search(str(person.get("status", "")))
        return Bounce(
            recipient=person.get("emailAddress"),
            action="failed" if kind == "Bounce" else "delivered",
            status=status[0] if status else None,
            diagnostic=person.get("diagnosticCode") or report.get("smtpResponse"),
            original_message_id=next(ids, None),
            permanent=kind == "Bounce" and report.get("bounceType") == "Permanent",
        )
    except (ValueError, AttributeError, LookupError, TypeError, RecursionError):
        return None


def _first(headers: Headers, name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""
