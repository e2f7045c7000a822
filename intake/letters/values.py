"""What the placeholders of a letter stand for, out of the row that asks for it. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from babel.dates import format_datetime, get_timezone

from authz.mail.answer_token import AnswerToken, name_address
from intake.letters.body import one_line
from intake.letters.names import Names
from intake.outgoing import OutboxItem
from intake.ports import Signer
from intake.terms import Category, Evaluation, Status

# With the number and "Re:" in front it must not be cut anywhere else: the whole thread has the same subject.
_MOST_SUBJECT = 150
# What replies put in front of a subject: ours has its own.
_MARK = re.compile(r"\s*(?:(?:re|odp|aw|sv|vs|antw)\s*(?:\[\d+\])?\s*:|\[#\d+\])\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOptions:
    """How the service desk writes. name, address: in From. public_url: without a final slash, for links.

    zone: IANA name of the zone times are told in. link_lasts: how long the one-click links work.
    """

    name: str = "Helpdesk"
    address: str = "helpdesk@intake.localhost"
    public_url: str = ""
    zone: str = "Europe/Prague"
    link_lasts: timedelta = timedelta(days=30)


def letter_values(item: OutboxItem, names: Names, options: LetterOptions, signer: Signer) -> dict[str, str]:
    """Return the values by placeholder; "" for what the row does not say. Raises ValueError, KeyError for a bad row."""
    payload = item.payload
    values = {
        "number": str(payload["number"]),
        "subject": one_line(_without_marks(payload["subject"]))[:_MOST_SUBJECT].strip(),
        "service": options.name,
        "name": payload.get("name") or "",
        "category": names.categories[Category(payload["category"])],
        "status": names.statuses[Status(payload["status"])] if "status" in payload else "",
        "category_before": names.categories[Category(payload["category_before"])]
        if "category_before" in payload
        else "",
        # Where nobody can log in, as with a company's own address, a link leads nowhere.
        "ticket_url": f"{options.public_url}/tickets/{payload['number']}" if payload.get("account", True) else "",
        "author": payload.get("author") or "",
        "text": (payload.get("text") or "").strip(),
        "solution": (payload.get("solution") or "").strip(),
        "evaluation": ", ".join(names.evaluations[Evaluation(each)] for each in payload.get("evaluation") or ()),
        "until": _moment(payload.get("until"), names, options),
        "due": _moment(payload.get("due_at"), names, options),
        "response_due": _moment(payload.get("response_due"), names, options, payload.get("zone")),
        "fix_due": _moment(payload.get("fix_due"), names, options, payload.get("zone")),
        "clock": names.clocks.get(payload.get("clock") or "", ""),
        "used": f"{int(Fraction(payload['fraction']) * 100)} %" if payload.get("fraction") else "",
    }
    return values | (_links(item, options, signer) if "since" in payload else {})


def _links(item: OutboxItem, options: LetterOptions, signer: Signer) -> dict[str, str]:
    since, until = datetime.fromisoformat(item.payload["since"]), item.created_at + options.link_lasts
    links = {}
    for word in ("accept", "reject"):
        answer = AnswerToken(
            number=item.payload["number"],
            since=since,
            word=word,
            expires_at=until,
            sent_to=name_address(item.recipient),
        )
        links[f"{word}_link"] = f"{options.public_url}/answer/{signer.sign_answer(answer)}"
    return links


def _moment(written: str | None, names: Names, options: LetterOptions, zone: str | None = None) -> str:
    """An instant in words. zone: IANA name of the customer's, told where it is not the service desk's own."""
    if written is None:
        return ""
    moment = datetime.fromisoformat(written)
    words = format_datetime(moment, names.moment, get_timezone(zone or options.zone), names.language)
    return words if zone in {None, options.zone} else f"{words} ({zone})"


def _without_marks(subject: str) -> str:
    rest = subject
    while found := _MARK.match(rest):
        rest = rest[found.end() :]
    return rest or subject
